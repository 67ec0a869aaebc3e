"""Commands about what the model may do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.rule_changes import change
from vtcode.commands.tables import table
from vtcode.events import CommandRan
from vtcode.policy.verdict import standing
from vtcode.tools import BUILTIN_TOOLS
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.agent.gate import Gate


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


@command("policy", "permissions", usage="[allow|ask|deny|forget RULE]")
async def policy(context: CommandContext) -> None:
    """Show what is allowed, asked about and denied, and by which rule; or change a rule."""
    verb, _, text = context.argument.partition(" ")
    if verb:
        await change(context, verb, text.strip())
        return
    shown = await asyncio.to_thread(_shown, context.session.gate)
    await context.session.emit(CommandRan(command="/policy", text=shown))


def _shown(gate: Gate) -> str:
    text = table(
        ("Tool", "Policy", "Rule"),
        [(f"`{tool.name}`", *standing(tool.name, gate.policy)) for tool in BUILTIN_TOOLS],
    )
    if rules := gate.policy.commands.all():
        rows = [(rule.key, rule.decision, _code(rule.pattern), _line(rule.reason)) for rule in rules]
        text += "\n\n" + table(("Rule for commands", "Policy", "", "Reason"), rows)
    if closed := [("paths.deny", _code(pattern)) for pattern in gate.policy.paths.patterns]:
        text += "\n\n" + table(("Closed", "To tools and commands"), closed)
    if granted := [(_code(rule),) for rule in gate.grants().rules()]:
        text += "\n\n" + table(("Granted by you, in this workspace",), granted)
    return text + (
        "\n\nCommands that only read inside the project need no question, unless "
        '`run_pty_cmd = "prompt"` is set. `vtcode config show` says where each value comes from, '
        "`vtcode policy explain -- COMMAND` what would be decided. `/policy allow RULE`, `ask`, `deny` and "
        "`forget` change the rules."
    )


def _code(text: str) -> str:
    return f"`{_line(text)}`"


def _line(text: str) -> str:
    return revealed(text, keep_newlines=False)
