"""Which added line of a diff took the place of which removed one. Pure; no toolkit in here."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.frontends.wording import DiffRow

_WORD: Final = re.compile(r"\w+|[^\w\s]")
_LONGEST_BLOCK: Final = 50
"""Lines on a side; those of a longer one are paired in their order."""
_MAX_COMPARISONS: Final = 10_000
"""Of one line with another, in a whole diff; what is left then is paired in its order."""
_MAX_WORDS: Final = 200
"""Of a line; what comes after them is not compared."""
_FEWEST_IN_COMMON: Final = 0.5
"""Of the words of two lines, by their length; with less they are different lines, and not a changed one."""


@dataclass(slots=True)
class _Block:
    """Lines that took each other's place, by their numbers in the diff."""

    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)

    @property
    def comparisons(self) -> int:
        """How often a line is compared with another, where each is with all."""
        return len(self.removed) * len(self.added)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a line, in any order, and how long they are together."""

    counts: Counter[str]
    size: int


def line_pairs(rows: Sequence[DiffRow]) -> dict[int, int]:
    """Return for removed lines of a diff which added line stands for them, both by their number in `rows`.

    Within a block those are a pair that have the most in common, without crossing other pairs; what is left
    between two pairs is paired in its order, and what is left of that has no counterpart. A note goes with
    the line above it.
    """
    pairs: dict[int, int] = {}
    left = _MAX_COMPARISONS
    for block in _blocks(rows):
        similar: list[tuple[int, int]] = []
        if max(len(block.removed), len(block.added)) <= _LONGEST_BLOCK and block.comparisons <= left:
            left -= block.comparisons
            similar = _most_similar(
                [_words(rows[place].text) for place in block.removed],
                [_words(rows[place].text) for place in block.added],
            )
        old_at, new_at = 0, 0
        for old, new in [*similar, (len(block.removed), len(block.added))]:
            pairs.update(zip(block.removed[old_at:old], block.added[new_at:new], strict=False))
            pairs.update(zip(block.removed[old : old + 1], block.added[new : new + 1], strict=True))
            old_at, new_at = old + 1, new + 1
    return pairs


def _blocks(rows: Sequence[DiffRow]) -> Iterator[_Block]:
    """Yield removed lines with the added ones right after them."""
    block = _Block()
    last = "context"
    for place, row in enumerate(rows):
        kind = last if row.kind == "note" else row.kind
        if kind not in {"removed", "added"} or (kind == "removed" and block.added):
            yield block
            block = _Block()
        if kind == "removed":
            block.removed.append(place)
        elif kind == "added":
            block.added.append(place)
        last = kind
    yield block


def _words(text: str) -> _Words:
    """Return the words and signs of a row without its mark."""
    counts = Counter(_WORD.findall(text[1:])[:_MAX_WORDS])
    return _Words(counts, sum(len(word) * count for word, count in counts.items()))


def _likeness(old: _Words, new: _Words) -> float:
    """Return which share of both lines is the same; 0 where that is too little for a pair."""
    size = old.size + new.size
    if not size or 2 * min(old.size, new.size) < size * _FEWEST_IN_COMMON:
        return 0
    same = sum(len(word) * min(count, new.counts[word]) for word, count in old.counts.items())
    share = 2 * same / size
    return share if share >= _FEWEST_IN_COMMON else 0


def _most_similar(old: Sequence[_Words], new: Sequence[_Words]) -> list[tuple[int, int]]:
    """Return the pairs, none crossing another, that have the most in common together; the first of equals."""
    likeness = [[_likeness(one, other) for other in new] for one in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = likeness[i][j] + best[i + 1][j + 1]
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: list[tuple[int, int]] = []
    i, j = 0, 0
    while i < len(old) and j < len(new):
        if likeness[i][j] and likeness[i][j] + best[i + 1][j + 1] == best[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] == best[i][j]:
            i += 1
        else:
            j += 1
    return pairs
