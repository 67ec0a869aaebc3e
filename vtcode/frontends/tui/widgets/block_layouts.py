"""Where each block stands and what its lines are, at one width: exact near the reader, a guess elsewhere."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.frontends.tui.blocks import AnyBlock, ReasoningBlock, ReplyBlock
from vtcode.frontends.tui.rendering.block_lines import (
    block_lines,
    estimated_height,
    growing_body,
    head_lines,
    stands_close,
    with_margin,
)
from vtcode.frontends.tui.rendering.lines import EMPTY_LINE, Line
from vtcode.frontends.tui.widgets.height_index import HeightIndex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.frontends.tui.block_list import BlockList
    from vtcode.frontends.tui.rendering.growing import Growing

MAX_KEPT_LINES = 8_000
MIN_KEPT_BLOCKS = 64


@dataclass(slots=True)
class _Laid:
    """The lines of one block."""

    lines: list[Line]
    body: Growing | None = None
    """For text that grows: what lays it out, and for which state of the block it was made."""
    body_start: int = 0
    consumed_chars: int = 0
    state: tuple[int, bool, bool] = (0, False, False)


class BlockLayouts:
    """The geometry of a transcript. Indexes are those of the block list when it last followed it."""

    def __init__(self, blocks: BlockList) -> None:
        self.width = 0
        self.hides_reasoning = False
        self._blocks = blocks
        self._heights = HeightIndex()
        self._laid: OrderedDict[int, _Laid] = OrderedDict()
        """By block id, the least recently used first."""
        self._kept_lines = 0
        self._estimated: set[int] = set()
        """Ids of blocks whose height is a guess, or whose lines are out of date."""

    def __len__(self) -> int:
        return len(self._heights)

    @property
    def total_height(self) -> int:
        """Lines of all blocks together."""
        return self._heights.total

    def top(self, index: int) -> int:
        """Return the line at which a block begins, its leading blank line included."""
        return self._heights.top(index)

    def height(self, index: int) -> int:
        """Return how many lines a block takes; 0 for one that is hidden."""
        return self._heights[index]

    def find(self, y: int) -> tuple[int, int]:
        """Return the block that covers line `y`, and the line's number within it."""
        return self._heights.find(y)

    def index_of(self, block_id: int) -> int:
        """Return the index of the first block whose id is not below `block_id`; may be past the end."""
        low, high = 0, len(self._heights)
        while low < high:
            middle = (low + high) // 2
            if self._blocks[middle].id < block_id:
                low = middle + 1
            else:
                high = middle
        return low

    def restart(self, width: int) -> None:
        """Begin anew at a width: nothing is laid out, all heights are guesses."""
        self._blocks.take_changes()
        self.width = width
        self._laid.clear()
        self._kept_lines = 0
        self._estimated = {block.id for block in self._blocks}
        self._heights = HeightIndex(self._estimate(index) for index in range(len(self._blocks)))

    def update(self) -> None:
        """Follow the blocks: new ones are estimated, changed ones are out of date until they are seen.

        Has to come before anything is asked about blocks that may have changed.
        """
        changes = self._blocks.take_changes()
        self._heights.truncate(changes.first_new)
        for index in range(changes.first_new, len(self._blocks)):
            self._heights.append(self._estimate(index))
            self._estimated.add(self._blocks[index].id)
        for block_id in changes.touched:
            index = self.index_of(block_id)
            if index < changes.first_new and self._blocks[index].id == block_id:
                self._estimated.add(block_id)
                if block_id not in self._laid:
                    self._heights.set(index, self._estimate(index))

    def ensure(self, index: int) -> int:
        """Make a block's height exact, and return it."""
        block = self._blocks[index]
        if block.id in self._estimated or block.id not in self._laid:
            self.lines(index)
        return self._heights[index]

    def lines(self, index: int) -> Sequence[Line]:
        """Return a block's lines as they are now, a leading blank line included."""
        block = self._blocks[index]
        laid = self._laid.get(block.id)
        if laid is None or block.id in self._estimated:
            before = len(laid.lines) if laid else 0
            laid = self._refreshed(index, block, laid)
            self._laid[block.id] = laid
            self._kept_lines += len(laid.lines) - before
            self._heights.set(index, len(laid.lines))
            self._estimated.discard(block.id)
            self._forget_oldest()
        self._laid.move_to_end(block.id)
        return laid.lines

    def between(self, first_id: int | None, last_id: int | None) -> Iterator[tuple[AnyBlock, Sequence[Line]]]:
        """Yield the blocks from one id to another with their lines; None: from the first, to the last."""
        self.update()
        first = 0 if first_id is None else self.index_of(first_id)
        end = len(self) if last_id is None else self.index_of(last_id + 1)
        for index in range(first, end):
            yield self._blocks[index], self.lines(index)

    def measure_some(self, count: int) -> bool:
        """Make up to `count` guesses exact, without keeping lines; return whether guesses are left."""
        for block_id in sorted(self._estimated, reverse=True)[:count]:
            index = self.index_of(block_id)
            if block_id in self._laid:
                self.lines(index)
            elif index < len(self._blocks) and self._blocks[index].id == block_id:
                self._heights.set(index, len(self._refreshed(index, self._blocks[index], None).lines))
            self._estimated.discard(block_id)
        return bool(self._estimated)

    def _estimate(self, index: int) -> int:
        block = self._blocks[index]
        if self._hidden(block):
            return 0
        return self._gap(index) + estimated_height(block, self.width)

    def _hidden(self, block: AnyBlock) -> bool:
        return self.hides_reasoning and isinstance(block, ReasoningBlock)

    def _gap(self, index: int) -> int:
        """Return the number of blank lines above a block."""
        above = index - 1
        while above >= 0 and self._hidden(self._blocks[above]):
            above -= 1
        return 0 if above < 0 or stands_close(self._blocks[above], self._blocks[index]) else 1

    def _refreshed(self, index: int, block: AnyBlock, laid: _Laid | None) -> _Laid:
        if self._hidden(block):
            return _Laid([])
        gap = [EMPTY_LINE] * self._gap(index)
        if not isinstance(block, ReplyBlock | ReasoningBlock):
            return _Laid(gap + block_lines(block, self.width))
        state = (block.text.rewrites, block.folded, isinstance(block, ReplyBlock) and block.discarded)
        head = gap + head_lines(block, self.width)
        if laid is None or laid.body is None or laid.state != state:
            body = growing_body(block, self.width)
            laid = _Laid(list(head), body=body, body_start=len(head), state=state)
        else:
            laid.lines[: laid.body_start] = head
            laid.body_start = len(head)
        _grow(laid, block.text.whole)
        return laid

    def _forget_oldest(self) -> None:
        while self._kept_lines > MAX_KEPT_LINES and len(self._laid) > MIN_KEPT_BLOCKS:
            _, laid = self._laid.popitem(last=False)
            self._kept_lines -= len(laid.lines)


def _grow(laid: _Laid, text: str) -> None:
    """Lay out what was added to the text; lines that can't change stay the same values."""
    if laid.body is None:
        return
    kept = laid.body.stable
    laid.body.feed(text[laid.consumed_chars :])
    laid.consumed_chars = len(text)
    del laid.lines[laid.body_start + kept :]
    laid.lines += with_margin(laid.body.lines[kept:])
