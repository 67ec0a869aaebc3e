"""Which lines of two versions of a text are the same, found in bounded time. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_COMPARED_LINES = 5_000
"""Between the common start and the common end; beyond it the two versions count as wholly different there."""
_EXACT_LINES = 1_000
"""Above it, lines that occur very often no longer serve as anchors: time grows with their square."""


def common_edges(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Return how many lines the two have in common at the start, and at the end without overlapping it."""
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and before[start] == after[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return start, end


def too_far_apart(before: Sequence[str], after: Sequence[str]) -> bool:
    """Tell whether comparing them line by line would take too long."""
    return max(len(before), len(after)) > _MAX_COMPARED_LINES


def matching_blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield the runs of equal lines, in order: start in `before`, start in `after`, length."""
    start, end = common_edges(before, after)
    yield 0, 0, start
    middle_before, middle_after = before[start : len(before) - end], after[start : len(after) - end]
    if not too_far_apart(middle_before, middle_after):
        autojunk = max(len(middle_before), len(middle_after)) > _EXACT_LINES
        matcher = SequenceMatcher(None, middle_before, middle_after, autojunk=autojunk)
        for block in matcher.get_matching_blocks():
            yield block.a + start, block.b + start, block.size
    yield len(before) - end, len(after) - end, end
