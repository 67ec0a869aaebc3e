"""Commands about what the model may do."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, command
from vtcode.tools import BUILTIN_TOOLS


@command("tools")
async def tools(context: CommandContext) -> None:
    """Show the tools, and what each needs: allow, prompt or deny."""
    rows = [
        f"| `{tool.name}` | {context.session.gate.policy_of(tool.name)} | {tool.description} |"
        for tool in BUILTIN_TOOLS
    ]
    text = "\n".join(["| Tool | Policy | What the model is told |", "| --- | --- | --- |", *rows])
    await context.session.tell("/tools", text)


@command("policy", "permissions")
async def policy(context: CommandContext) -> None:
    """Show what is allowed, asked about and denied, and where each rule comes from."""
    await context.session.tell("/policy", context.session.gate.explain())
