"""The OpenAI chat-completions wire: a request as bytes, and the bytes of a reply as parts.

Requests are byte-stable, because servers reuse their KV cache for the longest common prefix: a fixed order of
keys, messages only ever appended to. Nothing here does I/O.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, assert_never

from vtcode.errors import BadReply, EmptyReply, ProviderError, ReplyCut
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
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    Part,
    PrefillPart,
    ReasoningPart,
    Request,
    TextPart,
)
from vtcode.providers.fields import count_in, object_in
from vtcode.providers.server_errors import Server, provider_error, read_fault, readable
from vtcode.providers.sse import ServerSentEvent, SseDecoder
from vtcode.providers.think import Piece, ThinkSplitter
from vtcode.providers.tool_calls import CallAssembler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "abort": "cut",
}
"""Unknown ones count as `stop`."""


def encode(request: Request, *, extra: Mapping[str, object] | None = None) -> bytes:
    """Return the body of a streaming request; equal requests give equal bytes.

    Args:
        request: What to ask. Reasoning is never sent back; empty assistant messages are left out; messages of
            one role in a row become one, because many chat templates demand that roles alternate.
        extra: More top-level keys, put last, for servers that know them.
    """
    body: dict[str, object] = {"model": request.model, "messages": _encoded_messages(request.messages)}
    if request.tools:
        body["tools"] = [_encoded_tool(tool) for tool in request.tools]
    if request.response_schema is not None:
        schema = {"name": "reply", "strict": True, "schema": request.response_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    body |= {key: value for key, value in asdict(request.sampling).items() if value not in (None, ())}
    body |= {"stream": True, "stream_options": {"include_usage": True}, **(extra or {})}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _encoded_messages(messages: Iterable[Message]) -> list[dict[str, object]]:
    spoken = (message for message in messages if not _is_empty(message))
    system_first = sorted(spoken, key=lambda message: message.role != "system")
    encoded: list[dict[str, object]] = []
    for role, group in groupby(system_first, key=lambda message: message.role):
        if role == "tool":
            encoded.extend(_encoded_message(message) for message in group)
        else:
            encoded.append(_encoded_message(_merged(list(group))))
    return encoded


def _is_empty(message: Message) -> bool:
    return isinstance(message, AssistantMessage) and not message.text and not message.tool_calls


def _merged(messages: list[Message]) -> Message:
    """Join messages of one role, other than tool results."""
    first = messages[0]
    if len(messages) == 1:
        return first
    text = "\n\n".join(message.text for message in messages if message.text)
    if isinstance(first, AssistantMessage):
        answers = [message for message in messages if isinstance(message, AssistantMessage)]
        calls = tuple(call for answer in answers for call in answer.tool_calls)
        return AssistantMessage(text=text, tool_calls=calls)
    return replace(first, text=text)


def _encoded_message(message: Message) -> dict[str, object]:
    match message:
        case SystemMessage() | UserMessage():
            return {"role": message.role, "content": message.text}
        case AssistantMessage():
            encoded: dict[str, object] = {"role": "assistant", "content": message.text}
            if message.tool_calls:
                encoded["tool_calls"] = [_encoded_call(call) for call in message.tool_calls]
            return encoded
        case ToolMessage():
            return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
        case _:
            assert_never(message)


def _encoded_call(call: ToolCall) -> dict[str, object]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _encoded_tool(tool: ToolDefinition) -> dict[str, object]:
    # LM Studio refuses the whole request where one tool's schema is no object with properties.
    schema = {key: value for key, value in tool.parameters.items() if key != "$schema"}
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": {"type": "object", "properties": {}} | schema,
        },
    }


class ReplyParser:
    """Turns the bytes of one streamed reply into parts.

    Args:
        request: What was asked; tells the known tools and the used call ids.
        server: Whom errors are about.
        opens_in_reasoning: This model's replies are known to begin inside reasoning, without a tag.
    """

    def __init__(self, request: Request, *, server: Server, opens_in_reasoning: bool = False) -> None:
        self.done = False
        """True when nothing more is to be read: the stream said so, or it failed."""
        self._server = server
        self._asked_model = request.model
        self._model = ""
        self._sse = SseDecoder()
        self._splitter = ThinkSplitter(opens_inside=opens_in_reasoning)
        self._calls = CallAssembler(
            tool_names=[tool.name for tool in request.tools], used_ids=_call_ids(request.messages)
        )
        self._reasoning: list[str] = []
        self._finish: FinishReason | None = None
        self._usage: Usage | None = None
        self._tokens_per_s: float | None = None
        self._failure: ProviderError | None = None

    @property
    def is_complete(self) -> bool:
        """True when the reply has ended by itself, whatever happens to the connection from now on."""
        return self._failure is None and (self.done or self._finish is not None)

    @property
    def closed_without_opening(self) -> bool:
        """True where the reply showed that this model's replies begin inside reasoning."""
        return self._splitter.closed_without_opening

    def feed(self, chunk: bytes) -> list[Part]:
        """Take what one read gave, and return what it says: pieces of one kind in a row are one part.

        A failure that the chunk tells is raised by `finish`, so that the parts before it are not lost.
        """
        parts: list[Part] = []
        try:
            for event in self._sse.feed(chunk):
                if not self.done:
                    self._take_event(event, parts)
        except ProviderError as failure:
            self._failure, self.done = failure, True
        return parts

    def take_body(self, body: bytes) -> list[Part]:
        """Take the whole answer of a server that did not stream."""
        parts: list[Part] = []
        try:
            self._take_event(ServerSentEvent("message", body.decode("utf-8", "replace")), parts)
            self._end_text(parts)
        except ProviderError as failure:
            self._failure = failure
        self.done = True
        return parts

    def finish(self) -> CompletedPart:
        """Return the whole reply; the stream has ended.

        Raises:
            ReplyCut: It ended before the reply did.
            EmptyReply: There is nothing in it.
            ProviderError: It told a failure.
        """
        if self._failure is not None:
            raise self._failure
        if not self.is_complete:
            raise ReplyCut(
                f"{self._server} closed the connection before the reply was complete.",
                hint="Send the message again; if it stays so, look whether the server or the model crashed.",
            )
        reasoning = "".join([*self._reasoning, self._splitter.reasoning]).strip()
        message = AssistantMessage(
            text=self._splitter.text, reasoning=reasoning, tool_calls=self._calls.calls()
        )
        if not (message.text.strip() or message.reasoning or message.tool_calls):
            raise self._empty_reply()
        return CompletedPart(
            message=message,
            finish=self._finish_reason(message),
            usage=self._usage,
            model=self._model,
            tokens_per_s=self._tokens_per_s,
        )

    def _take_event(self, event: ServerSentEvent, parts: list[Part]) -> None:
        data = event.data.strip()
        if not data:
            return
        if data == "[DONE]":
            self.done = True
            self._end_text(parts)
            return
        payload = _decoded(data)
        if event.event == "error":
            raise self._told(data if payload is None else payload)
        if payload is None:
            raise BadReply(f"{self._server} sent what is not JSON: {readable(data)}.")
        if not isinstance(payload, dict):
            raise BadReply(f"{self._server} sent JSON that is not an object: {readable(data)}.")
        if payload.get("error") or payload.get("object") == "error":
            raise self._told(payload)
        self._take_chunk(payload, parts)

    def _take_chunk(self, chunk: dict[str, Any], parts: list[Part]) -> None:
        if not self._model and isinstance(chunk.get("model"), str):
            self._model = chunk["model"]
        if progress := object_in(chunk.get("prompt_progress")):
            _append(parts, _prefill(progress))
        for choice in _list(chunk.get("choices"), "choices"):
            self._take_choice(_required_object(choice, "choice"), parts)
        self._usage = _usage(object_in(chunk.get("usage"))) or self._usage
        if timings := object_in(chunk.get("timings")):
            self._take_timings(timings)

    def _take_choice(self, choice: dict[str, Any], parts: list[Part]) -> None:
        if choice.get("index"):
            return
        # A server that can't stream answers with one whole message in place of deltas.
        delta = _required_object(choice.get("delta") or choice.get("message") or {}, "delta")
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            self._splitter.reasoning_came_apart()
            self._reasoning.append(_required_text(reasoning, "reasoning"))
            _append(parts, ReasoningPart(text=self._reasoning[-1]))
        if delta.get("content"):
            self._give(self._splitter.feed(_required_text(delta["content"], "content")), parts)
        for fragment in _list(delta.get("tool_calls"), "tool_calls"):
            call = self._calls.feed(fragment)
            if call is not None:
                _append(parts, call)
        finish = choice.get("finish_reason")
        if isinstance(finish, str) and finish:
            self._finish = _FINISH_REASONS.get(finish, "stop")
            self._end_text(parts)

    def _take_timings(self, timings: dict[str, Any]) -> None:
        """Take llama.cpp's own measures, which stand in every last chunk."""
        speed = timings.get("predicted_per_second")
        if isinstance(speed, int | float) and speed > 0:
            self._tokens_per_s = float(speed)
        cached, read, written = (count_in(timings.get(key)) for key in ("cache_n", "prompt_n", "predicted_n"))
        if self._usage is None and read is not None and written is not None:
            self._usage = Usage(
                prompt_tokens=read + (cached or 0), completion_tokens=written, cached_tokens=cached
            )

    def _end_text(self, parts: list[Part]) -> None:
        self._give(self._splitter.flush(), parts)

    def _give(self, pieces: list[Piece], parts: list[Part]) -> None:
        for kind, text in pieces:
            _append(parts, ReasoningPart(text=text) if kind == "reasoning" else TextPart(text=text))

    def _told(self, payload: object) -> ProviderError:
        return provider_error(read_fault(payload), self._server, model=self._asked_model)

    def _finish_reason(self, message: AssistantMessage) -> FinishReason:
        """Decide by what is there: servers say `stop` after calls, and nothing at all."""
        if self._finish in (None, "stop", "tool_calls"):
            return "tool_calls" if message.tool_calls else "stop"
        return self._finish

    def _empty_reply(self) -> EmptyReply:
        if self._finish == "length":
            hint = "The limit was reached before the first word: raise max_tokens, or turn reasoning off."
        else:
            hint = "Often the prompt no longer fits the window: /clear, or load with a larger context length."
        return EmptyReply(f"{self._server} sent an empty reply.", hint=hint)


def _append(parts: list[Part], part: Part) -> None:
    """Add a part, or make it one with the last where both are of one kind."""
    match parts[-1] if parts else None, part:
        case TextPart(text=before), TextPart(text=text):
            parts[-1] = TextPart(text=before + text)
        case ReasoningPart(text=before), ReasoningPart(text=text):
            parts[-1] = ReasoningPart(text=before + text)
        case CallPart(index=same, text=before), CallPart(index=index, name=name, text=text) if same == index:
            parts[-1] = CallPart(index=index, name=name, text=before + text)
        case PrefillPart(), PrefillPart():
            parts[-1] = part
        case _:
            parts.append(part)


def _call_ids(messages: Iterable[Message]) -> frozenset[str]:
    answers = (message for message in messages if isinstance(message, AssistantMessage))
    return frozenset(call.id for answer in answers for call in answer.tool_calls)


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


def _decoded(data: str) -> object:
    """Decode JSON; None where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _required_object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadReply(f"The server sent a {what} that is not an object.")
    return value


def _required_text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise BadReply(f"The server sent {what} that is not text.")
    # Half of a surrogate pair can be written in JSON, but in nothing that is stored or sent later.
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _list(value: object, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadReply(f"The server sent {what} that is not a list.")
    return value
