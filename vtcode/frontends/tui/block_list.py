"""The blocks in order, and what became of them since one last looked."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.frontends.tui.blocks import AnyBlock, Block, LiveBlock

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of the blocks since the last time one asked."""

    first_new: int
    """Index from which on the blocks are new; those before are the same values as last time."""
    touched: frozenset[int]
    """Ids of blocks that changed in place; may name blocks that are gone."""


class BlockList:
    """Blocks in order of display. Only the live one, always last, ever leaves before all are cleared."""

    def __init__(self) -> None:
        self._blocks: list[AnyBlock] = []
        self._ids = itertools.count(1)
        self._live: LiveBlock | None = None
        self._first_new = 0
        self._touched: set[int] = set()

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, index: int) -> AnyBlock:
        return self._blocks[index]

    def __iter__(self) -> Iterator[AnyBlock]:
        return iter(self._blocks)

    def next_id(self) -> int:
        """Return the id for the next block to append."""
        return next(self._ids)

    def append(self, block: AnyBlock) -> None:
        """Put a block at the end; a live one stays last, under a new id."""
        live = self._live
        self.drop_live()
        self._blocks.append(block)
        if live is not None:
            self.show_live(live.text)

    def show_live(self, text: str) -> None:
        """Say what keeps the model busy, in the place of what was said before."""
        if self._live is None:
            self._live = LiveBlock(id=self.next_id(), text=text)
            self._blocks.append(self._live)
        else:
            self._live.text = text
            self.touch(self._live)

    def drop_live(self) -> None:
        """Take the live block away, if there is one."""
        if self._live is not None:
            self._blocks.pop()
            self._live = None
            self._first_new = min(self._first_new, len(self._blocks))

    def clear(self) -> None:
        """Forget every block; ids go on."""
        self._blocks.clear()
        self._live = None
        self._first_new = 0
        self._touched.clear()

    def touch(self, block: Block) -> None:
        """Note that a block changed in place."""
        self._touched.add(block.id)

    def take_changes(self) -> Changes:
        """Return what changed since the last call, and start anew."""
        changes = Changes(first_new=self._first_new, touched=frozenset(self._touched))
        self._first_new = len(self._blocks)
        self._touched.clear()
        return changes
