"""Output of a command as lines: its colours as styles, every other thing it tells a terminal dropped."""

from __future__ import annotations

import re

from vtcode.frontends.tui.rendering.lines import Line, Span, chop
from vtcode.settled import settled
from vtcode.sgr import look_after
from vtcode.visible import plain

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")


def output_lines(output: str, width: int, *, max_lines: int) -> tuple[list[Line], int]:
    """Return the last lines of `output` at a width, and how many of its lines were left out above.

    What was written over (by a progress bar, or a whole screen) shows what was written last.
    """
    source = settled(output).removesuffix("\n").split("\n")
    skipped = max(0, len(source) - max_lines)
    lines: list[Line] = []
    sgr = ""
    for raw in source[skipped:]:
        spans, sgr = _line_spans(raw, sgr)
        for number, row in enumerate(chop(spans, width)):
            lines.append(Line(tuple(row), "" if number else None))
    return lines, skipped


def _line_spans(raw: str, sgr: str) -> tuple[list[Span], str]:
    """Return a line's spans, and the colours that go on after it."""
    spans: list[Span] = []
    column = position = 0
    for match in [*_SGR.finditer(raw), None]:
        # Tabs go to the columns that they would have without what stands between.
        before = " " * column
        text = (before + plain(raw[position : match.start() if match else None])).expandtabs()[column:]
        if text:
            spans.append((text, _style(sgr)))
            column += len(text)
        if match:
            sgr, position = look_after(sgr, match[1]), match.end()
    return spans, sgr


def _style(sgr: str) -> str:
    return f"output sgr:{sgr}" if sgr else "output"
