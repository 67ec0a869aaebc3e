"""Output of a command as lines: its colours as styles, every other thing it tells a terminal dropped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vtcode.frontends.tui.rendering.lines import Line, Span, chop
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_BACKSPACED = re.compile(r"(?:\x1b\[[0-9;:]*[A-Za-z]|[^\b\x1b])\x08")
_UP = re.compile(r"(?:\x1b\[[0-9;]*[JKGm]|\r)*\x1b\[(\d{0,4})[AF]")
_ERASE_LINE = re.compile(r"\x1b\[[0-2]?K")
_MAX_BACKSPACES: Final = 16
"""So many in a row take back what was written; more are not worth a frame."""
_EXTENDED: Final = (38, 48)
_COLOR_SIZES: Final = {5: 1, 2: 3}
"""How many numbers follow 38 or 48: one of 256 colours, or red, green and blue."""
_MARKS: Final = frozenset({1, 2, 3, 4, 7, 9})
"""Bold, dim, italic, underlined, reversed, struck out."""
_ENDS: Final = {22: (1, 2), 23: (3,), 24: (4,), 27: (7,), 29: (9,)}


def output_lines(output: str, width: int, *, max_lines: int) -> tuple[list[Line], int]:
    """Return the last lines of `output` at a width, and how many of its lines were left out above.

    Overwritten lines (a progress bar's carriage returns, or cursor movements up) show what was written last.
    """
    source = _written_last(output.replace("\r\n", "\n").removesuffix("\n").split("\n"))
    skipped = max(0, len(source) - max_lines)
    lines: list[Line] = []
    sgr = ""
    for raw in source[skipped:]:
        spans, sgr = _line_spans(raw, sgr)
        for number, row in enumerate(chop(spans, width)):
            lines.append(Line(tuple(row), "" if number else None))
    return lines, skipped


def _written_last(source: list[str]) -> list[str]:
    """Return the lines without those that a cursor movement upwards had overwritten."""
    if not any(_UP.match(raw) for raw in source if raw.startswith(("\x1b", "\r"))):
        return source
    written: list[str] = []
    for raw in source:
        if up := _UP.match(raw):
            del written[max(0, len(written) - int(up[1] or 1)) :]
        written.append(raw)
    return written


def _line_spans(raw: str, sgr: str) -> tuple[list[Span], str]:
    """Return a line's spans, and the colours that go on after it."""
    for _ in range(_MAX_BACKSPACES if "\b" in raw else 0):
        raw = _BACKSPACED.sub("", raw)
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
    """Return the codes in force after `codes`, each once: they never get longer than all looks together."""
    look = _Look()
    for part in _parameters(f"{sgr};{codes or '0'}" if sgr else codes or "0"):
        look.take(part)
    return look.codes


def _parameters(codes: str) -> Iterator[tuple[int, ...]]:
    """Yield what each parameter says: `(1,)` for bold, `(38, 5, 208)` for a colour, however it is written."""
    numbers = iter(codes.split(";"))
    for text in numbers:
        if ":" in text:  # ISO 8613-6: 38:2::10:200:30, 4:3
            head, *others = [_number(number) for number in text.split(":") if number] or [0]
            size = _COLOR_SIZES.get(others[0], 0) if head in _EXTENDED and others else 0
            yield (head, others[0], *others[1:][-size:]) if size else (head, *others[:1])
        elif text in {"38", "48"}:
            kind = _number(next(numbers, ""))
            values = [_number(next(numbers, "")) for _ in range(_COLOR_SIZES.get(kind, 0))]
            yield (_number(text), kind, *values)
        else:
            yield (_number(text),)


def _number(text: str) -> int:
    return min(int(text[:4] or 0), 255)


class _Look:
    """What is in force: weight and lines, a colour, a background."""

    def __init__(self) -> None:
        self._marks: dict[int, None] = {}
        self._color: tuple[int, ...] = ()
        self._background: tuple[int, ...] = ()

    @property
    def codes(self) -> str:
        """The same as parameters; text in the colour of its own background gets neither."""
        hidden = self._color and _as_color(self._color) == _as_color(self._background)
        colors = () if hidden else (*self._color, *self._background)
        return ";".join(map(str, (*self._marks, *colors)))

    def take(self, parameter: tuple[int, ...]) -> None:
        """Follow one parameter; what is none of ours (blinking, hiding) changes nothing."""
        code = parameter[0]
        if code == 0:
            self._marks.clear()
            self._color = self._background = ()
        elif parameter == (4, 0):
            self._marks.pop(4, None)
        elif code in _MARKS:
            self._marks[code] = None
        elif code in _ENDS:
            for mark in _ENDS[code]:
                self._marks.pop(mark, None)
        elif code in {39, *range(30, 38), *range(90, 98)} or (code == 38 and len(parameter) > 2):
            self._color = () if code == 39 else parameter
        elif code in {49, *range(40, 48), *range(100, 108)} or (code == 48 and len(parameter) > 2):
            self._background = () if code == 49 else parameter


def _as_color(parameter: tuple[int, ...]) -> tuple[int, ...]:
    """Return the colour alone, whether it is for text or behind it."""
    if not parameter or parameter[0] in _EXTENDED:
        return parameter[1:]
    return (parameter[0] % 10, parameter[0] >= 90)


def _style(sgr: str) -> str:
    return f"output sgr:{sgr}" if sgr else "output"
