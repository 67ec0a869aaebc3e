"""Commands about what the model may do."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import table
from vtcode.events import CommandRan
from vtcode.policy.rules import standing
from vtcode.tools import BUILTIN_TOOLS
from vtcode.visible import revealed


@command("tools")
async def tools(context: CommandContext) -> None:
    """Show the tools, and what each needs: allow, prompt or deny."""
    rows = [
        (f"`{tool.name}`", standing(tool.name, context.session.gate.policy)[0], tool.description)
        for tool in BUILTIN_TOOLS
    ]
    await context.session.emit(
        CommandRan(command="/tools", text=table(("Tool", "Policy", "What the model is told"), rows))
    )


@command("policy", "permissions")
async def policy(context: CommandContext) -> None:
    """Show what is allowed, asked about and denied, and where each rule comes from."""
    gate = context.session.gate
    rows = [(f"`{tool.name}`", *standing(tool.name, gate.policy)) for tool in BUILTIN_TOOLS]
    text = table(("Tool", "Policy", "Rule"), rows)
    commands = context.session.configuration.settings.commands
    listed = [
        (f"commands.{key}", f"`{revealed(rule, keep_newlines=False)}`")
        for key, rules in commands.model_dump().items()
        for rule in rules
    ]
    if listed:
        text += "\n\n" + table(("Rule for commands", ""), listed)
    granted = [(f"`{revealed(rule, keep_newlines=False)}`",) for rule in gate.grants().rules()]
    if granted:
        text += "\n\n" + table(("Granted by you, in this workspace",), granted)
    text += (
        "\n\nCommands that only read inside the project need no question, unless "
        '`run_pty_cmd = "prompt"` is set. `vtcode config show` says where each value comes from.'
    )
    await context.session.emit(CommandRan(command="/policy", text=text))
