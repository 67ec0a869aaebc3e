"""Reading a reply of the responses wire.

LM Studio sends a part of OpenAI's events: reasoning and arguments may come in pieces, or only as a whole at
their end. What was not told piece by piece is taken from whatever tells it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from vtcode.messages import FinishReason, Usage
from vtcode.providers.fields import count_in, object_in, objects_in, text_in
from vtcode.providers.wires.events import EventReader, required_text
from vtcode.providers.wires.memory import StoredReply

if TYPE_CHECKING:
    from vtcode.errors import ProviderError
    from vtcode.providers.base import CompletedPart, Request
    from vtcode.providers.server_words import Server
    from vtcode.providers.wires.memory import ReplyMemory

Kind: TypeAlias = Literal["text", "reasoning", "arguments"]

_LENGTH = frozenset({"max_output_tokens", "max_tokens", "length"})
_REASONING = ("response.reasoning_text", "response.reasoning_summary_text", "response.reasoning")
_TEXT = ("response.output_text", "response.refusal")


class ResponsesReader(EventReader):
    """Turns the bytes of one reply into parts; implements `ReplyReader`.

    Args:
        request: What was asked.
        server: Whom errors are about.
        memory: Where the reply is kept, once it is complete.
        opens_in_reasoning: This model's replies are known to begin inside reasoning, without a tag.
    """

    def __init__(
        self, request: Request, server: Server, *, memory: ReplyMemory, opens_in_reasoning: bool
    ) -> None:
        super().__init__(request, server=server, opens_in_reasoning=opens_in_reasoning)
        self._memory = memory
        self._response_id = ""
        self._told: set[tuple[Kind, str]] = set()
        """What came of which item."""
        self._calls: dict[str, int] = {}
        """The number of each call, by its item."""
        self._named: set[str] = set()
        """The items of calls of which the name has come."""
        self._sent_ids: set[str] = set()

    def finish(self) -> CompletedPart:
        """Return the whole reply, and keep in mind that the server has it; raises as `ReplyReader` says."""
        completed = super().finish()
        made_here = {call.id for call in completed.message.tool_calls} - self._sent_ids
        if self._response_id and not made_here:
            self._memory.keep(
                StoredReply(
                    response_id=self._response_id,
                    request=self._request,
                    message=completed.message,
                    tokens=0,
                )
            )
        return completed

    def _take(self, event: str, payload: dict[str, Any]) -> None:
        kind = text_in(payload.get("type")) or event
        stem, _, step = kind.rpartition(".")
        item = _place(payload)
        match stem:
            case "response":
                self._take_response(step, object_in(payload.get("response")))
            case "response.output_item":
                self._take_item(item, object_in(payload.get("item")), is_whole=step == "done")
            case "response.function_call_arguments":
                self._take_piece("arguments", item, payload.get("delta", payload.get("arguments")), step)
            case _ if stem in _TEXT:
                self._take_piece("text", item, payload.get("delta", payload.get("text")), step)
            case _ if stem in _REASONING:
                self._take_piece("reasoning", item, payload.get("delta", payload.get("text")), step)

    def _take_whole(self, payload: dict[str, Any]) -> None:
        status = text_in(payload.get("status"))
        self._take_response(status if status in ("failed", "incomplete") else "completed", payload)

    def _take_response(self, step: str, response: dict[str, Any]) -> None:
        measures = self._draft.measures
        measures.model = text_in(response.get("model")) or measures.model
        if step == "failed":
            raise self._failed(response)
        if step not in ("completed", "incomplete"):
            return
        told = {kind for kind, _ in self._told}
        for number, item in enumerate(objects_in(response.get("output"))):
            item_id, kind = text_in(item.get("id")), _kind(item)
            if kind == "arguments" or kind not in told:
                self._take_item(item_id if item_id in self._calls else str(number), item, is_whole=True)
        measures.usage = _usage(object_in(response.get("usage")))
        self._response_id = text_in(response.get("id"))
        self._draft.finish = _finish(step, response)
        self._draft.end_text()
        self.done = True

    def _take_item(self, item: str, content: dict[str, Any], *, is_whole: bool) -> None:
        """Take an item of the output: of a call its name, of the rest what was not told in pieces."""
        kind = _kind(content)
        if kind == "arguments":
            self._take_call(item, content)
        elif is_whole and kind:
            texts = (text_in(part.get("text")) for part in _parts(content))
            self._take_piece(kind, item, "".join(texts), "done")

    def _take_call(self, item: str, call: dict[str, Any]) -> None:
        call_id = text_in(call.get("call_id")) or text_in(call.get("id"))
        name = text_in(call.get("name"))
        if name and item not in self._named:
            self._feed(item, id=call_id, function={"name": name, "arguments": ""})
            self._named.add(item)
            self._sent_ids.add(call_id)
        if arguments := call.get("arguments"):
            self._take_piece("arguments", item, arguments, "done")

    def _take_piece(self, kind: Kind, item: str, piece: object, step: str) -> None:
        """Take a piece, or, at its end, the whole of what was not told in pieces."""
        if not piece or (step == "done" and not self._told.isdisjoint({(kind, item), (kind, "")})):
            return
        self._told.add((kind, item))
        match kind:
            case "text":
                self._draft.text(required_text(piece, "text"))
            case "reasoning":
                self._draft.reasoning(required_text(piece, "reasoning"))
            case "arguments":
                self._feed(item, function={"arguments": piece})

    def _feed(self, item: str, **fragment: object) -> None:
        index = self._calls.setdefault(item, len(self._calls))
        self._draft.call({"index": index, **fragment})

    def _failed(self, response: dict[str, Any]) -> ProviderError:
        return self._told_error(response if response.get("error") else {"error": "the reply failed"})


def _place(payload: dict[str, Any]) -> str:
    """Return what names the item that an event is about."""
    index = count_in(payload.get("output_index"))
    item_id = text_in(payload.get("item_id")) or text_in(object_in(payload.get("item")).get("id"))
    return item_id if index is None else str(index)


def _kind(item: dict[str, Any]) -> Kind | None:
    match item.get("type"):
        case "message":
            return "text"
        case "reasoning":
            return "reasoning"
        case "function_call":
            return "arguments"
    return None


def _parts(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the pieces of text of an item; reasoning may have a summary alone."""
    return objects_in(item.get("content")) or objects_in(item.get("summary"))


def _finish(step: str, response: dict[str, Any]) -> FinishReason:
    reason = text_in(object_in(response.get("incomplete_details")).get("reason"))
    return "length" if step == "incomplete" and reason in _LENGTH else "stop"


def _usage(usage: dict[str, Any]) -> Usage | None:
    read, written = count_in(usage.get("input_tokens")), count_in(usage.get("output_tokens"))
    if read is None and written is None:
        return None
    return Usage(
        prompt_tokens=read or 0,
        completion_tokens=written or 0,
        cached_tokens=count_in(object_in(usage.get("input_tokens_details")).get("cached_tokens")),
        reasoning_tokens=count_in(object_in(usage.get("output_tokens_details")).get("reasoning_tokens")),
    )
