"""Where a pattern stands in lines as they are shown: over the breaks that only the width made, too."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from vtcode.frontends.tui.rendering.lines import Line


class Piece(NamedTuple):
    """The part of a match that stands on one line."""

    number: int
    """The line's."""
    start: int
    end: int
    """In characters of the line, its prefix counted."""


def find_matches(
    lines: Sequence[Line], pattern: re.Pattern[str], first: int = 0, last: int | None = None
) -> list[tuple[Piece, ...]]:
    """Return the matches in some of a block's lines, in order, each in its pieces.

    Args:
        lines: The block's.
        pattern: What to look for in the text that copying would give.
        first: The first line that is looked at, as far up as its text goes.
        last: The line before which to stop; None: the end.
    """
    while 0 < first < len(lines) and lines[first].joint is not None:
        first -= 1
    texts: list[str] = []
    starts: list[int] = []
    size = 0
    for line in lines[first:last]:
        joint = ("\n" if line.joint is None else line.joint) if texts else ""
        text = joint + line.text[_skipped(line) :]
        starts.append(size + len(joint))
        texts.append(text)
        size += len(text)
    whole = "".join(texts)
    return [_pieces(lines, first, starts, match.span()) for match in pattern.finditer(whole) if match.group()]


def _pieces(lines: Sequence[Line], first: int, starts: list[int], span: tuple[int, int]) -> tuple[Piece, ...]:
    """Return the pieces of a match that has this span in the joined text."""
    pieces: list[Piece] = []
    place = max(0, bisect.bisect_right(starts, span[0]) - 1)
    while place < len(starts) and starts[place] < span[1]:
        line = lines[first + place]
        skipped, size = _skipped(line), len(line.text)
        start = max(0, span[0] - starts[place]) + skipped
        end = min(span[1] - starts[place] + skipped, size)
        if start < end:
            pieces.append(Piece(first + place, start, end))
        place += 1
    return tuple(pieces)


def _skipped(line: Line) -> int:
    return line.margin_chars if line.joint is None else line.prefix_chars
