"""`/vim`: vim's keys in the prompt."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.errors import UsageError
from vtcode.visible import revealed


@command("vim", usage="[on | off]")
async def vim(context: CommandContext) -> CommandResult:
    """Have vim's keys in the prompt, or no longer; `ui.vim_mode` in vtcode.toml is for good."""
    match context.argument:
        case "":
            return CommandResult(vim_keys="other")
        case "on" | "off" as wanted:
            return CommandResult(vim_keys=wanted)
        case other:
            raise UsageError(
                f"/vim does not know {revealed(other, keep_newlines=False)!r}.",
                hint="/vim on or /vim off; /vim alone switches between them.",
            )
