"""What the model is told of an edit that did not match: the lines that it probably meant. Pure.

Blanks that can't be seen or counted are shown as marks, so that the model can copy the lines correctly.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from vtcode.tools.indentation import indentation

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS: Final = str.maketrans({" ": "·", "\t": "→", "\u00a0": "⍽", "\r": "␍"})
_INVISIBLE: Final = re.compile(r"^[ \t]+|[ \t]+$| {2,}|[\t\r\u00a0]+")
_MAX_SHOWN_LINES: Final = 12
_MAX_SHOWN_CHARS: Final = 160
_MAX_PLACES: Final = 3
_MAX_COMPARED_LINES: Final = 3_000
_COMMON_LINE: Final = 50
"""A line that occurs more often than this says little about where the edit belongs."""
_LEGEND: Final = "(· is a space, → a tab)"


def not_found(text: str, old: str, new: str) -> str:
    """Return why `old` can't be replaced, with the nearest lines of `text`."""
    if new.strip() and new in text:
        line = text.count("\n", 0, text.index(new)) + 1
        return (
            f"old_str was not found, but new_str is there already (line {line}): this edit was made before."
        )
    lines, wanted = text.split("\n"), old.strip("\n").split("\n")
    start = _nearest(lines, wanted)
    if start is None:
        return "old_str was not found, nor any line that resembles it. Read the file again and copy from it."
    near = lines[start : start + len(wanted)]
    differing = next(
        (index for index, pair in enumerate(zip(wanted, near, strict=False)) if pair[0] != pair[1]), 0
    )
    wrote, stands = visible_blanks(wanted[differing]), visible_blanks(near[differing]) if near else ""
    return (
        f"old_str was not found. Its line {differing + 1} is\n{wrote}\n"
        f"but line {start + differing + 1} of the file is\n{stands}\n"
        f"Nearest lines {_LEGEND}:\n{_numbered(lines, start - 1, start + len(wanted) + 1)}"
    )


def ambiguous(text: str, places: Sequence[int], old: str) -> str:
    """Return why an `old` that matches at several offsets is not replaced, with its surroundings."""
    lines = text.split("\n")
    numbers = [text.count("\n", 0, place) for place in places]
    shown = "\n--\n".join(
        _numbered(lines, number - 1, number + old.strip("\n").count("\n") + 2)
        for number in numbers[:_MAX_PLACES]
    )
    listed = ", ".join(str(number + 1) for number in numbers[:10]) + (", ..." if len(numbers) > 10 else "")
    return (
        f"old_str is in the file {len(places)} times (lines {listed}). Add lines around it until it is "
        f"unique, or set replace_all. Its places {_LEGEND}:\n{shown}"
    )


def visible_blanks(line: str) -> str:
    """Return a line with blanks at its edges, tabs, and runs of blanks as marks; cut where it is long."""
    if len(line) > _MAX_SHOWN_CHARS:
        line = f"{line[:_MAX_SHOWN_CHARS]}…"
    return _INVISIBLE.sub(lambda match: match.group().translate(_MARKS), line)


def _numbered(lines: Sequence[str], start: int, end: int) -> str:
    start = max(0, start)
    end = min(end, len(lines), start + _MAX_SHOWN_LINES)
    return "\n".join(f"{number + 1:>5} | {visible_blanks(lines[number])}" for number in range(start, end))


def _nearest(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return the index of the line where most of the wanted ones are, blanks and case aside."""
    positions: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        positions.setdefault(_core(line), []).append(index)
    votes: Counter[int] = Counter()
    for offset, line in enumerate(wanted):
        places = positions.get(_core(line), []) if _core(line) else []
        if len(places) <= _COMMON_LINE:
            votes.update(max(0, place - offset) for place in places)
    if votes:
        return max(votes, key=lambda start: (votes[start], -start))
    return _most_similar(lines, wanted)


def _most_similar(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return where the longest wanted line would stand if it is the line that resembles it most."""
    offset = max(range(len(wanted)), key=lambda index: len(wanted[index]))
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(_core(wanted[offset])[:_MAX_SHOWN_CHARS])
    best, best_ratio = None, 0.5
    for index, line in enumerate(lines[:_MAX_COMPARED_LINES]):
        matcher.set_seq1(_core(line)[:_MAX_SHOWN_CHARS])
        if matcher.real_quick_ratio() <= best_ratio or matcher.quick_ratio() <= best_ratio:
            continue
        if matcher.ratio() > best_ratio:
            best, best_ratio = max(0, index - offset), matcher.ratio()
    return best


def _core(line: str) -> str:
    return " ".join(line[len(indentation(line)) :].split()).casefold()
