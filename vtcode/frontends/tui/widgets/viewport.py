"""Where the reader is: at the end, or held at a block while everything above and below changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.frontends.tui.rendering.lines import Line
    from vtcode.frontends.tui.widgets.block_layouts import BlockLayouts


class Viewport:
    """A window of some lines onto the layouts; makes exact what is in sight, and a page around it."""

    def __init__(self, layouts: BlockLayouts) -> None:
        self.height = 0
        self.follows = True
        """It stays at the end, whatever is added."""
        self._layouts = layouts
        self._block = 0
        self._share = 0.0
        self._line = 0
        """The block at the top, and which of its lines; where its height changed, the share of it."""

    def follow(self) -> None:
        """Stay at the end from now on."""
        self.follows = True

    def go_to(self, y: int) -> None:
        """Put line `y` at the top, and hold it there; follow if that is the end."""
        self.follows = y >= self._last_top()
        self._hold(y)

    def hold(self) -> None:
        """Keep what is at the top now, even where that is the end."""
        self._hold(self._top_now())
        self.follows = False

    def remember(self) -> None:
        """Note how far down its block the top line is, before heights change with the width."""
        height = max(1, self._layouts.height(self._block)) if self._layouts.total_height else 1
        self._share = self._line / height
        self._line = -1

    def settle(self) -> int:
        """Make exact what is in sight; return the line that belongs at the top."""
        if not len(self._layouts):
            return 0
        if not self.follows:
            top = self._settle_at_block()
            if top < self._last_top():
                return top
            self.follows = True
        self._ensure_upwards(len(self._layouts) - 1, 2 * self.height)
        self._hold(self._last_top())
        return self._last_top()

    def rows(self, top: int) -> Iterator[tuple[int, int, Line]]:
        """Yield block, line number within it and line for each row in sight, from the top."""
        if not len(self._layouts):
            return
        index, first = self._layouts.find(top)
        left = self.height
        while left > 0 and index < len(self._layouts):
            lines = self._layouts.lines(index)[first : first + left]
            for number, line in enumerate(lines, first):
                yield index, number, line
            left -= len(lines)
            index, first = index + 1, 0

    def _last_top(self) -> int:
        return max(0, self._layouts.total_height - self.height)

    def _top_now(self) -> int:
        return self._last_top() if self.follows else self._layouts.top(self._block) + max(0, self._line)

    def _hold(self, y: int) -> None:
        self._block, self._line = self._layouts.find(y)

    def _settle_at_block(self) -> int:
        self._block = min(self._block, len(self._layouts) - 1)
        height = self._layouts.ensure(self._block)
        line = int(self._share * height) if self._line < 0 else self._line
        self._line = max(0, min(line, height - 1))
        left = 2 * self.height - (height - self._line)
        index = self._block + 1
        while left > 0 and index < len(self._layouts):
            left -= self._layouts.ensure(index)
            index += 1
        self._ensure_upwards(self._block - 1, self.height)
        return self._layouts.top(self._block) + self._line

    def _ensure_upwards(self, index: int, lines: int) -> None:
        while lines > 0 and index >= 0:
            lines -= self._layouts.ensure(index)
            index -= 1
