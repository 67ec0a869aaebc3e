"""One reply over any wire: the request goes out, parts come in, and time is taken."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.errors import BadReply, ProviderError, WrongEndpoint
from vtcode.providers.base import CallPart, CompletedPart, Part, ReasoningPart, Request, TextPart

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from vtcode.providers.http import ServerClient
    from vtcode.providers.reply_stream import ReplyStream
    from vtcode.providers.wires import ReplyReader, Wire

_AFTER_FINISH_S = 5.0
"""How long a finished reply waits for its usage and its end mark."""
_DRAIN_S = 0.25
"""How long a connection is waited for, so that it can be used again."""
_MAX_WHOLE_REPLY_BYTES = 8 * 1024 * 1024


class WireStream:
    """Streams replies from one server over one wire.

    It remembers which models begin their replies inside reasoning without an opening tag, so that only the
    first such reply of a model is shown as text before it is known.

    Args:
        client: Of the server.
        api_url: What the wire's path comes after.
        wire: What the server is spoken to with.
    """

    def __init__(self, client: ServerClient, api_url: str, wire: Wire) -> None:
        self._client = client
        self._wire = wire
        self._url = api_url + wire.path
        self._open_in_reasoning: set[str] = set()

    async def stream(self, request: Request) -> AsyncGenerator[Part, None]:
        """Stream one reply; closing the generator closes the connection.

        Where the request failed before anything came of it, and the wire knows another way to say the same,
        it is sent once more.

        Raises:
            ProviderError: As `Provider.stream_reply` says.
        """
        has_begun = False
        try:
            async with aclosing(self._stream(request)) as parts:
                async for part in parts:
                    has_begun = True
                    yield part
            return
        except ProviderError as error:
            if has_begun or not self._wire.adapts_to(request, error):
                raise
        async with aclosing(self._stream(request)) as parts:
            async for part in parts:
                yield part

    async def _stream(self, request: Request) -> AsyncGenerator[Part, None]:
        server = self._client.server
        assumed = request.model in self._open_in_reasoning
        content = self._wire.encode(request)
        reader = self._wire.reader(request, server, opens_in_reasoning=assumed)
        clock = _Clock()
        async with self._client.stream(self._url, content, model=request.model) as body:
            if body.media_type in ("application/json", "text/html"):
                for part in reader.take_body(await self._whole(body)):
                    yield part
            while not reader.done:
                burst = await self._read(body, reader, begun=clock.has_begun)
                if not burst:
                    break
                parts = reader.feed(burst)
                clock.note(parts)
                for part in parts:
                    yield part
            if reader.is_complete:
                await body.drain(limit_s=_DRAIN_S)
        completed = reader.finish()
        self._learn(request.model, reader, completed)
        yield clock.timed(completed)

    async def _read(self, body: ReplyStream, reader: ReplyReader, *, begun: bool) -> bytes:
        """Read on; a reply that has ended does not mind what becomes of its connection."""
        limit_s = self._client.limits.silence_s if begun else 0
        try:
            return await body.read(limit_s=_AFTER_FINISH_S if reader.is_complete else limit_s)
        except ProviderError:
            if reader.is_complete:
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

    def _learn(self, model: str, reader: ReplyReader, completed: CompletedPart) -> None:
        if reader.closed_without_opening:
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
