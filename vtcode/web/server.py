"""The server: a page, its few files, and a websocket for each session."""

from __future__ import annotations

import asyncio
import html
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from aiohttp import web

from vtcode.web.guard import HEADERS
from vtcode.web.session import cells, run_session

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from aiohttp.typedefs import Handler

    from vtcode.web.guard import Guard
    from vtcode.web.session import Launch

MAX_SESSIONS = 8
_HEARTBEAT_S = 15.0
"""A page that does not answer for about this long is gone."""
_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
_CLOSE_WITHIN_S = 10.0
_OWN = Path(__file__).with_name("static")
_TERMINAL = Path(str(files("textual_serve"))) / "static"
_FILES = {
    "page.css": _OWN / "page.css",
    "page.js": _OWN / "page.js",
    "textual.js": _TERMINAL / "js" / "textual.js",
    "xterm.css": _TERMINAL / "css" / "xterm.css",
    "font.ttf": _TERMINAL / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    "font-italic.ttf": _TERMINAL / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
}
"""All that a page can ask for."""
_TOO_MANY = f"{MAX_SESSIONS} sessions are open, which is the limit: close a page, then load this one again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What is answered to whom."""

    guard: Guard
    launch: Launch
    title: str
    open_sockets: set[web.WebSocketResponse] = field(default_factory=set)

    def application(self) -> web.Application:
        """Return the routes, all of them behind the guard."""
        application = web.Application(middlewares=[self._guarded])
        application.add_routes(
            [
                web.get("/{token}", self._page),
                web.get("/{token}/", self._page),
                web.get("/{token}/ws", self._session),
                web.get("/{token}/{name}", self._file),
            ]
        )
        application.on_response_prepare.append(_add_headers)
        application.on_shutdown.append(self._close_all)
        return application

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        why = self.guard.refusal(
            hosts=request.headers.getall("Host", []),
            origins=request.headers.getall("Origin", []),
            token=request.match_info.get("token", ""),
            is_websocket=request.match_info.handler == self._session,
        )
        if why:
            return web.Response(status=403, text=f"{why}\n")
        return await handler(request)

    async def _page(self, _: web.Request) -> web.Response:
        if len(self.open_sockets) >= MAX_SESSIONS:
            return web.Response(status=503, text=f"{_TOO_MANY}\n")
        page = Template((_OWN / "page.html").read_text(encoding="utf-8")).substitute(
            title=html.escape(self.title),
            base=f"/{self.guard.token}",
            socket=f"ws://{self.guard.address}/{self.guard.token}/ws",
        )
        return web.Response(text=page, content_type="text/html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = _FILES.get(request.match_info["name"])
        if path is None:
            return web.Response(status=404, text="There is no such file.\n")
        return web.FileResponse(path)

    async def _session(self, request: web.Request) -> web.StreamResponse:
        if len(self.open_sockets) >= MAX_SESSIONS:
            return web.Response(status=503, text=f"{_TOO_MANY}\n")
        page = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=_MAX_MESSAGE_BYTES)
        self.open_sockets.add(page)
        try:
            await page.prepare(request)
            columns, rows = (_cells(request.query.get(name, "")) for name in ("width", "height"))
            await run_session(page, self.launch, columns or 80, rows or 24)
        finally:
            self.open_sockets.discard(page)
        return page

    async def _close_all(self, _: web.Application) -> None:
        await asyncio.gather(*(page.close() for page in tuple(self.open_sockets)))


async def serve(pages: Pages, listener: socket.socket, opened: Callable[[], object]) -> None:
    """Serve until cancelled; then the sessions have a few seconds to close.

    Args:
        pages: What to answer.
        listener: Where; it listens already.
        opened: Called once the server answers.
    """
    # No log of requests: the token stands in them.
    runner = web.AppRunner(pages.application(), access_log=None, shutdown_timeout=_CLOSE_WITHIN_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        opened()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _cells(text: str) -> int:
    """Return a size that a page named; 0: it is none."""
    return cells(int(text)) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
