"""One reply over the chat-completions wire: the request goes out, parts come in, and time is taken."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.errors import BadReply, ProviderError, WrongEndpoint
from vtcode.providers.base import CallPart, CompletedPart, Part, ReasoningPart, Request, TextPart
from vtcode.providers.chat_completions import ReplyParser, encode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from vtcode.providers.http import ServerClient
    from vtcode.providers.reply_stream import ReplyStream

_AFTER_FINISH_S = 5.0
"""How long a finished reply waits for its usage and its end mark."""
_DRAIN_S = 0.25
"""How long a connection is waited for, so that it can be used again."""
_MAX_WHOLE_REPLY_BYTES = 8 * 1024 * 1024


class ChatStream:
    """Streams replies from one server's chat-completions endpoint.

    It remembers which models begin their replies inside reasoning without an opening tag, so that only the
    first such reply of a model is shown as text before it is known.
    """

    def __init__(self, client: ServerClient, url: str) -> None:
        self._client = client
        self._url = url
        self._open_in_reasoning: set[str] = set()

    async def stream(
        self, request: Request, *, extra: Mapping[str, object] | None = None
    ) -> AsyncGenerator[Part, None]:
        """Stream one reply; closing the generator closes the connection.

        Args:
            request: What to ask.
            extra: More top-level keys of the request's body.

        Raises:
            ProviderError: As `Provider.stream_reply` says.
        """
        server = self._client.server
        assumed = request.model in self._open_in_reasoning
        parser = ReplyParser(request, server=server, opens_in_reasoning=assumed)
        clock = _Clock()
        async with self._client.stream(self._url, encode(request, extra=extra), model=request.model) as body:
            if body.media_type in ("application/json", "text/html"):
                for part in parser.take_body(await self._whole(body)):
                    yield part
            while not parser.done:
                burst = await self._read(body, parser, begun=clock.has_begun)
                if not burst:
                    break
                parts = parser.feed(burst)
                clock.note(parts)
                for part in parts:
                    yield part
            if parser.is_complete:
                await body.drain(limit_s=_DRAIN_S)
        completed = parser.finish()
        self._learn(request.model, parser, completed)
        yield clock.timed(completed)

    async def _read(self, body: ReplyStream, parser: ReplyParser, *, begun: bool) -> bytes:
        """Read on; a reply that has ended does not mind what becomes of its connection."""
        limit_s = self._client.limits.silence_s if begun else 0
        try:
            return await body.read(limit_s=_AFTER_FINISH_S if parser.is_complete else limit_s)
        except ProviderError:
            if parser.is_complete:
                return b""
            raise

    async def _whole(self, body: ReplyStream) -> bytes:
        """Read the answer of a server that does not stream: an error inside a 200, or a whole reply."""
        if body.media_type == "text/html":
            raise WrongEndpoint(
                f"{self._client.server} answers with a web page.",
                hint="Check base_url: another program may listen on this port.",
            )
        whole = bytearray()
        while burst := await body.read(limit_s=0):
            whole += burst
            if len(whole) > _MAX_WHOLE_REPLY_BYTES:
                raise BadReply(
                    f"{self._client.server} sent a reply of more than {_MAX_WHOLE_REPLY_BYTES:,} bytes."
                )
        return bytes(whole)

    def _learn(self, model: str, parser: ReplyParser, completed: CompletedPart) -> None:
        if parser.closed_without_opening:
            self._open_in_reasoning.add(model)
        elif completed.message.text:
            self._open_in_reasoning.discard(model)


class _Clock:
    """Takes the time of a reply, from the request on."""

    def __init__(self) -> None:
        self._asked_s = time.monotonic()
        self._first_s = self._last_s = 0.0

    @property
    def has_begun(self) -> bool:
        """True from the first token on."""
        return self._first_s > 0

    def note(self, parts: Sequence[Part]) -> None:
        """Take the time of what one read gave."""
        if any(isinstance(part, TextPart | ReasoningPart | CallPart) for part in parts):
            self._last_s = time.monotonic()
            self._first_s = self._first_s or self._last_s

    def timed(self, completed: CompletedPart) -> CompletedPart:
        """Fill in the times; the server's own measure of its speed goes first."""
        if not self.has_begun:
            return completed
        speed, writing_s = completed.tokens_per_s, self._last_s - self._first_s
        if speed is None and writing_s > 0 and completed.usage and completed.usage.completion_tokens > 1:
            speed = (completed.usage.completion_tokens - 1) / writing_s
        return replace(completed, first_token_s=self._first_s - self._asked_s, tokens_per_s=speed)
