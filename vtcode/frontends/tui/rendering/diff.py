"""A unified diff as coloured lines with line numbers."""

from __future__ import annotations

import re

from vtcode.frontends.tui.rendering.lines import MIN_WIDTH, Line, Span, chop, prefixed, shifted
from vtcode.frontends.wording import RowKind, diff_rows

TAB = "→   "
"""A tab in a diff: ordinary and wide, and not to be taken for blanks."""

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_STYLES: dict[RowKind, str] = {
    "added": "diff-added",
    "removed": "diff-removed",
    "context": "diff-context",
    "hunk": "diff-hunk",
    "note": "diff-number",
}


def diff_lines(diff: str, width: int) -> list[Line]:
    """Return a unified diff without file headers as lines.

    Added and removed lines keep their `+` and `-`, so that they read without colour; what a line hides
    (control characters, text that turns direction) is spelled out, since people approve what they see here.
    """
    lines: list[Line] = []
    old, new = 0, 0
    digits = len(str(_highest_number(diff)))
    for row in diff_rows(diff, tab=TAB):
        hunk = _HUNK.match(row.text)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
        number = old if row.kind == "removed" else new
        label = " " * (digits + 1) if row.kind in {"hunk", "note"} else f"{number:>{digits}} "
        lines += _rows(label, row.text, _STYLES[row.kind], width)
        old += row.kind in {"removed", "context"}
        new += row.kind in {"added", "context"}
    return lines


def _rows(label: str, text: str, style: str, width: int) -> list[Line]:
    if width < MIN_WIDTH + len(label):
        label = ""
    rows: list[tuple[list[Span], str | None]] = [
        (row, "" if number else None)
        for number, row in enumerate(chop([(text, style)], max(1, width - len(label))))
    ]
    first: list[Span] = [(label, "diff-number")] if label else []
    rest: list[Span] = [(" " * len(label), "diff-number")] if label else []
    return shifted(prefixed(rows, (), ()), first, rest, copied=False)


def _highest_number(diff: str) -> int:
    starts = (int(number) for hunk in _HUNK.finditer(diff) for number in hunk.groups())
    return max(starts, default=0) + diff.count("\n")
