"""`/compact`: the conversation made shorter by hand."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, command


@command("compact", usage="[WHAT TO KEEP IN MIND]", while_busy=False)
async def compact(context: CommandContext) -> None:
    """Shorten the conversation: a summary takes the place of older messages."""
    session = context.session
    await session.run_aside(session.compaction.by_hand(context.argument))
