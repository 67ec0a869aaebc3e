"""What the model reads and writes: the values of a conversation, free of any wire format.

Nothing here does I/O. A wire (in providers) turns these into bytes and bytes into these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "cancelled", "cut"]
"""Why a reply ended. `cancelled`: the user stopped it; `cut`: the connection did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call that the model asked for."""

    id: str
    """Unique within the conversation; made by us where the server sent none or a used one."""
    name: str
    arguments: str
    """The JSON object as text, exactly as it goes back to the server; always valid JSON in the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMessage:
    """The system prompt; exactly one, first."""

    text: str
    role: Literal["system"] = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that the user attached, in a form that every server takes."""

    media_type: Literal["image/png", "image/jpeg"]
    data: str
    """The file's bytes in base64."""
    name: str = ""
    """What the user calls it: the file's name."""
    width: int = 0
    """Pixels."""
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """What the user said."""

    text: str
    images: tuple[Image, ...] = ()
    role: Literal["user"] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramNote:
    """What the program told the model by itself, as a message of the user's."""

    text: str
    mode: str
    """`plan mode`, where it tells of that; else empty."""


_NOTE = re.compile(r"\[Note from vtcode(?:: (?:(?P<mode>\w+ mode)|\w+))?\] (?P<text>.*)", re.DOTALL)


def program_note(text: str) -> ProgramNote | None:
    """Return what a message of the user's role is where it is a note; None: the user's own words."""
    note = _NOTE.match(text)
    return ProgramNote(text=note["text"], mode=note["mode"] or "") if note else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantMessage:
    """What the model said: text, tool calls, or both."""

    text: str = ""
    reasoning: str = ""
    """Kept for display; not sent back to the server."""
    tool_calls: tuple[ToolCall, ...] = ()
    role: Literal["assistant"] = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolMessage:
    """The result of one tool call, as the model reads it."""

    call_id: str
    name: str
    text: str
    role: Literal["tool"] = "tool"


Message: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDefinition:
    """A tool as the model is told of it."""

    name: str
    description: str
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    """JSON schema; always `{"type": "object", "properties": {...}}` at the top (LM Studio refuses others)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionFile:
    """One AGENTS.md, whole."""

    path: str
    """As people and the model see it."""
    text: str
    is_users: bool
    """It is the user's own, for all projects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """What every request of a conversation begins with."""

    system_prompt: str
    tools: tuple[ToolDefinition, ...]
    instructions: tuple[str, ...] = ()
    """Files that the system prompt ends with, in words for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Token counts of one request, or summed over a turn."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int | None = None
    """Prompt tokens taken from the server's KV cache; None where nobody knows."""
    cached_estimated: bool = False
    """True where the server does not say, and `cached_tokens` is what the request has in common with the one
    before (shown with `~`)."""
    reasoning_tokens: int | None = None
    estimated: bool = False
    """True where the server sent no usage and the numbers are our own guess (shown with `~`)."""
