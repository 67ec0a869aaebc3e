"""Lines as strips: what is drawn, and what a selection covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from vtcode.frontends.tui.rendering.lines import AT_CURSOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.selection import Selection

    from vtcode.frontends.tui.blocks import Block
    from vtcode.frontends.tui.rendering.lines import Line
    from vtcode.frontends.tui.widgets.palette import Palette

CURSOR_MARK = "▎"
MAX_STRIPS = 2_000
_LINE_BITS = 24
"""A selection's row is the block's id and the line's number in one: it stays right while heights change."""


class Row(NamedTuple):
    """One row of the screen."""

    block_id: int
    number: int
    """The line's number within its block."""
    line: Line
    marked: bool
    """The cursor stands on the block."""
    matches: tuple[tuple[int, int, str], ...] = ()
    """What a search found on the line: first character, end, and the name of its style."""

    @property
    def key(self) -> int:
        """What a selection calls this row."""
        return row_key(self.block_id, self.number)

    def same_as(self, other: Row) -> bool:
        """Return whether both look the same and are the same place."""
        return self.line is other.line and self[3:] == other[3:] and self.key == other.key


def row_key(block_id: int, number: int) -> int:
    """Return the y of a selection's offset for a line; keys grow down the transcript."""
    return block_id << _LINE_BITS | number


def key_block(key: int) -> int:
    """Return the id of the block that a row's key belongs to."""
    return key >> _LINE_BITS


def char_at(line: Line, cell: int) -> int:
    """Return which character of a line stands in a cell; past its end, as many as it has."""
    text = line.text
    return next((place for place in range(len(text)) if cell_len(text[: place + 1]) > cell), len(text))


class Strips:
    """Strips of rows at one width under one palette, the most recently drawn ones kept."""

    def __init__(self, palette: Palette, width: int) -> None:
        self.palette = palette
        self.width = width
        self._cache: LRUCache[tuple[int, int, bool], tuple[Line, Strip]] = LRUCache(MAX_STRIPS)
        self.blank = Strip.blank(width, palette.base)

    def strip(self, row: Row) -> Strip:
        """Return a row as it is without a selection."""
        if row.matches:
            return self._drawn(row)
        cache_key = (row.block_id, row.number, row.marked)
        cached = self._cache.get(cache_key)
        if cached is not None and cached[0] is row.line:
            return cached[1]
        strip = self._drawn(row)
        self._cache[cache_key] = (row.line, strip)
        return strip

    def selected(self, row: Row, span: tuple[int, int], style: Style) -> Strip:
        """Return a row with the characters from `span[0]` up to `span[1]` (-1: the end) in `style`."""
        text = row.line.text
        end = len(text) if span[1] == -1 else min(span[1], len(text))
        start = min(max(span[0], row.line.margin_chars), end)
        return self._restyled(self._drawn(row), text, (start, end), style)

    def _restyled(self, strip: Strip, text: str, span: tuple[int, int], style: Style) -> Strip:
        first, last = cell_len(text[: span[0]]), cell_len(text[: span[1]])
        chosen = [
            Segment(piece, (own or Style()) + style) for piece, own, _ in strip.crop(first, last) if piece
        ]
        return Strip([*strip.crop(0, first), *chosen, *strip.crop(last, self.width)], self.width)

    def _drawn(self, row: Row) -> Strip:
        segments = [
            Segment(
                text if row.marked or AT_CURSOR not in names else " " * cell_len(text),
                self.palette.style(names),
            )
            for text, names in row.line.spans
            if text
        ]
        strip = Strip(segments).crop_extend(0, self.width, self.palette.style(row.line.fill))
        for start, end, name in row.matches:
            look = self.palette.component(name)
            strip = self._restyled(strip, row.line.text, (start, end), look)
        if not row.marked:
            return strip
        mark = Segment(CURSOR_MARK, self.palette.style("cursor"))
        return Strip([*strip.crop(0, 1), mark, *strip.crop(2, self.width)], self.width)


def selected_text(blocks: Iterable[tuple[Block, Sequence[Line]]], selection: Selection) -> str:
    """Return what a selection copies: lines that only the width parted are one again.

    Args:
        blocks: Each block that the selection may touch with its lines, in order. A block that is covered
            whole gives its source, where it has one.
        selection: Its offsets' y are row keys.
    """
    pieces: list[str] = []
    for block, lines in blocks:
        source = "" if block.folded else block.source
        spans = [selection.get_span(row_key(block.id, number)) for number in range(len(lines))]
        covered = source and all(
            span is not None and _covers(line, span) for line, span in zip(lines, spans, strict=True)
        )
        if covered:
            gap = next((number for number, line in enumerate(lines) if line.spans), 0)
            pieces.append("\n" * (gap + bool(pieces)) + source)
            continue
        for line, span in zip(lines, spans, strict=True):
            if span is not None:
                pieces.append((_joint(line) if pieces else "") + _copied(line, span))
    return "".join(pieces)


def _covers(line: Line, span: tuple[int, int]) -> bool:
    return span[0] <= line.margin_chars and (span[1] == -1 or span[1] >= len(line.text))


def _joint(line: Line) -> str:
    return "\n" if line.joint is None else line.joint


def _copied(line: Line, span: tuple[int, int]) -> str:
    skipped = line.margin_chars if line.joint is None else line.prefix_chars
    end = len(line.text) if span[1] == -1 else span[1]
    return line.text[max(span[0], skipped) : end]
