"""The app's pages, served on loopback, and a page's end of the websocket."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pyte

from vtcode.web.guard import HOST, Guard, new_token
from vtcode.web.server import Pages, serve
from vtcode.web.session import Launch

VTCODE = (sys.executable, "-P", "-m", "vtcode")
DEADLINE_S = 30.0


@asynccontextmanager
async def served(argv: Sequence[str], folder: Path) -> AsyncIterator[Pages]:
    """Serve on a free port; each page starts `argv` in `folder`."""
    listener = socket.create_server((HOST, 0))
    guard = Guard(port=listener.getsockname()[1], token=new_token())
    pages = Pages(guard=guard, launch=Launch(argv=argv, folder=folder), title="a title")
    answering = asyncio.Event()
    serving = asyncio.create_task(serve(pages, listener, answering.set))
    async with asyncio.timeout(DEADLINE_S):
        await answering.wait()
    try:
        yield pages
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


class PageEnd:
    """What a page does over its websocket; what it gets goes to a terminal emulator."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse, columns: int, rows: int) -> None:
        self.connection = connection
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    async def type(self, text: str) -> None:
        await self.connection.send_json(["stdin", text])

    async def wait_for(self, wanted: str) -> None:
        """Read until the screen shows it."""
        while wanted not in self.text():
            assert await self._read(), f"{wanted!r} never came; the page shows:\n{self.text()}"

    async def wait_for_end(self) -> None:
        """Read until the server closes the socket."""
        while await self._read():
            pass

    async def _read(self) -> bool:
        async with asyncio.timeout(DEADLINE_S):
            message = await self.connection.receive()
        if message.type is not aiohttp.WSMsgType.BINARY:
            return False
        with suppress(Exception):  # sequences that the emulator does not know
            self._stream.feed(message.data)
        return True


@asynccontextmanager
async def page_end(pages: Pages, *, columns: int = 100, rows: int = 30) -> AsyncIterator[PageEnd]:
    """Open a websocket as the server's own page does."""
    guard = pages.guard
    address = f"{guard.url}ws?width={columns}&height={rows}"
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(address, origin=f"http://{HOST}:{guard.port}", max_msg_size=0) as connection,
    ):
        yield PageEnd(connection, columns, rows)
