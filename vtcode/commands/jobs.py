"""`/bg`, `/kill`: what becomes of the command that runs; `/jobs`: those that were left in the background."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.events import Notice
from vtcode.frontend import Control
from vtcode.questions import Choice, PickQuestion, PickRow
from vtcode.tools.sandbox_hint import aftermath_notes, bracketed
from vtcode.visible import revealed

if TYPE_CHECKING:
    from pathlib import Path

_END = Choice(id="end", label="End it", key="k")


@command("jobs")
async def jobs(context: CommandContext) -> None:
    """Show the commands left in the background, and end one."""
    session = context.session
    listed = {f"job {job.number}": job for job in session.jobs.listed()}
    rows = tuple(
        PickRow(
            id=name,
            label=revealed(job.command_line, keep_newlines=False),
            detail=f"{name} · {'running' if job.is_running else 'ended'}",
        )
        for name, job in listed.items()
    )
    if not rows:
        await session.emit(Notice(level="info", text="No command runs in the background."))
        return
    answer = await context.front_end.ask(
        PickQuestion(title="Commands in the background", rows=rows, actions=(_END,))
    )
    if answer.choice == _END.id and answer.text in listed:
        aftermath = await session.jobs.end(listed[answer.text].number)
        notes = aftermath_notes(aftermath, partial(_shown, session.workspace)) if aftermath else ()
        note = bracketed(notes)
        await session.emit(Notice(level="warning" if note else "info", text=f"Ended {answer.text}.{note}"))


@command("bg")
async def background(context: CommandContext) -> None:
    """Leave the command that runs in the background; `/jobs` lists those."""
    await _control(context, "/bg", Control(kind="background"))


@command("kill")
async def kill(context: CommandContext) -> None:
    """Kill the command that runs; the model goes on."""
    await _control(context, "/kill", Control(kind="kill"))


async def _control(context: CommandContext, typed: str, control: Control) -> None:
    if not context.session.control("", control):
        text = f"{typed} is for a command that is running; none is."
        hint = "/jobs lists what runs in the background."
        await context.session.emit(Notice(level="warning", text=text, hint=hint))


def _shown(workspace: Path, path: Path) -> str:
    below = path.relative_to(workspace) if path.is_relative_to(workspace) else path
    return revealed(str(below), keep_newlines=False)
