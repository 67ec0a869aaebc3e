"""Markdown tables fitted to a width: columns shrink, cells wrap; too many columns become records."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.cells import cell_len

from vtcode.frontends.tui.rendering.lines import EMPTY_LINE, Line, Span, prefixed, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

Align: TypeAlias = Literal["left", "center", "right"]
Cell: TypeAlias = "list[Span]"
_GAP = " │ "
_MIN_COLUMN = 5


def table_lines(rows: Sequence[Sequence[Cell]], aligns: Sequence[Align], width: int) -> list[Line]:
    """Return a table's lines; the first row is its header."""
    header, *body = rows
    if not header:
        return []
    room = width - len(_GAP) * (len(header) - 1)
    natural = [max(1, *(_size(row[i]) for row in rows if i < len(row))) for i in range(len(header))]
    if sum(min(size, _MIN_COLUMN) for size in natural) > room:
        return _records(header, body, width)
    widths = _fitted(natural, room)
    lines = _row_lines(header, aligns, widths)
    lines.append(Line((("─┼─".join("─" * size for size in widths), "rule"),)))
    for row in body:
        lines += _row_lines(row, aligns, widths)
    return lines


def _size(cell: Cell) -> int:
    return sum(cell_len(text) for text, _ in cell)


def _fitted(natural: Sequence[int], room: int) -> list[int]:
    """Return column widths within `room`: narrow columns keep theirs, the wide ones share what is left."""
    widths = list(natural)
    open_columns = set(range(len(natural)))
    while sum(widths) > room:
        share = (room - sum(widths[i] for i in range(len(widths)) if i not in open_columns)) // len(
            open_columns
        )
        narrow = {i for i in open_columns if natural[i] <= share}
        if not narrow:
            for i in open_columns:
                widths[i] = max(1, share)
            break
        open_columns -= narrow
    return widths


def _row_lines(row: Sequence[Cell], aligns: Sequence[Align], widths: Sequence[int]) -> list[Line]:
    wrapped = [[spans for spans, _ in wrap(cell, width)] for cell, width in zip(row, widths, strict=False)]
    lines = []
    for parts in zip_longest(*wrapped, fillvalue=[]):
        spans: list[Span] = []
        for column, part in enumerate(parts):
            if column:
                spans.append((_GAP, "rule"))
            spans += _aligned(part, aligns[column], widths[column])
        while spans and not spans[-1][0].strip(" "):
            spans.pop()
        lines.append(Line(tuple(spans)))
    return lines


def _aligned(part: Cell, align: Align, width: int) -> Cell:
    free = max(0, width - _size(part))
    before = {"left": 0, "center": free // 2, "right": free}[align]
    filled: Cell = [(" " * before, "text")] if before else []
    filled += part
    if free > before:
        filled.append((" " * (free - before), "text"))
    return filled


def _records(header: Sequence[Cell], body: Sequence[Sequence[Cell]], width: int) -> list[Line]:
    """Return each row as lines of `name: value`, for tables with more columns than fit."""
    lines: list[Line] = []
    for row in body:
        if lines:
            lines.append(EMPTY_LINE)
        for name, cell in zip(header, row, strict=False):
            lines += prefixed(wrap([*name, (": ", "text"), *cell], width), (), ())
    return lines or prefixed(
        wrap([span for cell in header for span in (*cell, (" ", "text"))], width), (), ()
    )
