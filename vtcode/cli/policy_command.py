"""`vtcode policy explain`: what the gate would say of a command or a call, and by which rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vtcode.bootstrap.explaining import explain_call
from vtcode.cli.configuration import load_configuration
from vtcode.errors import ToolFailed, UsageError
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from vtcode.bootstrap.explaining import Explanation
    from vtcode.cli.arguments import Arguments

_COMMAND_TOOL = "run_pty_cmd"


def run_policy(arguments: Arguments) -> int:
    """Print a decision with its rule, its reason and what was read of the command; returns the exit code.

    Raises:
        UsageError: Neither a command nor a tool is named, or there is no such tool.
    """
    if bool(arguments.command_line) == bool(arguments.tool):
        raise UsageError(
            "Name a command, or a tool with its arguments.",
            hint="vtcode policy explain -- git push, or vtcode policy explain --tool NAME --args JSON",
        )
    tool, values = arguments.tool, arguments.tool_arguments or "{}"
    if arguments.command_line:
        tool, values = _COMMAND_TOOL, json.dumps({"command": arguments.command_line})
    try:
        explanation = explain_call(load_configuration(arguments), tool, values)
    except ToolFailed as problem:
        raise UsageError(problem.message, hint=problem.hint) from problem
    print(_as_json(explanation) if arguments.json else _as_text(explanation))
    return 0


def _as_json(explanation: Explanation) -> str:
    parts = [{"words": list(part.words), "joined_by": part.joined_by} for part in explanation.parts]
    facts = {"decision": explanation.decision, "rule": explanation.rule, "reason": explanation.reason}
    return json.dumps({**facts, "parts": parts}, indent=2)


def _as_text(explanation: Explanation) -> str:
    lines = [
        f"decision  {explanation.decision}",
        f"rule      {revealed(explanation.rule, keep_newlines=False)}",
        f"reason    {plain(explanation.reason)}",
    ]
    for number, part in enumerate(explanation.parts, start=1):
        words = "  ".join(revealed(repr(word), keep_newlines=False) for word in part.words)
        lines.append(f"part {number}    {f'{part.joined_by} ' if part.joined_by else ''}{words}")
    return "\n".join(lines)
