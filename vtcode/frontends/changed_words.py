"""Which words of a changed line changed. Pure; no toolkit in here."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vtcode.frontends.wording import DiffRow

Range: TypeAlias = tuple[int, int]
"""First character, and the one after the last."""

_WORD: Final = re.compile(r"\w+|\s+|[^\w\s]")
_MAX_WORDS: Final = 150
"""Of a line, between what it has in common with its counterpart at both ends: it is compared up to that."""
_MAX_COMPARISONS: Final = 200_000
"""Of one word with another, in a whole diff: what is left then has no marks."""
_FEWEST_IN_COMMON: Final = 0.5
"""Of the words of two lines, by their length; with less they are different lines, and not a changed one."""


def changed_words(rows: Sequence[DiffRow], pairs: Mapping[int, int]) -> list[list[Range] | None]:
    """Return for each row of a diff the ranges of its text that its counterpart has not.

    None: the row has no counterpart, or one that has little in common with it, or they were not compared.
    Then all of it counts as changed; where a list is empty, nothing does.

    Args:
        rows: The diff.
        pairs: Of removed lines with added ones, as `line_pairs` has them.
    """
    ranges: list[list[Range] | None] = [None for _ in rows]
    left = _MAX_COMPARISONS
    for removed, added in pairs.items():
        old, new = _words(rows[removed].text), _words(rows[added].text)
        start, end = _common_edges(old, new)
        most = max(len(old), len(new)) - start - end
        left -= min(most, _MAX_WORDS) ** 2
        if left < 0:
            break
        if most <= _MAX_WORDS:
            ranges[removed], ranges[added] = _differences(old, new, start, end)
    return ranges


def _words(text: str) -> list[str]:
    """Return words, runs of blanks and single signs, without the row's mark."""
    return _WORD.findall(text[1:])


def _common_edges(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many words the two share at the start, and at the end without overlapping it."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end


def _differences(
    old: Sequence[str], new: Sequence[str], start: int, end: int
) -> tuple[list[Range] | None, list[Range] | None]:
    """Return the ranges of both lines, between their common edges; None where too little is the same."""
    from difflib import SequenceMatcher

    middles = old[start : len(old) - end], new[start : len(new) - end]
    changes = [
        (i1 + start, i2 + start, j1 + start, j2 + start)
        for kind, i1, i2, j1, j2 in SequenceMatcher(None, *middles, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    size = _size(old) + _size(new)
    changed = sum(_size(old[i1:i2]) + _size(new[j1:j2]) for i1, i2, j1, j2 in changes)
    if changed > size * (1 - _FEWEST_IN_COMMON):
        return None, None
    ends_old = list(accumulate(map(len, old), initial=1))
    ends_new = list(accumulate(map(len, new), initial=1))
    return (
        [(ends_old[i1], ends_old[i2]) for i1, i2, _, _ in changes if i1 < i2],
        [(ends_new[j1], ends_new[j2]) for _, _, j1, j2 in changes if j1 < j2],
    )


def _size(words: Sequence[str]) -> int:
    """Return the length of words without the blanks."""
    return sum(len(word) for word in words if not word.isspace())
