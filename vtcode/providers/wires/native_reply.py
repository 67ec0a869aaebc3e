"""Reading a reply of LM Studio's own wire: named events, the last of which holds the whole result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtcode.messages import Usage
from vtcode.providers.base import CompletedPart, LoadingPart, PrefillPart, ServerToolPart
from vtcode.providers.fields import count_in, list_in, object_in, objects_in, text_in
from vtcode.providers.wires.events import EventReader, required_object, required_text
from vtcode.providers.wires.memory import StoredReply

if TYPE_CHECKING:
    from vtcode.providers.base import Request
    from vtcode.providers.server_words import Server
    from vtcode.providers.wires.memory import ReplyMemory

_BETWEEN_MESSAGES = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of a reply before it comes."""

    prompt_tokens: int
    """A guess: the server tells its progress in shares alone."""
    window_tokens: int | None
    opens_in_reasoning: bool


class NativeReader(EventReader):
    """Turns the bytes of one reply into parts; implements `ReplyReader`.

    Args:
        request: What was asked.
        server: Whom errors are about.
        expected: What is known of the reply.
        memory: Where the reply is kept, once it is complete.
    """

    def __init__(self, request: Request, server: Server, *, expected: Expected, memory: ReplyMemory) -> None:
        super().__init__(request, server=server, opens_in_reasoning=expected.opens_in_reasoning)
        self._expected = expected
        self._memory = memory
        self._response_id = ""
        self._streamed: list[str] = []
        self._reasoned = False
        self._answering = False
        """From the first token on; then neither loading nor prefill is told any more."""
        self._told_tools = 0
        self._tool = ""
        self._arguments: object = {}

    def finish(self) -> CompletedPart:
        """Return the whole reply, and keep in mind that the server has it; raises as `ReplyReader` says."""
        completed = super().finish()
        if self._response_id:
            usage = completed.usage
            reply = StoredReply(
                response_id=self._response_id,
                request=self._request,
                message=completed.message,
                tokens=usage.prompt_tokens + usage.completion_tokens if usage else 0,
            )
            self._memory.keep(reply)
        return completed

    def _take(self, event: str, payload: dict[str, Any]) -> None:
        kind = text_in(payload.get("type")) or event
        group, _, step = kind.partition(".")
        match group:
            case "model_load":
                self._take_loading(step, payload)
            case "prompt_processing":
                self._take_prefill(step, payload)
            case "tool_call":
                self._take_tool_call(step, payload)
            case "reasoning" if step == "start" and self._reasoned:
                self._draft.reasoning(_BETWEEN_MESSAGES)
            case "reasoning" if step == "delta":
                self._take_reasoning(required_text(payload.get("content"), "reasoning"))
            case "message" if step == "start" and self._streamed:
                self._take_text(_BETWEEN_MESSAGES)
            case "message" if step == "delta":
                self._take_text(required_text(payload.get("content"), "content"))
            case "chat" if step == "start":
                self._draft.measures.model = text_in(payload.get("model_instance_id"))
            case "chat" if step == "end":
                self._take_whole(required_object(payload.get("result"), "result"))
                self.done = True

    def _take_whole(self, payload: dict[str, Any]) -> None:
        """Take the result, which says what the reply was in the end, whatever was streamed of it."""
        output = objects_in(payload.get("output"))
        if not self._reasoned:
            for item in (item for item in output if item.get("type") == "reasoning"):
                self._take_reasoning(text_in(item.get("content")))
        if not self._told_tools:
            for item in output:
                self._take_server_tool(item)
        texts = [text_in(item.get("content")) for item in output if item.get("type") == "message"]
        self._settle_text(_BETWEEN_MESSAGES.join(text for text in texts if text))
        self._response_id = text_in(payload.get("response_id"))
        measures = self._draft.measures
        measures.model = text_in(payload.get("model_instance_id")) or measures.model
        self._take_stats(object_in(payload.get("stats")))

    def _settle_text(self, text: str) -> None:
        streamed = "".join(self._streamed)
        if text.startswith(streamed):
            self._take_text(text.removeprefix(streamed))
        self._draft.end_text()
        if text and not text.startswith(streamed):
            self._draft.replace_text(text)

    def _take_stats(self, stats: dict[str, Any]) -> None:
        """Take the counts; that a reply was cut for its length has to be told from them."""
        read, written = count_in(stats.get("input_tokens")), count_in(stats.get("total_output_tokens"))
        self._draft.finish = "stop"
        if read is None or written is None:
            return
        measures, speed = self._draft.measures, stats.get("tokens_per_second")
        reasoned = count_in(stats.get("reasoning_output_tokens"))
        measures.usage = Usage(prompt_tokens=read, completion_tokens=written, reasoning_tokens=reasoned)
        if isinstance(speed, int | float) and speed > 0:
            measures.tokens_per_s = float(speed)
        limit, window = self._request.sampling.max_tokens, self._expected.window_tokens
        # One token less than the limit is counted by some engines.
        if (limit and written >= limit - 1) or (window and read + written >= window):
            self._draft.finish = "length"

    def _take_loading(self, step: str, payload: dict[str, Any]) -> None:
        if self._answering:
            return
        progress = 0.0 if step == "start" else 1.0 if step == "end" else _share(payload)
        model = text_in(payload.get("model_instance_id")) or self._request.model
        self._draft.tell(LoadingPart(model=model, progress=progress))

    def _take_prefill(self, step: str, payload: dict[str, Any]) -> None:
        if self._answering:
            return
        share = 0.0 if step == "start" else 1.0 if step == "end" else _share(payload)
        if share is not None:
            total = self._expected.prompt_tokens
            part = PrefillPart(processed_tokens=round(share * total), total_tokens=total, estimated=True)
            self._draft.tell(part)

    def _take_reasoning(self, text: str) -> None:
        if text:
            self._answering = self._reasoned = True
            self._draft.reasoning(text)

    def _take_text(self, text: str) -> None:
        if text:
            self._answering = True
            self._streamed.append(text)
            self._draft.text(text)

    def _take_tool_call(self, step: str, payload: dict[str, Any]) -> None:
        """Follow a call of the server's own; it is told when it is over."""
        self._answering = True
        match step:
            case "start" | "name":
                self._tool = text_in(payload.get("tool_name")) or text_in(payload.get("tool")) or self._tool
                self._arguments = {} if step == "start" else self._arguments
            case "arguments":
                self._arguments = payload.get("arguments")
            case "success":
                self._take_server_tool({"tool": self._tool, "arguments": self._arguments} | payload)
            case "failure":
                self._take_server_tool({"metadata": {"tool_name": self._tool}} | payload)

    def _take_server_tool(self, item: dict[str, Any]) -> None:
        told = _server_tool(item)
        if told:
            self._told_tools += 1
            self._draft.tell(told)


