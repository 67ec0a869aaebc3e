"""A unified diff as coloured lines with line numbers: one below the other, or side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from vtcode.frontends.changed_words import changed_words
from vtcode.frontends.line_pairs import line_pairs
from vtcode.frontends.tui.rendering.code import MAX_COLOURED_CHARS, highlighted, language_of
from vtcode.frontends.tui.rendering.lines import MIN_WIDTH, Line, Span, chop, part_of, prefixed, shifted
from vtcode.frontends.wording import RowKind, diff_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.frontends.changed_words import Range
    from vtcode.frontends.tui.blocks import DiffLayout
    from vtcode.frontends.wording import DiffRow

TAB = "→   "
"""A tab in a diff: ordinary and wide, and not to be taken for blanks."""
SIDE_BY_SIDE_WIDTH: Final = 120
"""From here on a diff that both adds and removes is shown side by side."""
_NARROWEST: Final = 60
"""Below it nothing is shown side by side, whatever the user says."""

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_CONTINUED = "↪"
_BETWEEN = " │ "
_LEFT_OUT = "diff-number"
_LEFT_OUT_CHARS: Final = 40
"""What is shorter is not worth the words that would stand for it."""
_STYLES: dict[RowKind, str] = {
    "added": "diff-added",
    "removed": "diff-removed",
    "context": "diff-context",
    "hunk": "diff-hunk",
    "note": "diff-number",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """Where the user stands in choosing hunks."""

    current: int
    """The number of the hunk that a key takes or leaves out, from 1."""
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of the diff, ready to be cut to a width."""

    kind: RowKind
    mark: Span
    text: tuple[Span, ...]
    old: int
    """Its number in the old text; for an added line, that of the next one."""
    new: int
    pair: int | None
    """The same for a removed line and the added one that stands beside it; None: nothing does."""
    same: tuple[Range, ...]
    """Where the text is that both files have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A hunk; what stands before the first one has no header."""

    header: str
    rows: tuple[_Row, ...]


def diff_lines(diff: str, width: int, layout: DiffLayout = "auto", path: str = "") -> list[Line]:
    """Return a unified diff without file headers as lines; `path` is of the file that it changes.

    Added and removed lines keep their `+` and `-`, and what changed within a line is reversed, so that both
    read without colour; what a line hides (control characters, text that turns direction) is spelled out,
    since people approve what they see here.
    """
    return [line for lines in hunk_lines(diff, width, layout, path=path) for line in lines]


def hunk_lines(
    diff: str,
    width: int,
    layout: DiffLayout = "auto",
    picking: Picking | None = None,
    path: str = "",
) -> list[list[Line]]:
    """Return the lines of each hunk of a diff, as `diff_lines` has them.

    Args:
        diff: Without file headers; what is no diff is one hunk without a header.
        width: In cells.
        layout: Side by side takes a width of its own.
        picking: Where hunks are being chosen: each header says whether its hunk is taken.
        path: Of the file that it changes, whose name says in which language it is.
    """
    sections = _sections(diff, language_of(path) if len(diff) <= MAX_COLOURED_CHARS else "")
    digits = len(str(_highest_number(diff)))
    beside = _is_beside(sections, width, layout)
    shown: list[list[Line]] = []
    for number, section in enumerate(sections, start=1):
        label = "" if picking else " " * (digits + 1)
        header = list(_header(section, number, len(sections), picking))
        lines = _rows(label, ("", ""), header, width) if section.header else []
        rows = section.rows
        if picking and number in picking.left_out:
            rows = tuple(map(_muted, rows))
        lines += _side_by_side(rows, width, digits) if beside else _unified(rows, width, digits)
        shown.append(lines)
    return shown


def _is_beside(sections: Sequence[_Section], width: int, layout: DiffLayout) -> bool:
    if layout != "auto" or width < SIDE_BY_SIDE_WIDTH:
        return layout == "side_by_side" and width >= _NARROWEST
    return {"added", "removed"} <= {row.kind for section in sections for row in section.rows}


