"""One tiny call, asked of a model in one tool mode: does it come back as a call?"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.errors import GaveWay, ProviderError, ToolFailed
from vtcode.messages import AssistantMessage, SystemMessage, UserMessage
from vtcode.providers.base import CompletedPart, Request
from vtcode.providers.tool_modes import speak
from vtcode.tools import BUILTIN_TOOLS
from vtcode.tools.arguments import parse_arguments
from vtcode.tools.registry import definitions, find_tool

if TYPE_CHECKING:
    from vtcode.providers.base import Provider, Sampling
    from vtcode.providers.model_info import ModelInfo, ToolMode

_WANTED = "read_file"
_OFFERED = (_WANTED, "list_files")
_MESSAGES = (
    SystemMessage(text="You are a coding agent. Call the tools given; never guess what a file holds."),
    UserMessage(text="Read the file hello.txt."),
)
_MAX_TOKENS = 2_048
"""Enough for a model that reasons first, and an end to one that never stops."""
_SHOWN_CHARS = 80


async def problem_in_mode(provider: Provider, model: ModelInfo, mode: ToolMode, sampling: Sampling) -> str:
    """Have the model read a file that is never read; return what went wrong, empty where it made the call.

    Args:
        provider: Opened.
        model: One that is loaded: asking would load it otherwise.
        mode: How the tools are offered.
        sampling: As for any other message to this model.

    Raises:
        GaveWay: The user asked something meanwhile, which says nothing of the mode.
    """
    limit = min(sampling.max_tokens or _MAX_TOKENS, _MAX_TOKENS)
    request = Request(
        model=model.id,
        messages=_MESSAGES,
        tools=definitions([tool for tool in BUILTIN_TOOLS if tool.name in _OFFERED]),
        sampling=replace(sampling, temperature=0.0, max_tokens=limit),
        tool_mode=mode,
        side=True,
    )
    try:
        return _problem_with(await _reply(provider, request))
    except GaveWay:
        raise
    except ProviderError as error:
        return error.message


async def _reply(provider: Provider, request: Request) -> AssistantMessage:
    async with aclosing(speak(provider, request)) as parts:
        async for part in parts:
            if isinstance(part, CompletedPart):
                return part.message
    raise AssertionError("a provider's stream ends with CompletedPart or raises")


def _problem_with(reply: AssistantMessage) -> str:
    if not reply.tool_calls:
        said = " ".join(reply.text.split())
        return f"no call; it said {said[:_SHOWN_CHARS]!r}" if said else "no call, and no answer"
    call = reply.tool_calls[0]
    try:
        tool = find_tool(call.name)
        parse_arguments(tool, call.arguments)
    except ToolFailed as problem:
        return problem.message
    return "" if tool.name == _WANTED else f"it called {tool.name} instead of {_WANTED}"
