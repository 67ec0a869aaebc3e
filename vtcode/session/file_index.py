"""The names of a folder's files, for completing them: listed in the background, kept, and searched in slices.

Nothing here holds the event loop for more than a few milliseconds, however many files there are.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from typing import TYPE_CHECKING, Final

from vtcode.errors import ToolFailed
from vtcode.session.fuzzy import ranked
from vtcode.system.listing import names_below
from vtcode.system.ripgrep import find_ripgrep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vtcode.session.fuzzy import Rank

_FRESH_S: Final = 5.0
"""A list as old as this is made anew while the old one answers."""
_AT_ONCE: Final = 1_000
"""Names that are looked at before other tasks get their turn: 1 to 3 ms."""


class FileIndex:
    """Finds files below a folder by a few letters; those that ignore files name are not there."""

    def __init__(
        self,
        folder: Path,
        *,
        find_program: Callable[[], str] = find_ripgrep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a folder's real path; nothing is listed yet.

        Args:
            folder: It need not exist.
            find_program: Returns ripgrep's path; empty: ignore files are not known.
            clock: In seconds.
        """
        self._folder = folder
        self._find_program = find_program
        self._clock = clock
        self._names: Sequence[str] = ()
        self._listed_at = float("-inf")
        self._listing: asyncio.Task[None] | None = None

    async def search(self, letters: str, *, limit: int) -> tuple[str, ...]:
        """Return the files that `letters` may mean, the likeliest first, relative to the folder.

        The first search waits for the list; later ones go by the last one, which is renewed meanwhile.
        """
        listing = self._renewed()
        if listing and self._listed_at == float("-inf"):
            await asyncio.shield(listing)
        best: list[Rank] = []
        names = self._names
        for start in range(0, len(names), _AT_ONCE):
            best = heapq.nsmallest(limit, best + ranked(names[start : start + _AT_ONCE], letters))
            await asyncio.sleep(0)
        return tuple(path for _, _, path in best)

    async def close(self) -> None:
        """Stop listing. Idempotent."""
        if self._listing:
            self._listing.cancel()
            await asyncio.wait({self._listing})

    def _renewed(self) -> asyncio.Task[None] | None:
        """Return the listing that runs, a new one where the list is old; None: it is fresh."""
        if self._listing and not self._listing.done():
            return self._listing
        if self._clock() - self._listed_at < _FRESH_S:
            return None
        self._listing = asyncio.create_task(self._list())
        return self._listing

    async def _list(self) -> None:
        try:
            self._names = await names_below(self._folder, ripgrep=self._find_program())
        except ToolFailed:  # there is nothing to complete then; the tools will say why
            self._names = ()
        self._listed_at = self._clock()
