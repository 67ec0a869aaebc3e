"""Structured mode, the reply: JSON read while it is written, so that its words stream as any others do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from vtcode.errors import EmptyReply, UnreadableCall
from vtcode.providers.base import CallPart, CompletedPart, Part, TextPart
from vtcode.providers.tool_calls import CallAssembler
from vtcode.providers.tool_modes.conversation import compact
from vtcode.providers.wires.draft import call_ids, whole_characters

if TYPE_CHECKING:
    from vtcode.messages import FinishReason
    from vtcode.providers.base import Request

Stage: TypeAlias = Callable[[], "TextPart | CallPart | None"]
"""Takes what it can from the text that waits; sets the next stage when it is done."""

_FENCE = re.compile(r"\s*(?:```(?:json)?\s*)?(?=\{)")
"""Servers that bind the reply by words alone let it be written as a code block."""
_OPENING = re.compile(_FENCE.pattern + r'\{\s*"(?:say|answer)"\s*:\s*"')
_BEFORE_ARGUMENTS = re.compile(
    r'\s*,\s*"call"\s*:\s*\{\s*"name"\s*:\s*"(?P<name>[^"\\]*)"\s*,\s*"arguments"\s*:\s*'
)
_WHOLE_ESCAPES = re.compile(r'(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*')
_BRACES = {"{": 1, "[": 1, "}": -1, "]": -1}


class StructuredReply:
    """Reads `{"answer"}` or `{"say", "call": {"name", "arguments"}}` from the pieces of a reply.

    Args:
        request: What was asked, with its tools; tells which names and which call ids are taken.
    """

    def __init__(self, request: Request) -> None:
        self._calls = CallAssembler(
            tool_names=[tool.name for tool in request.tools], used_ids=call_ids(request.messages)
        )
        self._waiting = ""
        self._stage: Stage | None = self._open
        self._text: list[str] = []
        self._half = ""
        """The first half of a character that is written as two."""
        self._name = ""
        self._depth = 0
        """Of braces open in the arguments."""
        self._in_string = self._escaped = False

    def take_text(self, text: str) -> list[Part]:
        """Take a piece of the reply; return the words and the piece of a call that it holds."""
        self._waiting += text
        parts: list[Part] = []
        stage = None
        while self._stage is not None and stage != self._stage:
            stage = self._stage
            if part := stage():
                parts.append(part)
        return parts

    def complete(self, reply: CompletedPart) -> list[Part]:
        """Take the end of the reply; return what was not told yet, and the whole at last.

        Some servers put the JSON where reasoning belongs; there it is looked for when there is no other.

        Raises:
            EmptyReply: There is nothing in it.
            UnreadableCall: It is not what the schema allows.
        """
        message = reply.message
        found = read_reply(message.text)
        if found is None and not message.text.strip():
            found, message = read_reply(message.reasoning), replace(message, reasoning="")
        if found is None:
            return [self._cut_off(reply)]
        text, call = found
        told: list[Part] = [] if self._text or not text else [TextPart(text=text)]
        if call is not None:
            self._calls.feed({"function": call})
        message = replace(message, text=text.strip(), tool_calls=self._calls.calls())
        finish: FinishReason = "tool_calls" if message.tool_calls else "stop"
        return [*told, replace(reply, message=message, finish=finish)]

    def break_off(self) -> list[Part]:
        """Return nothing: words are given out as they come, and half a call is none."""
        return []

    def _cut_off(self, reply: CompletedPart) -> CompletedPart:
        """Return the words of a reply that was cut at a limit; a call that was cut is none."""
        text = "".join(self._text).strip()
        is_empty = not reply.message.text.strip()
        if reply.finish == "length" and (text or is_empty):
            return replace(reply, message=replace(reply.message, text=text))
        if is_empty:
            raise EmptyReply("The reply is empty, though a schema asked for JSON.", hint=_HINT)
        what = "was cut within a tool call" if self._name else "is not the JSON that was asked for"
        raise UnreadableCall(f"The model's reply {what}.", hint=_HINT)

    def _open(self) -> None:
        if opening := _OPENING.match(self._waiting):
            self._skip(opening.end())
            self._stage = self._speak

    def _speak(self) -> TextPart | None:
        match = _WHOLE_ESCAPES.match(self._waiting)
        written = match.group() if match else ""
        self._skip(len(written))
        is_whole = self._waiting.startswith('"')
        if is_whole:
            self._skip(1)
            self._stage = self._name_tool
        try:
            text = self._half + json.loads(f'"{written}"', strict=False)
        except ValueError:
            self._stage = None
            return None
        self._half = text[-1:] if not is_whole and "\ud800" <= text[-1:] <= "\udbff" else ""
        text = whole_characters(text.removesuffix(self._half))
        if not text:
            return None
        self._text.append(text)
        return TextPart(text=text)

    def _name_tool(self) -> None:
        if before := _BEFORE_ARGUMENTS.match(self._waiting):
            self._name = before["name"]
            self._skip(before.end())
            self._stage = self._write_arguments

    def _write_arguments(self) -> CallPart | None:
        end = self._end_of_arguments()
        written = self._waiting if end is None else self._waiting[:end]
        self._skip(len(written))
        if end is not None:
            self._stage = None
        return CallPart(index=0, name=self._name, text=written) if written else None

    def _end_of_arguments(self) -> int | None:
        for position, character in enumerate(self._waiting):
            if self._in_string:
                self._in_string = self._escaped or character != '"'
                self._escaped = character == "\\" and not self._escaped
                continue
            self._in_string = character == '"'
            self._depth += _BRACES.get(character, 0)
            if self._depth == 0 and character in "}]":
                return position + 1
        return None

    def _skip(self, characters: int) -> None:
        self._waiting = self._waiting[characters:]


_HINT = "Ask again; if it stays so, `vtcode doctor` tells which tool mode this model needs."


def read_reply(whole: str) -> tuple[str, dict[str, Any] | None] | None:
    """Return the words of a whole reply, and its call as `{"name", "arguments"}`; None: it is none."""
    fence = _FENCE.match(whole)
    if not fence:
        return None
    try:
        reply, _ = json.JSONDecoder(strict=False).raw_decode(whole, fence.end())
    except (ValueError, RecursionError):
        return None
    match reply:
        case {"answer": str(text)} | {"say": str(text)} if not reply.get("call"):
            return whole_characters(text), None
        case {"call": {"name": str(name), "arguments": dict(arguments)}}:
            said = reply.get("say")
            call = {"name": name, "arguments": whole_characters(compact(arguments))}
            return whole_characters(said) if isinstance(said, str) else "", call
        case _:
            return None
