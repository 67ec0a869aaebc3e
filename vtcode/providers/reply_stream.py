"""The body of a streaming response, read so that what arrived together is given out together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.providers.http_errors import failure_of, httpx_failures, silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import Self

    from vtcode.errors import ProviderError
    from vtcode.providers.server_words import Server

_MAX_AHEAD_BYTES = 256 * 1024
"""How much is read before it is asked for; then the server has to wait."""


class ReplyStream:
    """Reads ahead in a task of its own, which ends with the context.

    One read of the socket may hold many HTTP chunks, which httpx gives out one by one; the task takes them
    all before it waits for the socket again, and `read` returns them as one.

    Args:
        chunks: The body.
        server: Whom errors are about.
        media_type: Of the body, in lower case, without parameters.
    """

    def __init__(self, chunks: AsyncIterator[bytes], server: Server, *, media_type: str) -> None:
        self.media_type = media_type
        self._chunks = chunks
        self._server = server
        self._failure: ProviderError | None = None
        self._arrived = bytearray()
        self._ended = False
        self._has_news = asyncio.Event()
        self._has_room = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read_ahead())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def read(self, *, limit_s: float) -> bytes:
        """Return what has arrived since the last call, or wait for more; empty at the end.

        Args:
            limit_s: How long to wait; 0 means without limit.

        Raises:
            ServerSilent: Nothing came within the limit.
            ProviderError: The connection broke; raised after all that came before was given out.
        """
        try:
            async with asyncio.timeout(limit_s or None):
                await self._has_news.wait()
        except TimeoutError:
            raise silent(self._server) from None
        if not self._arrived and self._failure is not None:
            raise self._failure
        if not self._arrived and self._reading is not None:
            await self._reading  # It has ended; what nobody foresaw is raised here.
        burst = bytes(self._arrived)
        self._arrived.clear()
        self._has_room.set()
        if not self._ended:
            self._has_news.clear()
        return burst

    async def drain(self, *, limit_s: float) -> None:
        """Wait for the end of the body, so that the connection can be used again; give up after the limit."""
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=limit_s)

    async def _read_ahead(self) -> None:
        try:
            async for chunk in self._chunks:
                self._arrived += chunk
                self._has_news.set()
                if len(self._arrived) > _MAX_AHEAD_BYTES:
                    self._has_room.clear()
                    await self._has_room.wait()
        except httpx_failures() as error:
            self._failure = failure_of(error, self._server, answered=True)
        finally:
            self._ended = True
            self._has_news.set()
