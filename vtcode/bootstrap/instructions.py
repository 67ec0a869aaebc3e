"""AGENTS.md, found and read: the user's own, then those of the project that the user trusts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.agent.instructions import FILE_NAME
from vtcode.bootstrap.dialogue import trust_store
from vtcode.errors import ToolFailed, UnwritableFolder
from vtcode.events import Notice
from vtcode.messages import InstructionFile
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.session.secrets import redaction_for
from vtcode.system.files import Workspace
from vtcode.system.sensitive import is_sensitive
from vtcode.visible import plain, revealed, unpadded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.agent.instructions import Instructions
    from vtcode.config.load import Configuration
    from vtcode.frontend import FrontEnd
    from vtcode.redaction import Redaction


@dataclass(frozen=True, slots=True, kw_only=True)
class _FoundFile:
    file: InstructionFile
    place: Path
    digest: str


async def trusted_instructions(
    configuration: Configuration, front_end: FrontEnd, trusts_all: bool
) -> tuple[list[InstructionFile], list[Notice]]:
    """Return the files that count, the user's first, and what to tell the user.

    What came with the project counts only once the user trusts its content; a file that changed is asked
    about again.

    Args:
        configuration: Says where to look.
        front_end: Is asked about files that are new.
        trusts_all: This run trusts the project.
    """
    users, found = await asyncio.to_thread(_read, configuration)
    store = trust_store(configuration.locations.state)
    unknown = [one for one in found if not (trusts_all or store.is_trusted(one.place, one.digest))]
    if not unknown:
        return [*users, *(one.file for one in found)], []
    notices: list[Notice] = []
    if (await front_end.ask(_question(unknown))).choice == "yes":
        try:
            for one in unknown:
                store.trust(one.place, one.digest)
        except UnwritableFolder as problem:
            notices.append(Notice(level="warning", text=problem.message, hint=problem.hint))
        return [*users, *(one.file for one in found)], notices
    names = ", ".join(one.file.path for one in unknown)
    text = f"Not trusted, so the model is not told what it says: {names}"
    notices.append(Notice(level="warning", text=text, hint="Start with --trust to use it this once."))
    return [*users, *(one.file for one in found if one not in unknown)], notices


def cut_notice(instructions: Instructions) -> list[Notice]:
    """Return what to tell the user of files that were cut; nothing where none was."""
    if not instructions.is_cut:
        return []
    text = f"Cut, to leave room in the window: {', '.join(instructions.files)}"
    return [Notice(level="warning", text=text, hint="The model reads no more of it than that; shorten it.")]


def _read(configuration: Configuration) -> tuple[list[InstructionFile], list[_FoundFile]]:
    redact = redaction_for(configuration)
    workspace = configuration.workspace
    root = _project_root(workspace)
    found = [_found(Workspace(root), place, workspace, redact) for place in _places(root, workspace)]
    return _users(configuration.locations.config / FILE_NAME, redact), [one for one in found if one]


def _users(place: Path, redact: Redaction) -> list[InstructionFile]:
    try:
        text = plain(redact(place.read_text(encoding="utf-8", errors="replace"))).strip()
    except OSError:
        return []
    return [InstructionFile(path=str(place), text=text, is_users=True)] if text else []


def _project_root(workspace: Path) -> Path:
    """Return the folder of the repository that holds the workspace; the workspace itself where none does."""
    home = Path("~").expanduser()
    for folder in (workspace, *workspace.parents):
        if (folder / ".git").exists():
            return folder
        if folder == home:
            break
    return workspace


def _places(root: Path, workspace: Path) -> Iterator[Path]:
    """Yield where a file may lie, from the root down to the workspace."""
    inner = workspace.relative_to(root).parts
    for depth in range(len(inner) + 1):
        yield root.joinpath(*inner[:depth], FILE_NAME)


def _found(project: Workspace, place: Path, workspace: Path, redact: Redaction) -> _FoundFile | None:
    """Return the file; None: there is none, or it leads where no instructions are."""
    try:
        real = project.resolve(str(place))
        if not project.exists(real) or is_sensitive(str(real), str(project.root)):
            return None
        content = project.read(real)
    except ToolFailed:
        return None
    text = plain(redact(content.text)).strip()
    if not text:
        return None
    path = place.relative_to(workspace) if place.is_relative_to(workspace) else place
    file = InstructionFile(path=str(path), text=text, is_users=False)
    return _FoundFile(file=file, place=place, digest=content.digest)


def _question(unknown: Sequence[_FoundFile]) -> ChoiceQuestion:
    """Return the question; its body has all that the user would trust, and nothing out of sight in it."""
    shown = "\n\n".join(
        f"{revealed(one.file.path, keep_newlines=False)}:\n{unpadded(revealed(one.file.text))}"
        for one in unknown
    )
    return ChoiceQuestion(
        kind="trust",
        title="Have the model follow the project's instructions?",
        body="These files came with the project, and would tell the model what to do:\n\n"
        f"{shown}\n\nYou will be asked again when they change.",
        choices=(
            Choice(id="no", label="Go on without them", key="n"),
            Choice(id="yes", label="Trust these files", key="y"),
        ),
        refusal="no",
    )