def _server_tool(item: dict[str, Any]) -> ServerToolPart | None:
    """Read a call that the server made, of the stream or of the result; None: it is something else."""
    match item.get("type"):
        case "tool_call" | "tool_call.success":
            call, output, failed = item, _output(item), False
            name = text_in(call.get("tool"))
        case "invalid_tool_call" | "tool_call.failure":
            call, output, failed = object_in(item.get("metadata")), text_in(item.get("reason")), True
            name = text_in(call.get("tool_name"))
        case _:
            return None
    arguments = json.dumps(call.get("arguments") or {}, ensure_ascii=False)
    return ServerToolPart(tool=name, arguments=arguments, output=output, failed=failed)


def _share(payload: dict[str, Any]) -> float | None:
    share = payload.get("progress")
    if isinstance(share, bool) or not isinstance(share, int | float):
        return None
    return min(max(float(share), 0.0), 1.0)


def _output(item: dict[str, Any]) -> str:
    """Return what a tool gave: MCP servers answer with a list of contents, as JSON."""
    output = item.get("output")
    if not isinstance(output, str):
        return "" if output is None else json.dumps(output, ensure_ascii=False)
    try:
        contents = list_in(json.loads(output))
    except (ValueError, RecursionError):
        return output
    texts = [text_in(content.get("text")) for content in objects_in(contents)]
    return "\n".join(text for text in texts if text) or output
