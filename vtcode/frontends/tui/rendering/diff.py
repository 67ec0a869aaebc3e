"""A unified diff as coloured lines with line numbers."""

from __future__ import annotations

import re

from vtcode.frontends.tui.rendering.code import TAB_SIZE
from vtcode.frontends.tui.rendering.lines import MIN_WIDTH, Line, Span, chop, prefixed, shifted
from vtcode.visible import revealed

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def diff_lines(diff: str, width: int) -> list[Line]:
    """Return a unified diff without file headers as lines.

    Added and removed lines keep their `+` and `-`, so that they read without colour; what a line hides
    (control characters, text that turns direction) is spelled out, since people approve what they see here.
    """
    lines: list[Line] = []
    old, new = 0, 0
    digits = len(str(_highest_number(diff)))
    for raw in diff.removesuffix("\n").split("\n"):
        hunk = _HUNK.match(raw)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
            lines += _rows(" " * (digits + 1), raw, "diff-hunk", width)
            continue
        mark = raw[:1]
        number = old if mark == "-" else new
        label = f"{number:>{digits}} " if mark in {"+", "-", " "} else " " * (digits + 1)
        lines += _rows(label, raw, _style_of(mark), width)
        old += mark in {"-", " "}
        new += mark in {"+", " "}
    return lines


def _rows(label: str, raw: str, style: str, width: int) -> list[Line]:
    if width < MIN_WIDTH + len(label):
        label = ""
    text = revealed(raw.expandtabs(TAB_SIZE), keep_newlines=False)
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


def _style_of(mark: str) -> str:
    return {"+": "diff-added", "-": "diff-removed", "@": "diff-hunk", "\\": "diff-number"}.get(
        mark, "diff-context"
    )
