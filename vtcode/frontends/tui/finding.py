"""Finding text in the blocks: their texts are searched, not what is drawn, a slice at a time."""

from __future__ import annotations

import bisect
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from vtcode.frontends.tui.block_text import is_settled, searched_text
from vtcode.frontends.tui.blocks import ReasoningBlock

if TYPE_CHECKING:
    from vtcode.frontends.tui.block_list import BlockList

_SLICE_CHARS: Final = 30_000
"""Searched in about 4 ms."""
_SLICE_BLOCKS: Final = 300


class Hit(NamedTuple):
    """One occurrence of what is looked for."""

    block_id: int
    ordinal: int
    """Which one in its block, from 0."""


def pattern_for(needle: str) -> re.Pattern[str] | None:
    """Return what finds `needle`; None where there is nothing to look for.

    Upper and lower case are one, unless the needle has an upper-case letter. A blank stands for any blanks,
    line breaks among them.
    """
    words = needle.split()
    if not words:
        return None
    flags = re.NOFLAG if any(character.isupper() for character in needle) else re.IGNORECASE
    return re.compile(r"\s+".join(map(re.escape, words)), flags)


class Finder:
    """The occurrences of a needle; follows blocks that grow and are added."""

    def __init__(self, blocks: BlockList) -> None:
        self.pattern: re.Pattern[str] | None = None
        self.skips_reasoning = False
        """It is hidden, so that nothing in it can be shown."""
        self._blocks = blocks
        self._searched_id = 0
        """The last block that was looked into."""
        self._unsettled: set[int] = set()
        self._counts: dict[int, int] = {}
        """By block id, where there are any."""

    @property
    def total(self) -> int:
        """How many there are, as far as was searched."""
        return sum(self._counts.values())

    def start(self, needle: str) -> None:
        """Look for another needle from now on."""
        self.pattern = pattern_for(needle)
        self._searched_id = 0
        self._unsettled.clear()
        self._counts.clear()

    def advance(self) -> bool:
        """Search a slice further; return whether all that there is has been searched."""
        if self.pattern is None or not len(self._blocks):
            self._counts.clear()
            return True
        self._look_again()
        chars, index = 0, self._index_after(self._searched_id)
        last = min(len(self._blocks), index + _SLICE_BLOCKS)
        while index < last and chars < _SLICE_CHARS:
            chars += self._count(index)
            self._searched_id = self._blocks[index].id
            index += 1
        return index >= len(self._blocks)

    def next(self, hit: Hit | None, step: int) -> Hit | None:
        """Return the occurrence after a hit, or with `step=-1` the one before it, around the ends."""
        total = self.total
        if not total:
            return None
        if hit is None:
            return self._nth(0 if step > 0 else total - 1)
        return self._nth((self.number(hit) - 1 + step) % total)

    def nearest(self, block_id: int) -> Hit | None:
        """Return the last occurrence in this block or above it, else the first one below."""
        ids = sorted(self._counts)
        if not ids:
            return None
        above = bisect.bisect_right(ids, block_id)
        if not above:
            return Hit(ids[0], 0)
        return Hit(ids[above - 1], self._counts[ids[above - 1]] - 1)

    def number(self, hit: Hit) -> int:
        """Return which one a hit is of all, from 1."""
        above = sum(count for block_id, count in self._counts.items() if block_id < hit.block_id)
        return above + hit.ordinal + 1

    def _nth(self, number: int) -> Hit:
        ids = sorted(self._counts)
        ends = list(accumulate(self._counts[block_id] for block_id in ids))
        place = bisect.bisect_right(ends, number)
        return Hit(ids[place], number - (ends[place - 1] if place else 0))

    def _look_again(self) -> None:
        """Count anew in blocks that were open; forget those that are gone."""
        first_id = self._blocks[0].id
        if self._counts and min(self._counts) < first_id:
            self._counts.clear()
        for block_id in sorted(self._unsettled):
            index = self._index_after(block_id - 1)
            self._unsettled.discard(block_id)
            self._counts.pop(block_id, None)
            if index < len(self._blocks) and self._blocks[index].id == block_id:
                self._count(index)

    def _count(self, index: int) -> int:
        """Count the occurrences in a block; return the size of what was searched."""
        block = self._blocks[index]
        if not is_settled(block):
            self._unsettled.add(block.id)
        if self.pattern is None or (self.skips_reasoning and isinstance(block, ReasoningBlock)):
            return 0
        text = searched_text(block)
        if count := sum(1 for _ in self.pattern.finditer(text)):
            self._counts[block.id] = count
        return len(text)

    def _index_after(self, block_id: int) -> int:
        return bisect.bisect_right(self._blocks, block_id, key=lambda block: block.id)