@lru_cache(maxsize=4)
def _sections(diff: str, language: str) -> tuple[_Section, ...]:
    rows = diff_rows(diff, tab=TAB)
    sections: list[_Section] = []
    header = ""
    done: list[_Row] = []
    old, new = 0, 0
    pairs = line_pairs(rows)
    pair_of = {place: place for place in pairs} | {added: removed for removed, added in pairs.items()}
    marked = zip(rows, _code(rows, language), changed_words(rows, pairs), strict=True)
    for place, (row, code, ranges) in enumerate(marked):
        if row.kind == "hunk":
            if header or done:
                sections.append(_Section(header=header, rows=tuple(done)))
            header, done = row.text, []
            if numbers := _HUNK.match(row.text):
                old, new = int(numbers[1]), int(numbers[2])
            continue
        style = _STYLES[row.kind]
        mark = "" if row.kind == "note" else row.text[:1]
        done.append(
            _Row(
                kind=row.kind,
                mark=(mark, style),
                text=_marked(code, ranges or (), style),
                old=old,
                new=new,
                pair=pair_of.get(place),
                same=_same(row, ranges),
            )
        )
        old += row.kind in {"removed", "context"}
        new += row.kind in {"added", "context"}
    if header or done:
        sections.append(_Section(header=header, rows=tuple(done)))
    return tuple(sections)


def _code(rows: Sequence[DiffRow], language: str) -> list[Sequence[Span]]:
    """Return each row's code without its mark, in colours: of what a hunk has of the old text and the new."""
    code: list[Sequence[Span]] = [[(row.text, "")] for row in rows]
    starts = [number for number, row in enumerate(rows) if row.kind == "hunk"]
    for start, end in pairwise([0, *starts, len(rows)]):
        for left_out in ("added", "removed"):
            numbers = [n for n in range(start, end) if rows[n].kind not in {left_out, "hunk", "note"}]
            # Some languages' comments end with their line, and would be none at the end of the text.
            text = "".join(f"{rows[number].text[1:]}\n" for number in numbers)
            for number, spans in zip(numbers, highlighted(text, language), strict=False):
                code[number] = spans
    return code


def _marked(code: Sequence[Span], ranges: Sequence[Range], style: str) -> tuple[Span, ...]:
    """Lay the changed words of a line over the colours of its code."""
    edges = {edge - 1 for changed in ranges for edge in changed}
    spans: list[Span] = []
    at = 0
    for text, colour in code:
        cuts = [at, *sorted(edge for edge in edges if at < edge < at + len(text)), at + len(text)]
        for start, end in pairwise(cuts):
            is_changed = any(first - 1 <= start < last - 1 for first, last in ranges)
            look = f"{style} {'diff-word' if is_changed else colour}".rstrip()
            spans.append((text[start - at : end - at], look))
        at += len(text)
    return tuple(spans)


def _same(row: DiffRow, changed: Sequence[Range] | None) -> tuple[Range, ...]:
    """Return where a row's text without its mark is not changed: nowhere, if that is not known."""
    if row.kind == "context":
        changed = ()
    if changed is None:
        return ()
    edges = [0, *(edge - 1 for part in changed for edge in part), len(row.text) - 1]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _muted(row: _Row) -> _Row:
    text = tuple((text, _LEFT_OUT) for text, _ in row.text)
    return replace(row, mark=(row.mark[0], _LEFT_OUT), text=text)


def _header(section: _Section, number: int, total: int, picking: Picking | None) -> Iterator[Span]:
    if picking:
        taken = "[ ] left out" if number in picking.left_out else "[x] taken"
        current = number == picking.current
        yield (
            f"{'› ' if current else '  '}{taken}: hunk {number} of {total} ",
            "diff-current" if current else _STYLES["hunk"],
        )
    yield section.header, _STYLES["hunk"]


def _unified(rows: Sequence[_Row], width: int, digits: int) -> list[Line]:
    lines: list[Line] = []
    for row in rows:
        number = row.old if row.kind == "removed" else row.new
        lines += _row_lines(row, number, digits, width)
    return lines


_NOTHING: Final = Line((), fill=_STYLES["context"])
"""Stands beside a line that has none on the other side."""


