"""What a search found, on the lines that are in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.frontends.tui.rendering.matches import find_matches

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from vtcode.frontends.tui.finding import Hit
    from vtcode.frontends.tui.rendering.lines import Line
    from vtcode.frontends.tui.rendering.matches import Piece


class ShownMatches:
    """Finds the matches of a pattern on lines; one of them is the current one."""

    def __init__(self, pattern: re.Pattern[str] | None = None) -> None:
        self._pattern = pattern
        self._block_id = 0
        self._current: tuple[Piece, ...] = ()

    @property
    def current_line(self) -> int:
        """The line of its block on which the current match begins; the first one where none is shown."""
        return self._current[0].number if self._current else 0

    def choose(self, lines: Sequence[Line], hit: Hit, *, below_head: bool) -> bool:
        """Make a hit in a block with these lines the current match; False: they don't show it.

        The last match that they do show is taken then. With `below_head` the first line does not count: what
        it says is repeated.
        """
        head = next((number for number, line in enumerate(lines) if line.spans), 0)
        first = head + 1 if below_head else 0
        found = find_matches(lines, self._pattern, first) if self._pattern else []
        self._block_id = hit.block_id
        self._current = found[min(hit.ordinal, len(found) - 1)] if found else ()
        return hit.ordinal < len(found)

    def on_line(self, block_id: int, lines: Sequence[Line], number: int) -> tuple[tuple[int, int, str], ...]:
        """Return what is to be marked on a line of a block: first character, end, style."""
        if self._pattern is None:
            return ()
        end = number + 1
        while end < len(lines) and lines[end].joint is not None:
            end += 1
        return tuple(
            (piece.start, piece.end, self._style(block_id, match))
            for match in find_matches(lines, self._pattern, number, end)
            for piece in match
            if piece.number == number
        )

    def _style(self, block_id: int, match: tuple[Piece, ...]) -> str:
        return "match-current" if block_id == self._block_id and match == self._current else "match"
