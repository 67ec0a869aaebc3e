"""`/export`: the whole conversation in a file of its own."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import quoted
from vtcode.errors import UnwritableFolder, UsageError
from vtcode.events import Notice
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.session.session import Session
    from vtcode.session.transcripts import Format

_ENDINGS: dict[Format, str] = {"markdown": ".md", "html": ".html"}
_FORMATS: dict[str, Format] = {"markdown": "markdown", "md": "markdown", "html": "html"}
_FOLDER = "exports"
_REPLACE = Choice(id="replace", label="Replace it", key="y")
_KEEP = Choice(id="keep", label="Leave it as it is", key="n")


@command("export", "share", usage="[markdown | html] [FILE]")
async def export(context: CommandContext) -> None:
    """Write the whole conversation to a file, without secrets: Markdown or HTML."""
    session = context.session
    form, named = _understood(context.argument)
    file = _file(session, named, form)
    if await asyncio.to_thread(file.is_dir):
        raise UsageError(f"{quoted(str(file))} is a folder.", hint="/export takes the name of a file.")
    if await asyncio.to_thread(_is_there, file) and not await _may_replace(context, file):
        return
    text = await asyncio.to_thread(_document, session, form)
    await asyncio.to_thread(_write, file, text, makes_folder=not named)
    told = f"Written, for you alone to read: {revealed(str(file), keep_newlines=False)}"
    await session.emit(Notice(level="info", text=told))


def _understood(argument: str) -> tuple[Format, str]:
    """Return the format and the file's name; a name tells its format by its ending."""
    word, _, rest = argument.partition(" ")
    if word.lower() in _FORMATS:
        return _FORMATS[word.lower()], rest.strip()
    if argument.isalnum():
        raise UsageError(
            f"{quoted(argument)} is no format: there are markdown and html.",
            hint="A file's name has an ending or a folder: /export notes.md, /export ./notes",
        )
    named: Format = "html" if argument.lower().endswith((".html", ".htm")) else "markdown"
    return named, argument


def _file(session: Session, named: str, form: Format) -> Path:
    """Return where to write: where the user says, else the state folder."""
    if not named:
        return session.configuration.locations.state / _FOLDER / f"{session.id}{_ENDINGS[form]}"
    try:
        path = Path(named).expanduser()
    except RuntimeError:
        raise UsageError(f"{quoted(named)} names no user's folder.") from None
    if "\0" in named:
        raise UsageError(f"{quoted(named)} can't be a file's name.")
    return session.workspace / path


def _is_there(file: Path) -> bool:
    return file.exists() or file.is_symlink()


async def _may_replace(context: CommandContext, file: Path) -> bool:
    question = ChoiceQuestion(
        kind="export",
        title="Replace this file?",
        body=f"{revealed(str(file), keep_newlines=False)}\n\nIt is there already.",
        choices=(_REPLACE, _KEEP),
        refusal=_KEEP.id,
    )
    return (await context.front_end.ask(question)).choice == _REPLACE.id


def _document(session: Session, form: Format) -> str:
    from vtcode.session.log import read_events
    from vtcode.session.secrets import without_secrets
    from vtcode.session.transcripts import document

    path = session.recorded_in
    if path is None or not path.is_file():
        raise UsageError("Nothing of this session is recorded, so there is nothing to export.")
    return document(read_events(path), form, title=f"vtcode session {session.id}", redact=without_secrets)


def _write(file: Path, text: str, *, makes_folder: bool) -> None:
    """Write the file, for the user alone; a link is replaced, and not followed.

    Raises:
        UnwritableFolder: Nothing was changed.
    """
    from vtcode.system.owned_file import replace_owned

    try:
        if makes_folder:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            replace_owned(file, text.encode(errors="replace"))
            return
    except OSError as error:
        raise UnwritableFolder(
            f"{quoted(str(file))} can't be written: {error.strerror or error}.",
            hint="/export markdown FILE names another place.",
        ) from error
    raise UnwritableFolder(
        f"The folder {quoted(str(file.parent))} is not there.", hint="Make it, or name another place."
    )
