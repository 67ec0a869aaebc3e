"""The rows of a list to pick from: filtered, grouped, in columns where they have cells. No widget in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from vtcode.frontends.tui.widgets.choice_list import shortened_middle
from vtcode.frontends.tui.widgets.row_list import ListRow
from vtcode.frontends.wording import one_line
from vtcode.session.fuzzy import ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.questions import PickQuestion, PickRow

CUSTOM = "custom"
_MARGIN = 2
"""Cells before every row, for the mark of the highlighted one."""
_GAP = 2
_NARROWEST_LABEL = 24
_NARROWEST_FIRST = 30
"""Fewest cells of a first column that is cut."""
_CURRENT = "  current"
_CURRENT_CELL = " ●"
"""The same where cells leave little room for a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How wide the label and the cells that there is room for are."""

    label: int
    cells: tuple[int, ...]


def columns_for(question: PickQuestion, width: int) -> Columns:
    """Share `width` cells out: the last columns go where the labels would become too narrow.

    The first one is cut instead, where that leaves enough of it.
    """
    with_cells = [row for row in question.rows if row.cells]
    wanted = max((_label_cells(row) for row in with_cells), default=0)
    wanted = max(wanted, cell_len(question.columns[0]) if question.columns else 0)
    rows = [*(row.cells for row in with_cells), question.columns[1:]]
    widths = [
        max(cell_len(one_line(cell)) for cell in column) for column in zip(*filter(None, rows), strict=True)
    ]
    free = width - _MARGIN
    label = min(wanted, _NARROWEST_LABEL)
    while widths and label + sum(cells + _GAP for cells in widths) > free:
        last = widths.pop()
        if not widths and last > free - label - _GAP >= _NARROWEST_FIRST:
            widths.append(free - label - _GAP)
    room = free - sum(cells + _GAP for cells in widths)
    return Columns(label=max(1, min(wanted, room)), cells=tuple(widths))


def heading_row(question: PickQuestion, columns: Columns) -> Content:
    """Return what stands above the columns."""
    cells = _aligned(question.columns, columns)
    return Content.styled(" " * _MARGIN + cells, "$text-muted")


def matching_rows(question: PickQuestion, typed: str, columns: Columns) -> list[ListRow]:
    """Return the rows that hold every word of `typed`, under their groups, and last the one for free text."""
    words = typed.lower().split()
    rows: list[ListRow] = []
    group = ""
    is_ranked = question.is_fuzzy and bool(words)
    for row in _ranked(question.rows, words) if is_ranked else _holding(question.rows, words):
        if row.group != group and not is_ranked:
            group = row.group
            rows.append(ListRow(id="", content=Content.styled(one_line(group), "$secondary"), heading=True))
        rows.append(ListRow(id=row.id, content=_row_content(row, words, columns)))
    if question.custom_label:
        label = Content(one_line(question.custom_label))
        if typed.strip():
            label = Content.assemble(label, ": ", (one_line(typed.strip()), "$accent"))
        rows.append(ListRow(id=CUSTOM, content=label))
    return rows


def _holding(rows: Sequence[PickRow], words: Sequence[str]) -> list[PickRow]:
    """Return the rows that hold every word."""
    return [row for row in rows if all(word in f"{row.label} {row.detail}".lower() for word in words)]


def _ranked(rows: Sequence[PickRow], words: Sequence[str]) -> list[PickRow]:
    """Return the rows whose labels the letters may mean, the likeliest first, then those that hold the words.

    Words are one run of letters to a label.
    """
    ranks = {label: rank for *rank, label in ranked((row.label for row in rows), "".join(words))}
    meant = sorted((row for row in rows if row.label in ranks), key=lambda row: ranks[row.label])
    return [*meant, *(row for row in _holding(rows, words) if row.label not in ranks)]


def _row_content(row: PickRow, words: Sequence[str], columns: Columns) -> Content:
    current = _current(row)
    label = one_line(row.label)
    if row.cells:
        label = shortened_middle(label, max(1, columns.label - len(current)))
    content = Content.assemble(_found_marked(label, words), (current, "$success"))
    if row.cells:
        padding = " " * (columns.label - content.cell_length)
        cells = "".join(f"{' ' * _GAP}{cell}" for cell in _fitted(row.cells, columns.cells))
        return Content.assemble(content, padding, (cells, "$text-muted"))
    return Content.assemble(content, (f"  {one_line(row.detail)}" if row.detail else "", "$text-muted"))


def _found_marked(label: str, words: Sequence[str]) -> Content:
    content = Content(label)
    for word in words:
        start = label.lower().find(word)
        if start >= 0:
            content = content.stylize("$accent underline", start, start + len(word))
    return content


def _label_cells(row: PickRow) -> int:
    return cell_len(one_line(row.label)) + len(_current(row))


def _current(row: PickRow) -> str:
    if not row.current:
        return ""
    return _CURRENT_CELL if row.cells else _CURRENT


def _aligned(cells: Sequence[str], columns: Columns) -> str:
    return (" " * _GAP).join(_fitted(cells, (columns.label, *columns.cells)))


def _fitted(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return as many cells as there are widths, each as wide."""
    return [_sized(one_line(cell), width) for cell, width in zip(cells, widths, strict=False)]


def _sized(cell: str, width: int) -> str:
    if cell_len(cell) <= width:
        return set_cell_size(cell, width)
    return f"{set_cell_size(cell, width - 1)}…"
