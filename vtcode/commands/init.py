"""`/init`: a vtcode.toml and an AGENTS.md for this project, each shown before it is written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.actions import WriteAction
from vtcode.agent.instructions import FILE_NAME as NOTES_NAME
from vtcode.commands.registry import CommandContext, command
from vtcode.events import Notice
from vtcode.questions import Choice, PermissionQuestion

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_YES = Choice(id="once", label="Yes, write it", key="y")
_NO = Choice(id="deny", label="No", key="n")


@command("init", while_busy=False)
async def init(context: CommandContext) -> None:
    """Write a commented vtcode.toml and a first AGENTS.md, where there is none."""
    # Here, because reading the configuration's template and drafting take imports that few sessions need.
    from vtcode.config.load import FILE_NAME
    from vtcode.config.template import template
    from vtcode.session.project_notes import drafted_notes

    workspace = context.session.workspace
    await _offer(context, workspace / FILE_NAME, template, "settings, all of them comments")
    notes = workspace / NOTES_NAME
    if await _offer(context, notes, lambda: drafted_notes(workspace), "what the model is told first"):
        text = f"A new session asks, and then follows {NOTES_NAME}. Complete it: /edit {NOTES_NAME}"
        await _tell(context, text)


async def _offer(context: CommandContext, file: Path, draft: Callable[[], str], what: str) -> bool:
    """Show a file that is not there yet, and write it if the user wants that; False: it was not written."""
    from vtcode.config.template import write_new

    if await asyncio.to_thread(_is_there, file):
        await _tell(context, f"{file.name} is there already; it stays as it is.")
        return False
    text = await asyncio.to_thread(draft)
    if (await context.front_end.ask(_question(file.name, text, what))).choice != _YES.id:
        return False
    await asyncio.to_thread(write_new, file, text)
    await _tell(context, f"Written: {file.name}")
    return True


def _is_there(file: Path) -> bool:
    """Tell whether something has this name, other than what keeps it free while a command runs."""
    from vtcode.config.source import is_kept_free

    return (file.exists() or file.is_symlink()) and not is_kept_free(file)


def _question(name: str, text: str, what: str) -> PermissionQuestion:
    from vtcode.tools.diffs import unified_diff

    diff = unified_diff("", text)
    action = WriteAction(
        path=name, diff=diff.text, added_lines=diff.added_lines, removed_lines=0, creates=True
    )
    return PermissionQuestion(
        call_id="",
        tool="/init",
        action=action,
        reason=f"this file is new: {what}",
        rule="/init",
        always_rule="",
        choices=(_YES, _NO),
    )


async def _tell(context: CommandContext, text: str) -> None:
    await context.session.emit(Notice(level="info", text=text))
