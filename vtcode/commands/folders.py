"""`/add-dir`: further folders that count as the workspace, for this session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.errors import UsageError
from vtcode.events import CommandRan, Notice
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.visible import revealed

if TYPE_CHECKING:
    from pathlib import Path

_LIST = "--list"
_REMOVE = "--remove"
_BODY = """\
{folder}

The model may then read, search and change files in it as in the project, under the same rules, until this
session ends."""


@command("add-dir", usage="[PATH | --list | --remove PATH]", while_busy=False)
async def add_dir(context: CommandContext) -> None:
    """Let the model work in another folder too, for this session."""
    folders, word = context.session.folders, context.argument.partition(" ")[0]
    path = context.argument.removeprefix(word).strip()
    if word in ("", _LIST):
        await context.session.emit(CommandRan(command="/add-dir", text=_listing(folders.listed())))
    elif word == _REMOVE and path:
        removed = folders.remove(_unquoted(path))
        await _tell(context, f"{_shown(removed)} no longer belongs to the workspace.")
    elif word.startswith("--"):
        raise UsageError("/add-dir takes PATH, --list or --remove PATH.")
    else:
        await _add(context, _unquoted(context.argument))


async def _add(context: CommandContext, typed: str) -> None:
    folders = context.session.folders
    folder = folders.addable(typed)
    question = ChoiceQuestion(
        kind="folder",
        title="Add this folder to the workspace?",
        body=_BODY.format(folder=_shown(folder)),
        choices=(
            Choice(id="add", label="Yes, for this session", key="y"),
            Choice(id="cancel", label="No", key="n"),
        ),
        refusal="cancel",
    )
    if (await context.front_end.ask(question)).choice != "add":
        return
    folders.add(folder)
    await _tell(context, f"{_shown(folder)} belongs to the workspace now; the model hears of it.")


async def _tell(context: CommandContext, text: str) -> None:
    await context.session.emit(Notice(level="info", text=text))


def _listing(folders: tuple[Path, ...]) -> str:
    if not folders:
        return "No folder was added. `/add-dir PATH` adds one for this session."
    return "Added for this session:\n\n" + "\n".join(f"- `{_shown(folder)}`" for folder in folders)


def _unquoted(path: str) -> str:
    return path[1:-1] if len(path) > 1 and path[0] == path[-1] and path[0] in "'\"" else path


def _shown(folder: Path) -> str:
    return revealed(str(folder), keep_newlines=False)
