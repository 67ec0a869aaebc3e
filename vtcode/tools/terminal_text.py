"""Terminal output as text for a reader: what stands on the lines in the end, and what fits. Pure."""

from __future__ import annotations

from typing import Final

from vtcode.settled import settled
from vtcode.visible import plain

_NOTE_CHARS: Final = 60
_NEAR_CHARS: Final = 200
"""A cut moves to the end of a line that is so near."""


def readable(raw: str) -> str:
    """Return terminal output as plain lines; a progress bar that was drawn over itself is its last state."""
    return plain(settled(raw))


def shortened(text: str, max_chars: int, *, head: str = "", lost_bytes: int = 0) -> str:
    """Return the beginning and the end of an output, with a note between them that says how much was cut.

    Args:
        text: The output, or its end where some was lost already.
        max_chars: How long the result may be; below some hundred there is no room for anything but the note.
        head: The beginning of an output that lost its middle.
        lost_bytes: How much was lost between `head` and `text`.
    """
    if len(text) <= max_chars and not lost_bytes:
        return text
    room = max(0, max_chars - _NOTE_CHARS)
    first = _up_to_line_end((head if lost_bytes else text)[: room // 4])
    last = _from_line_start(text[max(0, len(text) - room + len(first)) :])
    cut = len(head) + lost_bytes + len(text) - len(first) - len(last)
    about = "about " if lost_bytes else ""
    return f"{first}\n[... {about}{cut:,} characters cut ...]\n{last}"


def _up_to_line_end(text: str) -> str:
    end = text.rfind("\n", max(0, len(text) - _NEAR_CHARS))
    return text if end < 0 else text[:end]


def _from_line_start(text: str) -> str:
    return text[text.find("\n", 0, _NEAR_CHARS) + 1 :]
