"""The OpenAI chat-completions wire: LM Studio's usual one, and the only one of most other servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from vtcode.messages import (
    AssistantMessage,
    FinishReason,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    Usage,
    UserMessage,
)
from vtcode.providers.base import PrefillPart, Request
from vtcode.providers.fields import count_in, object_in
from vtcode.providers.tool_schemas import portable_parameters
from vtcode.providers.wires.body import data_url, effort_on_scale, encoded, sampling_keys
from vtcode.providers.wires.events import EventReader, listed, required_object, required_text
from vtcode.providers.wires.turns import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.errors import ProviderError
    from vtcode.providers.model_info import ToolMode
    from vtcode.providers.server_words import Server

_FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "abort": "cut",
}
"""Unknown ones count as `stop`."""
_SAMPLING = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "repeat_penalty",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "seed": "seed",
    "stop": "stop",
    "max_tokens": "max_tokens",
}


class ChatCompletions:
    """The wire; implements `Wire`.

    Args:
        extra: More top-level keys of each request, put last, for servers that know them.
    """

    path = "/chat/completions"
    tool_modes: tuple[ToolMode, ...] = ("native", "structured", "text")

    def __init__(self, extra: Mapping[str, object] | None = None) -> None:
        self.extra = extra

    def encode(self, request: Request) -> bytes:
        """Return the body of a streaming request."""
        return encode(request, extra=self.extra)

    def reader(self, request: Request, server: Server, *, opens_in_reasoning: bool) -> ReplyParser:
        """Return what reads the reply."""
        return ReplyParser(request, server=server, opens_in_reasoning=opens_in_reasoning)

    def adapts_to(self, request: Request, error: ProviderError) -> bool:
        """Learn nothing: each request says all there is to say."""
        return False


def encode(request: Request, *, extra: Mapping[str, object] | None = None) -> bytes:
    """Return the body of a streaming request; equal requests give equal bytes.

    Args:
        request: What to ask. Reasoning is never sent back; see `spoken` for what becomes of the messages.
        extra: More top-level keys, put last, for servers that know them.
    """
    messages = spoken(request.messages, strict_roles=request.strict_roles)
    body: dict[str, object] = {"model": request.model}
    body["messages"] = [_encoded_message(message) for message in messages]
    if request.tools:
        body["tools"] = [_encoded_tool(tool) for tool in request.tools]
    if request.response_schema is not None:
        schema = {"name": "reply", "strict": True, "schema": request.response_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    body |= sampling_keys(request.sampling, _SAMPLING)
    if request.reasoning_effort:
        body["reasoning_effort"] = effort_on_scale(request.reasoning_effort)
    body |= {"stream": True, "stream_options": {"include_usage": True}, **(extra or {})}
    return encoded(body)


def _encoded_message(message: Message) -> dict[str, object]:
    match message:
        case SystemMessage():
            return {"role": "system", "content": message.text}
        case UserMessage():
            return {"role": "user", "content": _content(message) if message.images else message.text}
        case AssistantMessage():
            answer: dict[str, object] = {"role": "assistant", "content": message.text}
            if message.tool_calls:
                answer["tool_calls"] = [_encoded_call(call) for call in message.tool_calls]
            return answer
        case ToolMessage():
            return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
        case _:
            assert_never(message)


def _content(message: UserMessage) -> list[dict[str, object]]:
    content: list[dict[str, object]] = [{"type": "text", "text": message.text}]
    content += [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in message.images]
    return content


def _encoded_call(call: ToolCall) -> dict[str, object]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _encoded_tool(tool: ToolDefinition) -> dict[str, object]:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": portable_parameters(tool),
        },
    }


class ReplyParser(EventReader):
    """Turns the bytes of one reply into parts; implements `ReplyReader`."""

    def _take_whole(self, payload: dict[str, Any]) -> None:
        self._take("message", payload)

    def _take(self, event: str, payload: dict[str, Any]) -> None:
        measures = self._draft.measures
        if not measures.model and isinstance(payload.get("model"), str):
            measures.model = payload["model"]
        if progress := object_in(payload.get("prompt_progress")):
            self._draft.tell(_prefill(progress))
        for choice in listed(payload.get("choices"), "choices"):
            self._take_choice(required_object(choice, "choice"))
        measures.usage = _usage(object_in(payload.get("usage"))) or measures.usage
        if timings := object_in(payload.get("timings")):
            self._take_timings(timings)

    def _take_choice(self, choice: dict[str, Any]) -> None:
        if choice.get("index"):
            return
        # A server that can't stream answers with one whole message in place of deltas.
        delta = required_object(choice.get("delta") or choice.get("message") or {}, "delta")
        if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
            self._draft.reasoning(required_text(reasoning, "reasoning"))
        if delta.get("content"):
            self._draft.text(required_text(delta["content"], "content"))
        for fragment in listed(delta.get("tool_calls"), "tool_calls"):
            self._draft.call(fragment)
        finish = choice.get("finish_reason")
        if isinstance(finish, str) and finish:
            self._draft.finish = _FINISH_REASONS.get(finish, "stop")
            self._draft.end_text()

    def _take_timings(self, timings: dict[str, Any]) -> None:
        """Take llama.cpp's own measures, which stand in every last chunk."""
        measures, speed = self._draft.measures, timings.get("predicted_per_second")
        if isinstance(speed, int | float) and speed > 0:
            measures.tokens_per_s = float(speed)
        cached, read, written = (count_in(timings.get(key)) for key in ("cache_n", "prompt_n", "predicted_n"))
        if measures.usage is None and read is not None and written is not None:
            measures.usage = Usage(
                prompt_tokens=read + (cached or 0), completion_tokens=written, cached_tokens=cached
            )


def _usage(usage: dict[str, Any]) -> Usage | None:
    prompt, completion = count_in(usage.get("prompt_tokens")), count_in(usage.get("completion_tokens"))
    if prompt is None and completion is None:
        return None
    return Usage(
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
        cached_tokens=count_in(object_in(usage.get("prompt_tokens_details")).get("cached_tokens")),
        reasoning_tokens=count_in(object_in(usage.get("completion_tokens_details")).get("reasoning_tokens")),
    )


def _prefill(progress: dict[str, Any]) -> PrefillPart:
    processed, total, cached = (count_in(progress.get(key)) for key in ("processed", "total", "cache"))
    return PrefillPart(processed_tokens=processed or 0, total_tokens=total or 0, cached_tokens=cached or 0)
