"""What is to be found out before an action can be judged: from the words to questions about the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from vtcode.actions import CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.policy.options import NotReadOnly, Reading
from vtcode.policy.readonly import reading
from vtcode.policy.shell import folder_changes, parse
from vtcode.system import facts as system_facts
from vtcode.system.denied import DeniedPaths
from vtcode.system.facts import CommandPlace, Facts, PartQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vtcode.actions import Action
    from vtcode.policy.shell import SimpleCommand


def collect_facts(
    action: Action,
    workspace: Path,
    environ: Mapping[str, str] | None = None,
    *,
    added_folders: Sequence[Path] = (),
    denied: DeniedPaths | None = None,
    shell: str = "bash",
) -> Facts:
    """Find out what `judge` needs to know about `action`.

    Blocks for some milliseconds (with git commands up to some seconds): call it in a thread.

    Args:
        action: What is about to happen.
        workspace: The folder that everything is to stay in.
        environ: What a command's environment is made from; None: this process's.
        added_folders: Further folders that count as the workspace.
        denied: What a search through folders, or through what git tracks, is looked at for.
        shell: What is to run a command: a name looked up in PATH, or a path.
    """
    root, added = str(workspace), [str(folder) for folder in added_folders]
    match action:
        case CommandAction():
            place = CommandPlace(
                cwd=action.cwd,
                workspace=root,
                added_folders=tuple(added),
                denied=denied or DeniedPaths(),
                shell=shell,
            )
            return system_facts.collect(_queries(action), place, environ=environ)
        case ReadAction() | WriteAction():
            path = action.real_path or action.path
            return system_facts.collect_path(
                path, workspace=root, added_folders=added, may_write=action.kind == "write"
            )
        case PlanAction() | IntegrationsAction():
            return Facts(workspace=root)
        case _:
            assert_never(action)


def _queries(action: CommandAction) -> list[PartQuery]:
    parsed = parse(action.command)
    parts = parsed.parts if parsed.is_exact else ()
    changes = folder_changes(parts)
    goes_on = any(part.joined_by == ";" for part in parts)
    queries = [_query(part, moves) for part, moves in zip(parts, changes, strict=True)]
    return [replace(query, moves_may_fail=goes_on) for query in queries]


def _query(part: SimpleCommand, moves: tuple[str, ...] | None) -> PartQuery:
    try:
        wanted = reading(part)
    except NotReadOnly:
        # It may write: its words are looked at for links to protected files.
        plain = tuple(word for index, word in enumerate(part.words) if index not in part.patterns)
        patterns = tuple(part.words[index] for index in sorted(part.patterns))
        wanted = Reading(program="", paths=plain, patterns=patterns)
    return PartQuery(
        program=wanted.program,
        paths=wanted.paths,
        patterns=(*wanted.patterns, *wanted.literals),
        moves=moves,
        own_moves=wanted.moves,
        is_git=wanted.is_git,
        may_write=not wanted.program,
        wrappers=wanted.wrappers,
        search=wanted.search,
        shows_tracked=wanted.shows_tracked,
    )
