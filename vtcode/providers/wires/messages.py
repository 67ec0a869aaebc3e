"""Anthropic's messages wire, as LM Studio has it (from 0.4.1)."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any, assert_never

from vtcode.messages import (
    AssistantMessage,
    FinishReason,
    Message,
    SystemMessage,
    ToolMessage,
    Usage,
    UserMessage,
)
from vtcode.providers.fields import count_in, object_in, objects_in, text_in
from vtcode.providers.tool_schemas import portable_parameters
from vtcode.providers.wires.body import encoded, sampling_keys
from vtcode.providers.wires.events import EventReader, required_text
from vtcode.providers.wires.turns import spoken

if TYPE_CHECKING:
    from vtcode.errors import ProviderError
    from vtcode.messages import Image, ToolDefinition
    from vtcode.providers.base import Request
    from vtcode.providers.model_info import ToolMode
    from vtcode.providers.server_words import Server

_SAMPLING = {"temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "stop": "stop_sequences"}
_MAX_TOKENS = 32_768
"""The API wants a limit; more than replies have, so that none is cut where nobody asked for one."""
_FINISH_REASONS: dict[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}
"""Others count as `stop`."""


class Messages:
    """The wire; implements `Wire`. It has no place for reasoning effort, a seed or a schema of the reply."""

    path = "/messages"
    tool_modes: tuple[ToolMode, ...] = ("native", "text")

    def encode(self, request: Request) -> bytes:
        """Return the body of a streaming request."""
        messages = spoken(request.messages, strict_roles=request.strict_roles)
        system = [message.text for message in messages if isinstance(message, SystemMessage)]
        body: dict[str, object] = {"model": request.model}
        body["max_tokens"] = request.sampling.max_tokens or _MAX_TOKENS
        if system:
            body["system"] = "\n\n".join(system)
        body["messages"] = [
            {"role": role, "content": [block for message in group for block in _blocks(message)]}
            for role, group in groupby(messages, key=_role)
            if role != "system"
        ]
        if request.tools:
            body["tools"] = [_encoded_tool(tool) for tool in request.tools]
        return encoded(body | sampling_keys(request.sampling, _SAMPLING) | {"stream": True})

    def reader(self, request: Request, server: Server, *, opens_in_reasoning: bool) -> MessagesReader:
        """Return what reads the reply."""
        return MessagesReader(request, server=server, opens_in_reasoning=opens_in_reasoning)

    def adapts_to(self, request: Request, error: ProviderError) -> bool:
        """Learn nothing: each request says all there is to say."""
        return False


def _role(message: Message) -> str:
    return "user" if message.role == "tool" else message.role


def _blocks(message: Message) -> list[dict[str, object]]:
    match message:
        case SystemMessage():
            return []
        case UserMessage():
            return [*([_text(message.text)] if message.text else []), *map(_image, message.images)]
        case AssistantMessage():
            calls: list[dict[str, object]] = [
                {"type": "tool_use", "id": call.id, "name": call.name, "input": _object(call.arguments)}
                for call in message.tool_calls
            ]
            return [*([_text(message.text)] if message.text else []), *calls]
        case ToolMessage():
            return [{"type": "tool_result", "tool_use_id": message.call_id, "content": message.text}]
        case _:
            assert_never(message)


def _text(text: str) -> dict[str, object]:
    return {"type": "text", "text": text}


def _image(image: Image) -> dict[str, object]:
    source = {"type": "base64", "media_type": image.media_type, "data": image.data}
    return {"type": "image", "source": source}


def _object(arguments: str) -> dict[str, Any]:
    try:
        return object_in(json.loads(arguments))
    except (ValueError, RecursionError):
        return {}


def _encoded_tool(tool: ToolDefinition) -> dict[str, object]:
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": portable_parameters(tool),
    }


class MessagesReader(EventReader):
    """Turns the bytes of one reply into parts; implements `ReplyReader`."""

    _given_whole: dict[str, Any] | None = None
    """Arguments that came with the beginning of a call, in case no pieces follow."""

    def _take(self, event: str, payload: dict[str, Any]) -> None:
        index = count_in(payload.get("index")) or 0
        match text_in(payload.get("type")) or event:
            case "message_start":
                message = object_in(payload.get("message"))
                self._draft.measures.model = text_in(message.get("model"))
                self._count(object_in(message.get("usage")))
            case "content_block_start":
                self._begin(index, object_in(payload.get("content_block")))
            case "content_block_delta":
                self._take_delta(index, object_in(payload.get("delta")))
            case "content_block_stop":
                self._end_call(index)
            case "message_delta":
                self._count(object_in(payload.get("usage")))
                self._end(object_in(payload.get("delta")).get("stop_reason"))
            case "message_stop":
                self._draft.end_text()
                self.done = True

    def _take_whole(self, payload: dict[str, Any]) -> None:
        self._draft.measures.model = text_in(payload.get("model"))
        for index, block in enumerate(objects_in(payload.get("content"))):
            self._begin(index, block)
            self._end_call(index)
        self._count(object_in(payload.get("usage")))
        self._end(payload.get("stop_reason"))

    def _begin(self, index: int, block: dict[str, Any]) -> None:
        match block.get("type"):
            case "tool_use":
                name = {"name": text_in(block.get("name")), "arguments": ""}
                self._draft.call({"index": index, "id": text_in(block.get("id")), "function": name})
                self._given_whole = object_in(block.get("input"))
            case "text":
                self._draft.text(text_in(block.get("text")))
            case "thinking":
                self._reason(block.get("thinking"))

    def _take_delta(self, index: int, delta: dict[str, Any]) -> None:
        match delta.get("type"):
            case "text_delta":
                self._draft.text(required_text(delta.get("text"), "text"))
            case "thinking_delta":
                self._reason(delta.get("thinking"))
            case "input_json_delta":
                piece = required_text(delta.get("partial_json"), "arguments")
                self._given_whole = None if piece else self._given_whole
                self._draft.call({"index": index, "function": {"arguments": piece}})

    def _reason(self, text: object) -> None:
        if text:
            self._draft.reasoning(required_text(text, "reasoning"))

    def _end_call(self, index: int) -> None:
        if self._given_whole is not None:
            arguments = json.dumps(self._given_whole, ensure_ascii=False)
            self._draft.call({"index": index, "function": {"arguments": arguments}})
        self._given_whole = None

    def _end(self, reason: object) -> None:
        if isinstance(reason, str) and reason:
            self._draft.finish = _FINISH_REASONS.get(reason, "stop")
            self._draft.end_text()

    def _count(self, usage: dict[str, Any]) -> None:
        """Take counts: the beginning tells those of the prompt, the end those of the reply, or all."""
        before = self._draft.measures.usage
        read, written = count_in(usage.get("input_tokens")), count_in(usage.get("output_tokens"))
        cached, stored = (
            count_in(usage.get(key)) for key in ("cache_read_input_tokens", "cache_creation_input_tokens")
        )
        if read is None and written is None:
            return
        # Anthropic counts what came from the cache, or went there, apart from the rest of the prompt.
        prompt = (read or 0) + (cached or 0) + (stored or 0)
        self._draft.measures.usage = Usage(
            prompt_tokens=prompt or (before.prompt_tokens if before else 0),
            completion_tokens=written or (before.completion_tokens if before else 0),
            cached_tokens=before.cached_tokens if cached is None and before else cached,
        )
