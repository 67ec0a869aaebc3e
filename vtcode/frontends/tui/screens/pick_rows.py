"""The rows of a list to pick from: filtered, grouped, in columns where they have cells. No widget in here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from vtcode.frontends.tui.rendering.lines import cut_middle
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
_NARROWEST_FIRST = 8
"""Fewest cells of a first column that is cut."""
_FOUND = "$accent underline"
_CURRENT = "  current"
_CURRENT_CELL = " ●"
"""The same where cells leave little room for a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How wide the label and the cells that there is room for are."""

    width: int
    """Of a whole row, its mark included."""
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
    return Columns(width=width, label=max(1, min(wanted, room)), cells=tuple(widths))


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
        rows.append(ListRow(id=row.id, content=_row_content(row, words, columns, by_letters=is_ranked)))
    if question.custom_label:
        label = Content(one_line(question.custom_label))
        if typed.strip():
            label = Content.assemble(label, ": ", (one_line(typed.strip()), "$accent"))
        rows.append(ListRow(id=CUSTOM, content=label))
    return rows


def cut_words(question: PickQuestion, row_id: str, typed: str, columns: Columns) -> Content:
    """Return in full what of a row is cut or left out at these columns; empty where all of it is seen."""
    row = next((row for row in question.rows if row.id == row_id), None)
    words = "" if row is None else _cut_words(question, row, columns)
    return _marked(words, typed.lower().split()).stylize_before("$text-muted")


def longest_cut(question: PickQuestion, columns: Columns) -> int:
    """Return the cells of the longest `cut_words` of a row; 0 where every row is seen whole."""
    return max((cell_len(_cut_words(question, row, columns)) for row in question.rows), default=0)


def _cut_words(question: PickQuestion, row: PickRow, columns: Columns) -> str:
    label = one_line(row.label)
    if not row.cells:
        text = label + _current(row) + _detail(row)
        return text if cell_len(text) > columns.width - _MARGIN else ""
    parts = [label] if _label_cells(row) > columns.label else []
    headings = question.columns[1:] if len(row.cells) > 1 else ()
    for heading, cell, width in zip_longest(headings, map(one_line, row.cells), columns.cells):
        if cell and cell.strip() and cell_len(cell) > (width or 0):
            parts.append(f"{heading}: {cell.strip()}" if heading else cell)
    return " · ".join(parts)


def _holding(rows: Sequence[PickRow], words: Sequence[str]) -> list[PickRow]:
    """Return the rows that hold every word."""
    return [row for row in rows if all(word in f"{row.label} {row.detail}".lower() for word in words)]


def _ranked(rows: Sequence[PickRow], words: Sequence[str]) -> list[PickRow]:
    """Return the rows that are meant, the likeliest first.

    Words are one run of letters to a label: first come the labels that hold it, then the rows with words that
    begin so, then the labels with its letters here and there, from the beginning of a word on, and last the
    rows that hold the words anywhere.
    """
    letters = "".join(words)
    ranks = {label: rank for *rank, label in ranked((row.label for row in rows), letters)}
    meant = sorted((row for row in rows if row.label in ranks), key=lambda row: ranks[row.label])
    named = [row for row in meant if letters in row.label.lower()]
    spread = [row for row in meant if row not in named and _begins_words(row.label, letters[0])]
    holding = [row for row in _holding(rows, words) if row not in named]
    begun = [row for row in holding if _begins_words(row.detail, words)]
    return list(dict.fromkeys([*named, *begun, *spread, *holding]))


def _begins_words(text: str, words: Sequence[str]) -> bool:
    return all(re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE) for word in words)


def _row_content(row: PickRow, words: Sequence[str], columns: Columns, *, by_letters: bool) -> Content:
    current = _current(row)
    label = one_line(row.label)
    if row.cells:
        label = cut_middle(label, max(1, columns.label - len(current)))
    found = _letters_marked(label, "".join(words)) if by_letters else None
    content = Content.assemble(found or _marked(label, words), (current, "$success"))
    if row.cells:
        padding = " " * (columns.label - content.cell_length)
        cells = "".join(f"{' ' * _GAP}{cell}" for cell in _fitted(row.cells, columns.cells))
        return Content.assemble(content, padding, _marked(cells, words).stylize_before("$text-muted"))
    return Content.assemble(content, _marked(_detail(row), words).stylize_before("$text-muted"))


def _marked(text: str, words: Sequence[str]) -> Content:
    """Return the text with the words marked where they begin a word of it, else where they first stand."""
    content = Content(text)
    for word in words:
        found = re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE)
        if found := found or re.search(re.escape(word), text, re.IGNORECASE):
            content = content.stylize(_FOUND, *found.span())
    return content


def _letters_marked(text: str, letters: str) -> Content | None:
    """Return the text with these letters marked, together or one after the other; None: they aren't there."""
    if letters in text.lower():
        return _marked(text, [letters])
    content, end = Content(text), 0
    for letter in letters:
        start = text.lower().find(letter, end)
        if start < 0:
            return None
        end = start + 1
        content = content.stylize(_FOUND, start, end)
    return content


def _detail(row: PickRow) -> str:
    return f"  {one_line(row.detail)}" if row.detail else ""


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
