"""Which words of a changed line changed. Pure; no toolkit in here."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.frontends.wording import DiffRow

Range: TypeAlias = tuple[int, int]
"""First character, and the one after the last."""

_WORD: Final = re.compile(r"\w+|\s+|[^\w\s]")
_MAX_COMPARISONS: Final = 200_000
"""Of one word with another, in a whole diff: what is left then has no marks."""
_FEWEST_IN_COMMON: Final = 0.3
"""Of the characters of two lines; with less they are different lines, and not a changed one."""


def changed_words(rows: Sequence[DiffRow]) -> list[list[Range]]:
    """Return for each row of a diff the ranges of its text that its counterpart has not.

    The first removed line of a change is the counterpart of the first added one, and so on. A line without
    a counterpart, or with one that has little in common with it, has no ranges: all of it changed.
    """
    ranges: list[list[Range]] = [[] for _ in rows]
    left = _MAX_COMPARISONS
    for removed, added in _counterparts(rows):
        old, new = _words(rows[removed].text), _words(rows[added].text)
        left -= len(old) * len(new)
        if left < 0:
            break
        ranges[removed], ranges[added] = _differences(old, new)
    return ranges


def _counterparts(rows: Sequence[DiffRow]) -> Iterator[tuple[int, int]]:
    """Yield the places of lines that took each other's."""
    removed: list[int] = []
    added: list[int] = []
    for place, row in enumerate(rows):
        if row.kind == "note":
            continue
        if row.kind == "added":
            added.append(place)
            continue
        if added or row.kind != "removed":
            yield from zip(removed, added, strict=False)
            removed, added = [], []
        if row.kind == "removed":
            removed.append(place)
    yield from zip(removed, added, strict=False)


def _words(text: str) -> list[str]:
    """Return words, runs of blanks and single signs, without the row's mark."""
    return _WORD.findall(text[1:])


def _differences(old: list[str], new: list[str]) -> tuple[list[Range], list[Range]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    size = sum(map(len, old)) + sum(map(len, new))
    changed = sum(
        len(word)
        for _, i1, i2, j1, j2 in changes
        for word in (*old[i1:i2], *new[j1:j2])
        if not word.isspace()
    )
    if changed > size * (1 - _FEWEST_IN_COMMON):
        return [], []
    ends_old = list(accumulate(map(len, old), initial=1))
    ends_new = list(accumulate(map(len, new), initial=1))
    return (
        [(ends_old[i1], ends_old[i2]) for _, i1, i2, _, _ in changes if i1 < i2],
        [(ends_new[j1], ends_new[j2]) for _, _, _, j1, j2 in changes if j1 < j2],
    )
