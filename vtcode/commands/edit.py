"""`/edit`: a file of the workspace in the user's own editor."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.errors import UsageError
from vtcode.session.places import place_named


@command("edit", usage="FILE[:LINE]")
async def edit(context: CommandContext) -> CommandResult:
    """Open a file in your editor ($VISUAL, $EDITOR), at a line."""
    if not context.argument:
        raise UsageError("/edit takes a file: /edit src/main.py:12")
    typed = context.argument.removeprefix("@")
    return CommandResult(opened=place_named(typed, context.session.folders.roots))
