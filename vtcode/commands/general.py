"""Commands about the program and the session."""

from __future__ import annotations

import inspect

from vtcode.commands.registry import Command, CommandContext, CommandResult, command, found, registered
from vtcode.commands.tables import table
from vtcode.events import CommandRan, Notice


@command("help", "h", usage="[COMMAND]")
async def show_help(context: CommandContext) -> None:
    """Show the commands, or all about one."""
    if context.argument:
        text = _about(found(context.argument.removeprefix("/")))
        await context.session.emit(CommandRan(command="/help", text=text))
        return
    text = table(("Command", "What it does"), (_row(known) for known in registered()))
    text += "\n\n`!COMMAND` runs a shell command of your own. Anything else goes to the model."
    await context.session.emit(CommandRan(command="/help", text=text))


@command("clear", "new", while_busy=False)
async def clear(context: CommandContext) -> None:
    """Start the conversation afresh in a new session; `/resume` comes back to this one."""
    before = await context.session.clear()
    text = "New session. Files stay as they are." if before else "The conversation starts afresh."
    hint = f"The one before, with its /undo: /resume {before}" if before else ""
    await context.session.emit(Notice(level="info", text=text, hint=hint))


@command("exit", "quit", "q")
async def leave(context: CommandContext) -> CommandResult:
    """Leave vtcode; `vtcode --continue` comes back to this session."""
    return CommandResult(exit=True)


def _about(known: Command) -> str:
    lines = [f"`{_usage(known)}`", inspect.cleandoc(known.run.__doc__ or "")]
    if known.aliases:
        lines.append(f"Also: {', '.join(f'`/{alias}`' for alias in known.aliases)}.")
    if not known.while_busy:
        lines.append("While the model works, it has to wait.")
    return "\n\n".join(lines)


def _usage(known: Command) -> str:
    return f"/{known.name} {known.usage}".rstrip()


def _row(known: Command) -> tuple[str, str]:
    also = f" (also {', '.join(f'/{alias}' for alias in known.aliases)})" if known.aliases else ""
    return f"`{_usage(known)}`", known.help + also
