"""Which commands only read, and whether the facts bear it out. Pure."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from vtcode.policy.folder_search import folder_search, shows_tracked
from vtcode.policy.options import NotReadOnly, Reading, read_options
from vtcode.policy.paths import root_of
from vtcode.policy.readonly_git import GLOBAL_OPTIONS, HELPER_WORDS, SUBCOMMANDS
from vtcode.policy.readonly_programs import (
    FIND_WORDS,
    PROGRAMS,
    SHELL_BUILTINS,
    TALKERS,
    TEST_WORDS,
)
from vtcode.policy.wrappers import unwrapped
from vtcode.system.facts import EVERY_PROGRAM
from vtcode.system.inside import is_inside
from vtcode.system.sensitive import is_sensitive

if TYPE_CHECKING:
    from vtcode.policy.shell import SimpleCommand
    from vtcode.system.facts import Facts, PartFacts

_READABLE_ANYWHERE = frozenset({"/dev/null", "-"})
MAY_HOLD_SECRETS = "may hold secrets"
"""How an objection ends that is about a path which would be read, and about nothing else."""
_EXPRESSION_STARTS = frozenset({"!", "(", ")", ","})


@lru_cache(maxsize=512)
def reading(command: SimpleCommand) -> Reading:
    """Return what `command` would read if it only reads.

    Raises:
        NotReadOnly: It is not known to only read.
    """
    wrapped = unwrapped(command)
    wanted = _reading(wrapped.command)
    return replace(wanted, wrappers=wrapped.programs) if wrapped.programs else wanted


def _reading(command: SimpleCommand) -> Reading:
    name = command.words[0]
    base = name.rpartition("/")[2]
    if name in TALKERS:
        return _talk(command)
    if name in ("test", "["):
        return _test(command)
    if name == "cd":
        # Where to is followed by `shell.folder_changes`; here it is one more path that has to be inside.
        return Reading(program=name, paths=command.words[1:2])
    if base == "find":
        return _find(command)
    if base == "git":
        return _git(command)
    if base not in PROGRAMS or (base != name and base in SHELL_BUILTINS):
        raise NotReadOnly(f"`{name}` is not known to only read")
    wanted = read_options(command, PROGRAMS[base])
    return replace(wanted, search=folder_search(base, wanted))


def objection(wanted: Reading, facts: Facts, part: PartFacts) -> str:
    """Say what speaks against letting `wanted` run without a question; empty if nothing does."""
    name = wanted.program
    if part.folder is None:
        return "where it would run can't be told"
    root = root_of(part.folder, facts.roots)
    if not root or is_sensitive(part.folder, root):
        return f"it would run in {part.folder}"
    if part.odd_wrapper:
        return f"`{part.odd_wrapper}` is not the system's own program"
    if (wanted.wrappers or name not in SHELL_BUILTINS) and not part.is_program_trusted:
        return f"`{name}` is {part.program or 'not found'}, not the system's own program"
    if odd := [
        variable for variable, reader in facts.odd_variables.items() if reader in (name, EVERY_PROGRAM)
    ]:
        return f"the environment holds {odd[0]}"
    if wanted.is_git and part.git_helpers != ():
        return f"git would run a helper: {', '.join(part.git_helpers or ('its configuration is unknown',))}"
    if wanted.needs_repository and part.folders and not _is_in_repository(part):
        return "outside a repository, `git diff` reads whole folders"
    if part.secret_in_reach is None:
        return "it would search through too many files to tell whether one holds secrets"
    if part.secret_in_reach:
        return f"it would search through {part.secret_in_reach}, which may hold secrets or is closed"
    if any(part.matches.get(word) != () for word in wanted.literals):
        return "a pattern may become several words"
    paths = list(wanted.paths)
    for word in wanted.patterns:
        matches = part.matches.get(word)
        if matches is None or any(match.startswith("-") for match in matches):
            return f"what `{word}` stands for is not safe to say"
        paths += matches or (word,)
    return next((said for path in paths if (said := _path_objection(path, wanted, facts, part))), "")


def _is_in_repository(part: PartFacts) -> bool:
    return all(is_inside(real, part.git_top) for real in part.paths.values())


def _path_objection(path: str, wanted: Reading, facts: Facts, part: PartFacts) -> str:
    if path in _READABLE_ANYWHERE:
        return ""
    real = part.paths.get(path)
    root = root_of(real, facts.roots) if real is not None else ""
    if real is None or not root:
        return f"`{path}` is outside the workspace"
    if is_sensitive(path) or is_sensitive(real, root):
        return f"`{path}` {MAY_HOLD_SECRETS}"
    if path in part.folders and not wanted.takes_folders:
        return f"`{path}` is a folder, and links in it would be followed"
    return ""


def _talk(command: SimpleCommand) -> Reading:
    return Reading(program=command.words[0], literals=_words_at(command, command.patterns))


def _find(command: SimpleCommand) -> Reading:
    words = command.words
    start = 1
    while start < len(words) and not words[start].startswith("-") and words[start] not in _EXPRESSION_STARTS:
        start += 1
    operands = range(1, start)
    paths = [words[index] for index in operands if index not in command.patterns]
    at = start
    while at < len(words):
        takes = FIND_WORDS.get(words[at])
        if takes is None:
            raise NotReadOnly(f"`find {words[at]}` is not known to only read")
        if takes == "path":
            paths += words[at + 1 : at + 2]
        at += 1 if takes == "nothing" else 2
    return Reading(
        program=words[0],
        paths=tuple(paths),
        patterns=_words_at(command, command.patterns & set(operands)),
        literals=_words_at(command, command.patterns - set(operands)),
    )


def _git(command: SimpleCommand) -> Reading:
    words = command.words
    at, moves = _git_options(command)
    for length in (2, 1):
        subcommand = " ".join(words[at : at + length])
        if program := SUBCOMMANDS.get(subcommand):
            break
    else:
        raise NotReadOnly(f"`git {' '.join(words[at : at + 1])}` is not known to only read")
    if helper := next((word for word in words if HELPER_WORDS.search(word)), ""):
        raise NotReadOnly(f"`git` with `{helper}` may run a program")
    wanted = read_options(command, program, skip=at + length)
    return replace(
        wanted,
        is_git=True,
        moves=moves,
        needs_repository=subcommand == "diff" and len(wanted.operands) > 1,
        search=folder_search(f"git {subcommand}", wanted),
        shows_tracked=shows_tracked(subcommand, wanted),
    )


def _git_options(command: SimpleCommand) -> tuple[int, tuple[str, ...]]:
    """Return where the subcommand stands, and the folders that `-C` names before it."""
    words = command.words
    at, moves = 1, []
    while at < len(words) and (words[at] in GLOBAL_OPTIONS or words[at] == "-C"):
        if words[at] == "-C":
            at += 1
            folder = words[at] if at < len(words) else ""
            # Bash expands patterns where the shell is.
            if command.patterns or not folder or ".." in folder.split("/"):
                raise NotReadOnly(f"`git -C {folder}` is not followed")
            moves.append(folder)
        at += 1
    return at, tuple(moves)


def _test(command: SimpleCommand) -> Reading:
    words = command.words
    if words[0] == "[" and words[-1] != "]":
        raise NotReadOnly("`[` without `]` is not known to only read")
    operands = range(1, len(words))
    named = (words[index] for index in operands if index not in command.patterns)
    return Reading(
        program=words[0],
        paths=tuple(word for word in named if word and word not in TEST_WORDS),
        literals=_words_at(command, command.patterns),
    )


def _words_at(command: SimpleCommand, indexes: frozenset[int]) -> tuple[str, ...]:
    return tuple(command.words[index] for index in sorted(indexes))
