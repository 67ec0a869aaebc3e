"""A scripted turn as the bodies of `/v1/chat/completions`: whole, or chunk by chunk with its faults."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from vtcode.providers.script import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.emulator.state import Faults
    from vtcode.providers.script import Phase, ScriptedCall, Turn

_ID = "chatcmpl-k3v9x2m1q8w7e6r5t4y3u"
_CREATED = 1_780_000_000
_TOKEN_CHARS = 4
_PIECE_CHARS = 8


class Chunk(NamedTuple):
    """One event of the stream."""

    phase: Phase
    payload: dict[str, Any]


def count_tokens(text: str) -> int:
    """Count as this server does: four characters a token."""
    return math.ceil(len(text) / _TOKEN_CHARS)


def chunks(turn: Turn, faults: Faults, model: str, usage: dict[str, Any] | None) -> Iterator[Chunk]:
    """Yield the events of a streamed reply, without its end mark."""

    def chunk(phase: Phase, delta: dict[str, Any], finish: str | None = None) -> Chunk:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return Chunk(phase, _envelope(model, "chat.completion.chunk", [choice]))

    size = turn.piece_chars or _PIECE_CHARS
    if not faults.empty_200:
        key, reasoning, text = _reasoning_place(turn, faults)
        for piece in pieces(reasoning, size):
            yield chunk("reasoning", {"role": "assistant", key: piece})
        for piece in pieces(text, size):
            yield chunk("text", {"role": "assistant", "content": piece})
        for delta in _call_deltas(turn, faults, size):
            yield chunk("calls", delta)
    if not faults.no_finish_reason and not turn.cut:
        yield chunk("end", {}, "stop" if faults.empty_200 else turn.finish_reason)
    if usage is not None and not faults.no_usage:
        yield Chunk("end", _envelope(model, "chat.completion.chunk", []) | {"usage": usage})


def whole(turn: Turn, faults: Faults, model: str, usage: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a reply that is not streamed."""
    key, reasoning, text = _reasoning_place(turn, faults)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if reasoning and key == "content":
        message["content"] = reasoning + text
    elif reasoning:
        message[key] = reasoning
    message["tool_calls"] = [_whole_call(call, faults) for call in turn.calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": turn.finish_reason}
    return _envelope(model, "chat.completion", [choice]) | {"usage": usage, "stats": {}}


def usage_of(turn: Turn, prompt_tokens: int) -> dict[str, Any]:
    """Return the usage that the reply tells: the script's, else counted."""
    reasoning_tokens = count_tokens(turn.reasoning)
    completion_tokens = reasoning_tokens + count_tokens(turn.text)
    completion_tokens += sum(count_tokens(call.arguments_text) for call in turn.calls)
    if turn.usage is not None:
        prompt_tokens, completion_tokens = turn.usage.prompt_tokens, turn.usage.completion_tokens
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "completion_tokens_details": {"reasoning_tokens": reasoning_tokens},
    }


def event(payload: object, name: str = "") -> bytes:
    """Return one server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(payload, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def _envelope(model: str, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": _ID,
        "object": kind,
        "created": _CREATED,
        "model": model,
        "system_fingerprint": model,
        "choices": choices,
    }


def _reasoning_place(turn: Turn, faults: Faults) -> tuple[str, str, str]:
    """Return the key of the reasoning, the reasoning as it goes out there, and the text."""
    if not turn.reasoning:
        return "reasoning_content", "", turn.text
    match faults.reasoning_field:
        case "think_tag":
            return "content", f"<think>\n{turn.reasoning}\n</think>\n\n", turn.text
        case "close_tag_only":
            return "content", f"{turn.reasoning}\n</think>\n\n", turn.text
        case key:
            return key, turn.reasoning, turn.text


def _call_deltas(turn: Turn, faults: Faults, size: int) -> Iterator[dict[str, Any]]:
    calls = [call for call in turn.calls for _ in range(faults.tool_duplicate)]
    for index, call in enumerate(calls):
        head = _whole_call(call, faults) | {"index": index}
        if faults.tool_args_single_chunk:
            yield {"tool_calls": [head]}
            continue
        head["function"] = {"name": call.name, "arguments": ""}
        yield {"tool_calls": [head]}
        for piece in pieces(call.arguments_text, size):
            function = {"arguments": piece}
            if faults.tool_name_blank_chunks:
                function["name"] = ""
            yield {"tool_calls": [{"index": index, "function": function}]}


def _whole_call(call: ScriptedCall, faults: Faults) -> dict[str, Any]:
    call_id = "" if faults.tool_empty_id else call.id
    function = {"name": call.name, "arguments": call.arguments_text}
    return {"id": call_id, "type": "function", "function": function}
