"""What can be told of a request before it is sent: its size, and what stands before its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.messages import AssistantMessage, UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.messages import Message, ToolDefinition
    from vtcode.providers.base import Request

_MARKS_CHARACTERS = 16
"""Role and turn marks of a chat template."""
_TOOL_MARKS_CHARACTERS = 80
"""What stands around a tool's name, description and parameters."""
_IMAGE_CHARACTERS = 3_600
"""What a picture counts for: models make 250 to 2,000 tokens of one."""


def size_of(message: Message) -> int:
    """Return the characters that a message takes in a request, with its marks."""
    marks = _MARKS_CHARACTERS
    if isinstance(message, AssistantMessage):
        marks += sum(len(call.name) + len(call.arguments) + _MARKS_CHARACTERS for call in message.tool_calls)
    if isinstance(message, UserMessage):
        marks += len(message.images) * _IMAGE_CHARACTERS
    return len(message.text) + marks


def size_of_request(messages: Iterable[Message], tools: Iterable[ToolDefinition]) -> int:
    """Return the characters of a whole request: the base of an estimate of its tokens."""
    total = sum(
        len(tool.name) + len(tool.description) + len(str(tool.parameters)) + _TOOL_MARKS_CHARACTERS
        for tool in tools
    )
    return total + sum(size_of(message) for message in messages)


def frame_of(request: Request) -> tuple[object, ...]:
    """Return what stands before the messages, or decides how they are written."""
    return (
        request.model,
        request.tools,
        request.tool_mode,
        request.strict_roles,
        request.reasoning_effort,
    )
