"""Reading a reply that comes as server-sent events: what all wires have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from vtcode.errors import BadReply, EmptyReply, ProviderError, ReplyCut, ReplyLimitReached
from vtcode.providers.fault import read_fault
from vtcode.providers.server_errors import provider_error
from vtcode.providers.sse import ServerSentEvent, SseDecoder
from vtcode.providers.wires.draft import Draft

if TYPE_CHECKING:
    from vtcode.providers.base import CompletedPart, Part, Request
    from vtcode.providers.server_words import Server


class EventReader(ABC):
    """Implements `ReplyReader`; a wire says what its events mean.

    Args:
        request: What was asked; tells the known tools and the used call ids.
        server: Whom errors are about.
        opens_in_reasoning: This model's replies are known to begin inside reasoning, without a tag.
    """

    def __init__(self, request: Request, *, server: Server, opens_in_reasoning: bool = False) -> None:
        self.done = False
        """True when nothing more is to be read: the stream said so, or it failed."""
        self._server = server
        self._request = request
        self._draft = Draft(request, opens_in_reasoning=opens_in_reasoning)
        self._sse = SseDecoder()
        self._failure: ProviderError | None = None

    @property
    def is_complete(self) -> bool:
        """True when the reply has ended by itself, whatever happens to the connection from now on."""
        return self._failure is None and (self.done or self._draft.finish is not None)

    @property
    def closed_without_opening(self) -> bool:
        """True where the reply showed that this model's replies begin inside reasoning."""
        return self._draft.closed_without_opening

    def feed(self, chunk: bytes) -> list[Part]:
        """Take what one read gave, and return what it says: pieces of one kind in a row are one part.

        A failure that the chunk tells is raised by `finish`, so that the parts before it are not lost.
        """
        try:
            for event in self._sse.feed(chunk):
                if not self.done:
                    self._take_event(event)
        except ProviderError as failure:
            self._failure, self.done = failure, True
        return self._draft.take_news()

    def take_body(self, body: bytes) -> list[Part]:
        """Take the whole answer of a server that did not stream."""
        try:
            text = body.decode("utf-8", "replace").strip()
            if text:
                self._take_whole(self._payload(ServerSentEvent("message", text)))
            self._draft.end_text()
        except ProviderError as failure:
            self._failure = failure
        self.done = True
        return self._draft.take_news()

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
        message = self._draft.message()
        is_empty = not (message.text.strip() or message.reasoning or message.tool_calls)
        if is_empty and self._draft.finish != "tool_calls":
            raise self._empty_reply()
        return self._draft.completed(message)

    @abstractmethod
    def _take(self, event: str, payload: dict[str, Any]) -> None:
        """Take one event that tells no error.

        Raises:
            ProviderError: It tells a failure all the same, or can't be understood.
        """

    @abstractmethod
    def _take_whole(self, payload: dict[str, Any]) -> None:
        """Take the body of a server that did not stream; raises as `_take` does."""

    def _take_event(self, event: ServerSentEvent) -> None:
        data = event.data.strip()
        if not data:
            return
        if data == "[DONE]":
            self.done = True
            self._draft.end_text()
            return
        self._take(event.event, self._payload(event))

    def _payload(self, event: ServerSentEvent) -> dict[str, Any]:
        data = event.data.strip()
        payload = _decoded(data)
        if event.event == "error":
            raise self._told_error(data if payload is None else payload)
        if payload is None:
            raise BadReply(f"{self._server} sent what is not JSON: {self._server.quoted(data)}.")
        if not isinstance(payload, dict):
            raise BadReply(f"{self._server} sent JSON that is not an object: {self._server.quoted(data)}.")
        if payload.get("error") or payload.get("object") == "error":
            raise self._told_error(payload)
        return payload

    def _told_error(self, payload: object) -> ProviderError:
        return provider_error(read_fault(payload), self._server, model=self._request.model)

    def _empty_reply(self) -> EmptyReply:
        if self._draft.finish == "length":
            return ReplyLimitReached(
                f"{self._server} sent an empty reply: a limit was reached before its first word.",
                hint="Raise max_tokens, turn reasoning off, or load the model with a larger context length.",
            )
        hint = "Send it again. Where /status shows a window nearly full: /clear, or a larger context length."
        return EmptyReply(f"{self._server} sent an empty reply.", hint=hint)


def required_object(value: object, what: str) -> dict[str, Any]:
    """Return an object of a reply.

    Raises:
        BadReply: It is none; without it the reply would be another one.
    """
    if not isinstance(value, dict):
        raise BadReply(f"The server sent a {what} that is not an object.")
    return value


def required_text(value: object, what: str) -> str:
    """Return a text of a reply.

    Raises:
        BadReply: It is none.
    """
    if not isinstance(value, str):
        raise BadReply(f"The server sent {what} that is not text.")
    return value


def listed(value: object, what: str) -> list[Any]:
    """Return a list of a reply; empty where nothing was sent.

    Raises:
        BadReply: It is no list.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadReply(f"The server sent {what} that is not a list.")
    return value


def _decoded(data: str) -> object:
    """Decode JSON; None where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
