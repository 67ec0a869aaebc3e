"""Where vim's motions lead, in a text and an offset into it. Pure.

The subset that fingers know; what vim does on empty text, and at either end, is kept: a motion that leads
nowhere is None, and fails the operator before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtcode.frontends.tui.vim_objects import text_object

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD: Final = re.compile(r"\w+|[^\w\s]+|^$", re.MULTILINE)
_BIG_WORD: Final = re.compile(r"\S+|^$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What a motion covers: from where the cursor is, or would be, to where it leads."""

    start: int
    end: int
    """Where the cursor goes; an operator takes what lies between the two."""
    is_inclusive: bool = False
    """An operator takes the character at the farther end, too."""
    is_linewise: bool = False
    """An operator takes whole lines."""


def stretch(text: str, at: int, motion: str, count: int | None) -> Stretch | None:
    """Return what `motion` covers from the offset `at`; None: it leads nowhere, or is no motion.

    Args:
        text: All of it, with LF between its lines.
        at: From 0 to the text's length.
        motion: `w`, `gg`, an object as `iw`, or `f` with the character that is looked for.
        count: As typed before it; None: nothing.
    """
    if motion in _LINEWISE:
        end = _LINEWISE[motion](text, at, count)
        return None if end is None else Stretch(start=at, end=end, is_linewise=True)
    if motion[:1] in "ia" and len(motion) > 1:
        covered = text_object(text, at, motion)
        return Stretch(start=covered[0], end=covered[1]) if covered else None
    if motion[:1] in "fFtT" and len(motion) > 1:
        end = _to_character(text, at, motion, count or 1)
        return None if end is None else Stretch(start=at, end=end, is_inclusive=motion[0] in "ft")
    step = _STEPS.get(motion)
    if step is None:
        return None
    end = at
    for _ in range(min(count or 1, len(text) + 1)):
        end = step(text, end)
    is_inclusive = motion in ("e", "E")
    return Stretch(start=at, end=end, is_inclusive=is_inclusive) if end != at or motion in "0^$" else None


def line_start(text: str, at: int) -> int:
    """Return where the line of `at` begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Return where the line of `at` ends: at its LF, or the end of the text."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def first_nonblank(text: str, at: int) -> int:
    """Return where the first character of the line of `at` that is no blank stands, or its end."""
    start, end = line_start(text, at), line_end(text, at)
    return end - len(text[start:end].lstrip())


def _word_start(pattern: re.Pattern[str]) -> Callable[[str, int], int]:
    def step(text: str, at: int) -> int:
        return next((found.start() for found in pattern.finditer(text) if found.start() > at), len(text))

    return step


def _word_end(pattern: re.Pattern[str]) -> Callable[[str, int], int]:
    def step(text: str, at: int) -> int:
        return next((found.end() - 1 for found in pattern.finditer(text) if found.end() - 1 > at), at)

    return step


def _word_before(pattern: re.Pattern[str]) -> Callable[[str, int], int]:
    def step(text: str, at: int) -> int:
        return max((found.start() for found in pattern.finditer(text) if found.start() < at), default=0)

    return step


def _below(text: str, at: int, count: int | None) -> int | None:
    end = at
    for _ in range(count or 1):
        start = line_end(text, end) + 1
        if start > len(text):
            return None
        end = start
    return min(end + at - line_start(text, at), line_end(text, end))


def _above(text: str, at: int, count: int | None) -> int | None:
    start = line_start(text, at)
    column = at - start
    for _ in range(count or 1):
        if start == 0:
            return None
        start = line_start(text, start - 1)
    return min(start + column, line_end(text, start))


def _to_line(text: str, number: int) -> int:
    """Return the first non-blank of a line, counted from 1; beyond the last: the last."""
    start = 0
    for _ in range(number - 1):
        end = line_end(text, start)
        if end == len(text):
            break
        start = end + 1
    return first_nonblank(text, start)


def _to_character(text: str, at: int, motion: str, count: int) -> int | None:
    kind, wanted = motion[0], motion[1]
    start, end = line_start(text, at), line_end(text, at)
    if kind in "ft":
        places = [place for place in range(at + 1, end) if text[place] == wanted]
    else:
        places = [place for place in range(at - 1, start - 1, -1) if text[place] == wanted]
    if len(places) < count:
        return None
    return places[count - 1] + {"f": 0, "F": 0, "t": -1, "T": 1}[kind]


_LINEWISE: Final[dict[str, Callable[[str, int, int | None], int | None]]] = {
    "j": _below,
    "k": _above,
    "gg": lambda text, at, count: _to_line(text, count or 1),
    "G": lambda text, at, count: _to_line(text, count or text.count("\n") + 1),
}
_STEPS: Final[dict[str, Callable[[str, int], int]]] = {
    "h": lambda text, at: max(line_start(text, at), at - 1),
    "l": lambda text, at: min(line_end(text, at), at + 1),
    "0": line_start,
    "^": first_nonblank,
    "$": line_end,
    "w": _word_start(_WORD),
    "W": _word_start(_BIG_WORD),
    "e": _word_end(_WORD),
    "E": _word_end(_BIG_WORD),
    "b": _word_before(_WORD),
    "B": _word_before(_BIG_WORD),
}
