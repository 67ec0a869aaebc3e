"""`/suspend`: back to the shell for a while."""

from __future__ import annotations

import asyncio

from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.errors import UsageError
from vtcode.session.suspending import has_job_control


@command("suspend")
async def suspend(context: CommandContext) -> CommandResult:
    """Go back to the shell for a while; `fg` there comes back. All stands still meanwhile."""
    if not await asyncio.to_thread(has_job_control):
        raise UsageError(
            "No shell is there to go back to, so vtcode would never come back.",
            hint="It can be suspended where it was started in a terminal's shell.",
        )
    return CommandResult(suspends=True)
