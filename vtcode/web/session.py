"""One page's session: a vtcode at the other end of its websocket.

The page sends JSON lists; the app writes and reads packets: a letter, the length as four bytes (big-endian),
and the payload. `D` holds what a terminal would get or send, `M` a JSON object
(textual/drivers/web_driver.py).
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aiohttp import WSMsgType

from vtcode.system.child import Child, start_child
from vtcode.visible import plain
from vtcode.web import SIZE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aiohttp import web

_READY = b"__GANGLION__\n"
"""What Textual's driver says before its first packet."""
_LEAVE_WITHIN_S = 5.0
"""How long a session may take to close once its page is gone."""
_MAX_CELLS = 1_000
_OTHER_TERMINAL = {"COLORFGBG", "STY", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX"}
"""What tells of the terminal that the server runs in, which is not the one that shows the app."""
_AFRESH = "\x1bc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How to start the vtcode of a page."""

    argv: Sequence[str]
    folder: Path
    """Where relative paths of `argv` start."""


async def run_session(socket: web.WebSocketResponse, launch: Launch, columns: int, rows: int) -> None:
    """Show a vtcode in a page until either is gone; none of its processes is left then.

    Raises:
        OSError: It can't be started.
    """
    child = await start_child(launch.argv, cwd=launch.folder, environment=_environment(columns, rows))
    showing = asyncio.create_task(_show(child, socket))
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await child.write(packet_for(message.data))
        child.hang_up()
        await asyncio.wait({showing}, timeout=_LEAVE_WITHIN_S)
    finally:
        showing.cancel()
        await asyncio.wait({showing})
        await child.stop()


def packet(kind: Literal["D", "M"], payload: bytes) -> bytes:
    """Return what the app reads as one packet."""
    return kind.encode() + len(payload).to_bytes(4, "big") + payload


def packet_for(message: str) -> bytes:
    """Return what a page's message is for the app; empty: nothing."""
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return b""
    match said:
        case ["stdin", str(typed)]:
            return packet("D", typed.encode(errors="replace"))
        case ["resize", {"width": int(columns), "height": int(rows)}]:
            size = {"type": "resize", "width": cells(columns), "height": cells(rows)}
            return packet("M", json.dumps(size).encode())
        case ["focus" | "blur" as change]:
            return packet("M", json.dumps({"type": change}).encode())
        case _:
            return b""


def cells(count: int) -> int:
    """Return a width or height that a terminal can have."""
    return min(max(count, 1), _MAX_CELLS)


def _environment(columns: int, rows: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _OTHER_TERMINAL}
    own = {"TERM": "xterm-256color", "COLORTERM": "truecolor", SIZE_VARIABLE: f"{columns}x{rows}"}
    return kept | own


async def _show(child: Child, socket: web.WebSocketResponse) -> None:
    """Pass on what the app draws; when it has ended, say why if it failed, and close the page's socket."""
    line = await child.read_line()
    while line not in {_READY, b""}:
        line = await child.read_line()
    while head := await child.read_exactly(5):
        drawn = await child.read_exactly(int.from_bytes(head[1:], "big"))
        if head[:1] == b"D":
            # A page that is gone does not keep the app from leaving: it is read to its end.
            with suppress(ConnectionError):
                await socket.send_bytes(drawn)
    if await child.ends_within(_LEAVE_WITHIN_S) and child.exit_code:
        words = plain(child.log_tail()).strip() or f"vtcode ended with exit code {child.exit_code}."
        with suppress(ConnectionError):
            await socket.send_bytes((_AFRESH + words.replace("\n", "\r\n")).encode())
    await socket.close()
