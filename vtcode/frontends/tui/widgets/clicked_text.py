"""What clicks select: two the word, three the line, as in a terminal, wherever the width broke it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.geometry import Offset
from textual.selection import Selection

from vtcode.frontends.tui.widgets.strips import row_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.frontends.tui.rendering.lines import Line

_WORD = re.compile(r"[\w@/.~+%&=?#:-]*[\w/~]|\s+|.")
"""A path, an option and an address are words; a sentence's full stop is no part of its last one."""


def clicked_text(
    block_id: int, lines: Sequence[Line], place: tuple[int, int], *, whole_line: bool
) -> Selection | None:
    """Return the selection of the word, or the whole line, at a place.

    Args:
        block_id: The block that was clicked.
        lines: Its rows.
        place: Which row, and which character of it.
        whole_line: The line, and not the word; None is returned where no word stands at the place.
    """
    first, last = _whole(lines, place[0])
    if whole_line:
        end = Offset(len(lines[last].text), row_key(block_id, last))
        return Selection(Offset(0, row_key(block_id, first)), end)
    places: list[tuple[int, int]] = []
    text = ""
    for number in range(first, last + 1):
        line = lines[number]
        joint = line.joint if number > first else ""
        start = line.margin_chars if line.joint is None else line.prefix_chars
        # What the width took away stands nowhere: a click never finds it.
        places += [(number, -1)] * len(joint or "")
        places += [(number, char) for char in range(start, len(line.text))]
        text += (joint or "") + line.text[start:]
    if place not in places:
        return None
    at = places.index(place)
    word = next(found for found in _WORD.finditer(text) if found.start() <= at < found.end())
    (top, left), (bottom, right) = places[word.start()], places[word.end() - 1]
    return Selection(
        Offset(max(0, left), row_key(block_id, top)), Offset(right + 1, row_key(block_id, bottom))
    )


def _whole(lines: Sequence[Line], number: int) -> tuple[int, int]:
    """Return the first and the last row of the line that the width parted."""
    first = last = min(number, len(lines) - 1)
    while first > 0 and lines[first].joint is not None:
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].joint is not None:
        last += 1
    return first, last
