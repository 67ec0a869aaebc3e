"""What the gate would say of a call that nobody makes: described and judged as in a session, never run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.actions import CommandAction
from vtcode.bootstrap.containment import contain, tool_context
from vtcode.bootstrap.permissions import policy_of
from vtcode.errors import BadArguments, OutsideWorkspace, ToolFailed
from vtcode.policy.gathering import collect_facts
from vtcode.policy.grants import grants_file, load
from vtcode.policy.rules import judge
from vtcode.policy.shell import parse
from vtcode.session.modes import holds_files
from vtcode.tools.arguments import parse_arguments
from vtcode.tools.registry import find_tool
from vtcode.tools.run_pty_cmd import RunPtyCmdArguments

if TYPE_CHECKING:
    from typing import Any

    from vtcode.actions import Action
    from vtcode.config.load import Configuration
    from vtcode.permissions import Decision
    from vtcode.policy.shell import SimpleCommand
    from vtcode.system.sandbox import Containment
    from vtcode.tools.base import Arguments, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision, and what it was made about."""

    decision: Decision
    rule: str
    """As in `Verdict`; `none` where the call fails before."""
    reason: str
    parts: tuple[SimpleCommand, ...] = ()
    """Of a command line, as it is read; empty for other tools."""


def explain_call(configuration: Configuration, tool_name: str, arguments: str) -> Explanation:
    """Judge a call of a tool as a session that starts now would; nothing is run, asked or saved.

    Args:
        configuration: The settings that count.
        tool_name: The tool, as a model calls it.
        arguments: A JSON object.

    Raises:
        ToolFailed: There is no such tool, or the arguments do not fit it.
    """
    tool = find_tool(tool_name)
    values = parse_arguments(tool, arguments)
    try:
        action, containment = asyncio.run(_described(tool, values, configuration))
    except ToolFailed as problem:
        rule = "outside the workspace" if isinstance(problem, OutsideWorkspace) else "none"
        reason = f"the call fails before anything is decided: {problem.message}"
        return Explanation(decision="deny", rule=rule, reason=reason)
    grants = load(grants_file(configuration.locations.state, configuration.workspace))
    policy = replace(policy_of(configuration), contained=holds_files(containment))
    facts = collect_facts(action, configuration.workspace, denied=policy.paths, shell=policy.shell)
    verdict = judge(tool.name, action, policy, grants, facts)
    parts = parse(action.command).parts if isinstance(action, CommandAction) else ()
    return Explanation(decision=verdict.decision, rule=verdict.rule, reason=verdict.reason, parts=parts)


async def _described(
    tool: Tool[Any], values: Arguments, configuration: Configuration
) -> tuple[Action, Containment | None]:
    context = tool_context(configuration, interactive=False)
    await contain(context, configuration)
    try:
        return (await tool.prepare(values, context)).action, context.shell.containment
    except BadArguments:
        if not isinstance(values, RunPtyCmdArguments):
            raise
        # What no terminal takes can still be judged.
        action = CommandAction(command=values.command, cwd=str(context.workspace.root), timeout_s=0)
        return action, context.shell.containment
    finally:
        if context.shell.sandbox:
            context.shell.sandbox.close()
