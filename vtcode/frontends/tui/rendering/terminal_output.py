"""Output of a command as lines: its colours as styles, every other thing it tells a terminal dropped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.frontends.tui.rendering.lines import Line, Span, chop
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_ERASE_LINE = re.compile(r"\x1b\[[0-2]?K")


def output_lines(output: str, width: int, *, max_lines: int) -> tuple[list[Line], int]:
    """Return the last lines of `output` at a width, and how many of its lines were left out above.

    Overwritten lines (a progress bar's carriage returns) show what was written last.
    """
    source = output.replace("\r\n", "\n").removesuffix("\n").split("\n")
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
    if "\x1b" not in raw and "\r" not in raw:
        text = plain(raw).expandtabs()
        return ([(text, _style(sgr))] if text else []), sgr
    spans: list[Span] = []
    for part, codes in _parts(raw):
        if codes is not None:
            sgr = _after(sgr, codes)
            continue
        overwritten = part.rstrip("\r").rpartition("\r")
        if overwritten[1]:
            spans.clear()
        before = sum(len(text) for text, _ in spans)
        text = (" " * before + plain(overwritten[2])).expandtabs()[before:]
        if text:
            spans.append((text, _style(sgr)))
    return spans, sgr


def _parts(raw: str) -> Iterator[tuple[str, str | None]]:
    """Yield pieces of text (with None), and the codes between them (with an empty piece)."""
    raw = _ERASE_LINE.sub("", raw)
    position = 0
    for match in _SGR.finditer(raw):
        yield raw[position : match.start()], None
        yield "", match[1]
        position = match.end()
    yield raw[position:], None


def _after(sgr: str, codes: str) -> str:
    """Return the codes in force after `codes`: a reset forgets, others add up, bounded."""
    numbers = codes.replace(":", ";").split(";")
    if numbers[0] in {"", "0", "00"}:
        sgr, numbers = "", numbers[1:]
    return ";".join(filter(None, [*sgr.split(";"), *numbers][-16:]))


def _style(sgr: str) -> str:
    return f"output sgr:{sgr}" if sgr else "output"
