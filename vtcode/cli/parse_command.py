"""`vtcode dev parse`: what is understood of a reply, so that a format can be reported and replayed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from vtcode.errors import UsageError
from vtcode.messages import ToolDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vtcode.cli.arguments import Arguments
    from vtcode.providers.tool_modes.rescue import Rescued

_HINT = 'It holds [{"type": "function", "function": {"name": "...", "parameters": {...}}}, ...].'


def run_parse(arguments: Arguments) -> int:
    """Read a reply from stdin, and print its text, reasoning and calls as JSON.

    Raises:
        UsageError: The file of tools is unreadable or holds something else, or the size is negative.
    """
    if arguments.tools_file is None:
        raise UsageError("--tools is needed.", hint=_HINT)
    if arguments.chunk < 0:
        raise UsageError("--chunk can't be negative.", hint="0 takes everything at once.")
    tools = _read_tools(arguments.tools_file)
    reply = sys.stdin.buffer.read().decode("utf-8", "replace")
    understood = _understood(reply, arguments.chunk, tools)
    calls = [{"name": call.name, "arguments": call.arguments} for call in understood.calls]
    printed = {"content": understood.text, "reasoning": understood.reasoning, "calls": calls}
    print(json.dumps(printed, ensure_ascii=False, indent=2))
    return 0


def _understood(reply: str, size: int, tools: list[ToolDefinition]) -> Rescued:
    """Take a reply apart as a real one is: reasoning in tags first, then calls."""
    from vtcode.providers.think import ThinkSplitter
    from vtcode.providers.tool_modes.rescue import rescue

    splitter = ThinkSplitter()
    for piece in _pieces(reply, size):
        splitter.feed(piece)
    splitter.flush()
    return rescue(splitter.text, splitter.reasoning, tools, piece_size=size)


def _pieces(text: str, size: int) -> Iterator[str]:
    step = size or max(1, len(text))
    return (text[start : start + step] for start in range(0, len(text), step))


def _read_tools(path: Path) -> list[ToolDefinition]:
    try:
        definitions = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{str(path)!r} can't be read: {error.strerror}.", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is not JSON: {error}.", hint=_HINT) from error
    if not isinstance(definitions, list):
        raise UsageError(f"{str(path)!r} holds no list of tools.", hint=_HINT)
    return [
        _tool(definition, f"Tool {number} in {str(path)!r}")
        for number, definition in enumerate(definitions, 1)
    ]


def _tool(definition: Any, place: str) -> ToolDefinition:
    function = definition.get("function") if isinstance(definition, dict) else None
    if not isinstance(function, dict):
        raise UsageError(f'{place} has no "function" object.', hint=_HINT)
    name, parameters = function.get("name"), function.get("parameters", {})
    if not isinstance(name, str) or not name:
        raise UsageError(f"{place} has no name.", hint=_HINT)
    if not isinstance(parameters, dict):
        raise UsageError(f'{place} has "parameters" that are no object.', hint=_HINT)
    return ToolDefinition(name=name, description=str(function.get("description", "")), parameters=parameters)
