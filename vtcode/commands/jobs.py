"""`/jobs`: the commands that were left running in the background."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, command
from vtcode.events import Notice
from vtcode.questions import Choice, PickQuestion, PickRow
from vtcode.visible import revealed

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
        await session.jobs.end(listed[answer.text].number)
        await session.emit(Notice(level="info", text=f"Ended {answer.text}."))
