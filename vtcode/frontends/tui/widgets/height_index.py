"""Heights of many blocks, with where each begins found in logarithmic time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class HeightIndex:
    """A Fenwick tree: sums over any number of heights cost its logarithm, and so does changing one."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights: list[int] = []
        self._tree: list[int] = [0]
        """Node i (from 1) holds the sum of the last `i & -i` heights up to it."""
        for height in heights:
            self.append(height)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def append(self, height: int) -> None:
        """Add a height at the end."""
        self._heights.append(height)
        node = len(self._heights)
        below = node & -node
        self._tree.append(height + self.top(node - 1) - self.top(node - below))

    def truncate(self, length: int) -> None:
        """Keep only the first `length` heights."""
        del self._heights[length:]
        del self._tree[length + 1 :]

    def set(self, index: int, height: int) -> None:
        """Change a height."""
        change = height - self._heights[index]
        if not change:
            return
        self._heights[index] = height
        node = index + 1
        while node < len(self._tree):
            self._tree[node] += change
            node += node & -node

    def top(self, index: int) -> int:
        """Return the sum of the heights before `index`."""
        total = 0
        while index > 0:
            total += self._tree[index]
            index &= index - 1
        return total

    @property
    def total(self) -> int:
        """The sum of all heights."""
        return self.top(len(self._heights))

    def find(self, y: int) -> tuple[int, int]:
        """Return the index of what covers line `y`, and the line's number within it.

        A `y` before the first line gives the first thing; one after the last line gives the last thing's end.
        """
        if y < 0 or not self._heights:
            return 0, 0
        index, rest = 0, y
        step = 1 << len(self._heights).bit_length()
        while step:
            node = index + step
            if node < len(self._tree) and self._tree[node] <= rest:
                index = node
                rest -= self._tree[node]
            step >>= 1
        if index >= len(self._heights):
            index = len(self._heights) - 1
            rest = max(0, self._heights[index] - 1)
        return index, rest