def _side_by_side(rows: Sequence[_Row], width: int, digits: int) -> list[Line]:
    cells = (width - len(_BETWEEN)) // 2
    lines: list[Line] = []
    for old, new in _beside(rows):
        left = _row_lines(old, old.old, digits, cells) if old else []
        right = _row_lines(new, new.new, digits, cells) if new else []
        lines += [_joined(*pair, cells) for pair in zip_longest(left, right, fillvalue=_NOTHING)]
    return lines


def _beside(rows: Sequence[_Row]) -> Iterator[tuple[_Row | None, _Row | None]]:
    """Yield what stands side by side: lines that are a pair, and what is the same in both texts."""
    old: list[_Row] = []
    new: list[_Row] = []
    last: RowKind = "context"
    for row in rows:
        kind = last if row.kind == "note" else row.kind
        if kind == "context" or (kind == "removed" and new):
            yield from _paired(old, new)
            old, new = [], []
        if kind == "context":
            yield row, row
        elif kind == "removed":
            old.append(row)
        else:
            new.append(row)
        last = kind
    yield from _paired(old, new)


def _paired(old: Sequence[_Row], new: Sequence[_Row]) -> Iterator[tuple[_Row | None, _Row | None]]:
    """Yield the lines of a block in their order, each beside its counterpart or beside nothing."""
    places = {row.pair: place for place, row in enumerate(new) if row.pair is not None}
    done = 0
    for row in old:
        if row.pair not in places:
            yield row, None
            continue
        place = places[row.pair]
        yield from ((None, added) for added in new[done:place])
        yield row, new[place]
        done = place + 1
    yield from ((None, added) for added in new[done:])


def _joined(left: Line, right: Line, cells: int) -> Line:
    missing = " " * max(0, cells - sum(cell_len(text) for text, _ in left.spans))
    spans = (*left.spans, (missing, left.fill), (_BETWEEN, _STYLES["hunk"]), *right.spans)
    shown = tuple(span for span in spans if span[0])
    return Line(shown, None, left.prefix_chars, left.margin_chars, right.fill)


def _row_lines(row: _Row, number: int, digits: int, width: int) -> list[Line]:
    label = " " * (digits + 1) if row.kind == "note" else f"{number:>{digits}} "
    return _rows(label, row.mark, _shortened(row, max(1, width - len(label) - 1)), width)


def _shortened(row: _Row, cells: int) -> list[Span]:
    """Leave out most of what is the same in both files where it takes more than two rows; say how much.

    People approve what they see here: what changed stays whole, however long it is.
    """
    room = max(cells, 2 * cells - _LEFT_OUT_CHARS)
    length = sum(len(text) for text, _ in row.text)
    spans: list[Span] = []
    done = 0
    for start, end in row.same:
        left_out = end - start - room
        if left_out <= _LEFT_OUT_CHARS:
            continue
        tail = room // 2 if end < length else 0
        spans += part_of(row.text, done, end - tail - left_out)
        spans.append((f" … {left_out:,} unchanged characters … ", _LEFT_OUT))
        done = end - tail
    return spans + part_of(row.text, done, length)


def _rows(label: str, mark: Span, text: Sequence[Span], width: int) -> list[Line]:
    """Cut a line where the width ends; what goes on is marked, so that it passes for no other line."""
    if width < MIN_WIDTH + len(label):
        label = ""
    rows: list[tuple[list[Span], str | None]] = [
        (row, "" if number else None) for number, row in enumerate(chop(text, max(1, width - len(label) - 1)))
    ]
    lines = prefixed(rows, [mark] if mark[0] else [], [(_CONTINUED, "diff-number")], mark[1])
    first: list[Span] = [(label, "diff-number")] if label else []
    rest: list[Span] = [(" " * len(label), "diff-number")] if label else []
    return shifted(lines, first, rest, copied=False)


def _highest_number(diff: str) -> int:
    starts = (int(number) for hunk in _HUNK.finditer(diff) for number in hunk.groups())
    return max(starts, default=0) + diff.count("\n")
