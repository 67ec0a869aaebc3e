"""`/theme`: the colors of the app."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, CommandResult, command


@command("theme", usage="[NAME]")
async def theme(context: CommandContext) -> CommandResult:
    """Pick a theme, seeing each, or use the one that is named; `ui.theme` in vtcode.toml is for good."""
    return CommandResult(theme=context.argument or "pick")
