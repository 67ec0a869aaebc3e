"""Vim's text objects: the word, the quotes or the brackets around an offset. Pure."""

from __future__ import annotations

import re
from typing import Final

_RUN: Final = re.compile(r"\w+|[^\w\s]+|[^\S\n]+")
_BLANKS: Final = re.compile(r"[^\S\n]*")
_QUOTES: Final = "\"'`"
_BRACKETS: Final = {
    **dict.fromkeys("()b", ("(", ")")),
    **dict.fromkeys("[]", ("[", "]")),
    **dict.fromkeys("{}B", ("{", "}")),
}


def text_object(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Return where the object around the offset `at` starts and where it ends; None: there is none.

    Args:
        text: All of it, with LF between its lines.
        at: From 0 to the text's length.
        name: `iw`, `i"`, `i(` and their like; with `a` for `i`, what surrounds it goes along.
    """
    around, kind = name[0] == "a", name[1:]
    if kind == "w":
        return _word(text, at, around=around)
    found = None
    if kind in _QUOTES:
        found = _quoted(text, at, kind)
    elif kind in _BRACKETS:
        found = _bracketed(text, at, *_BRACKETS[kind])
    if found is None:
        return None
    first, last = found
    return (first, last + 1) if around else (first + 1, last)


def _word(text: str, at: int, *, around: bool) -> tuple[int, int] | None:
    """Return a run of letters, of blanks or of the rest; around it: with the blanks behind, else before."""
    run = next((run for run in _RUN.finditer(text) if run.start() <= at < run.end()), None)
    if run is None:
        return None
    start, end = run.span()
    if around:
        behind = _BLANKS.match(text, end)
        end = behind.end() if behind else end
        if end == run.end():
            line = text.rfind("\n", 0, start) + 1
            start = line + len(text[line:start].rstrip())
    return start, end


def _quoted(text: str, at: int, quote: str) -> tuple[int, int] | None:
    """Return where two quotes of the line stand: around `at`, else behind it."""
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].partition("\n")[0]
    places = [start + place for place, character in enumerate(line) if character == quote]
    pairs = zip(places[::2], places[1::2], strict=False)
    return next((pair for pair in pairs if at <= pair[1]), None)


def _bracketed(text: str, at: int, opening: str, closing: str) -> tuple[int, int] | None:
    """Return where the innermost brackets around `at` stand; a bracket at `at` counts."""
    before = at - 1 if text[at : at + 1] == closing else at
    first = _partner(text, range(before, -1, -1), opening, closing)
    if first is None:
        return None
    last = _partner(text, range(first + 1, len(text)), closing, opening)
    return None if last is None or last < at else (first, last)


def _partner(text: str, places: range, wanted: str, other: str) -> int | None:
    """Return the first place with `wanted` that no `other` before it has taken."""
    depth = 0
    for place in places:
        character = text[place : place + 1]
        if character == wanted and depth == 0:
            return place
        depth += (character == other) - (character == wanted)
    return None
