"""Results cut to their share of the window: the beginning and the end stay, and the whole can be read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.tools.terminal_text import shortened

if TYPE_CHECKING:
    from vtcode.tools.base import ToolContext

_POINTER_CHARS = 60
_FOREIGN_SHARE = 0.9
"""Of the room: what is filled where text costs more than it has characters; what is around it may, too."""
_SMALLER = 0.95
"""Each cut of such a text has at most this part of the one before."""


async def fitted(text: str, context: ToolContext, max_chars: int, *, head: str = "", lost: int = 0) -> str:
    """Return a text that fits `max_chars`; what was cut says how much, and where all of it can be read.

    Args:
        text: The text, or its end where some was lost already.
        context: Keeps the whole.
        max_chars: How much the result may take, as the context counts it.
        head: The beginning of a text that lost its middle.
        lost: How many bytes were lost between `head` and `text`.
    """
    if len(text) <= max_chars and context.takes(text) <= max_chars and not lost:
        return text
    name = ""
    if context.spool:
        middle = f"\n[... {lost:,} bytes were not kept ...]\n" if lost else ""
        name = await asyncio.to_thread(context.spool.keep, f"{head}{middle}{text}")
    pointer = f'\n[all of it: read_file with path "{name}"]' if name else ""
    room = max_chars - (_POINTER_CHARS if name else 0)
    cut = shortened(text, room, head=head, lost_bytes=lost)
    if context.takes(cut) > len(cut):
        wanted = float(room)
        while wanted >= 1 and (taken := context.takes(cut)) > room * _FOREIGN_SHARE:
            wanted *= min(_SMALLER, room * _FOREIGN_SHARE / taken)
            cut = shortened(text, int(wanted), head=head, lost_bytes=lost)
    return cut + pointer
