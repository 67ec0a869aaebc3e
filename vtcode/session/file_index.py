"""The names of files and folders, for completing them: listed in the background, kept, searched in slices.

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
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from vtcode.session.fuzzy import Rank

_FRESH_S: Final = 5.0
"""A list as old as this is made anew while the old one answers."""
_AT_ONCE: Final = 1_000
"""Names that are looked at before other tasks get their turn: 1 to 3 ms."""


class FileIndex:
    """Finds files and folders by a few letters; no empty folders, and nothing that ignore files name."""

    def __init__(
        self,
        folder: Path,
        *,
        added: Callable[[], Sequence[Path]] = tuple,
        find_program: Callable[[], str] = find_ripgrep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a folder's real path; nothing is listed yet.

        Args:
            folder: It need not exist.
            added: Returns the real paths of the folders that count as well, at the time of a search.
            find_program: Returns ripgrep's path; empty: ignore files are not known.
            clock: In seconds.
        """
        self._folder = folder
        self._added = added
        self._find_program = find_program
        self._clock = clock
        self._names: Sequence[str] = ()
        self._listed_at = float("-inf")
        self._listed_added: tuple[Path, ...] = ()
        """The added folders that the list knows of."""
        self._listing: asyncio.Task[None] | None = None

    async def search(self, letters: str, *, limit: int) -> tuple[str, ...]:
        """Return what `letters` may mean, the likeliest first; a folder's name ends with a slash.

        Names are relative to the folder, those below an added one absolute. The first search waits for the
        list, and so does one after a folder was added; others go by the last one, renewed meanwhile.
        """
        best: list[Rank] = []
        names = await self._listed()
        for start in range(0, len(names), _AT_ONCE):
            best = heapq.nsmallest(limit, best + ranked(names[start : start + _AT_ONCE], letters))
            await asyncio.sleep(0)
        return tuple(path for _, _, path in best)

    async def beginning_with(self, start: str) -> tuple[str, ...]:
        """Return the files and folders that begin with `start`, no deeper than the next slash, sorted.

        As a shell completes; `start` itself is not among them.
        """
        found: list[str] = []
        names = await self._listed()
        for first in range(0, len(names), _AT_ONCE):
            found += [name for name in names[first : first + _AT_ONCE] if _is_next(name, start)]
            await asyncio.sleep(0)
        return tuple(sorted(found))

    async def close(self) -> None:
        """Stop listing. Idempotent."""
        if self._listing:
            self._listing.cancel()
            await asyncio.wait({self._listing})

    async def _listed(self) -> Sequence[str]:
        """Return the list; wait for it where it does not know all folders."""
        added = tuple(self._added())
        listing = self._renewed(added)
        if listing and (self._listed_at == float("-inf") or added != self._listed_added):
            await asyncio.shield(listing)
        return self._names

    def _renewed(self, added: tuple[Path, ...]) -> asyncio.Task[None] | None:
        """Return the listing that runs, a new one where the list is old; None: it is fresh."""
        if self._listing and not self._listing.done():
            return self._listing
        if self._clock() - self._listed_at < _FRESH_S and added == self._listed_added:
            return None
        self._listing = asyncio.create_task(self._list(added))
        return self._listing

    async def _list(self, added: tuple[Path, ...]) -> None:
        names = await self._names_below(self._folder, "")
        for folder in added:
            names += await self._names_below(folder, f"{folder}/")
        self._names, self._listed_added = names, added
        self._listed_at = self._clock()

    async def _names_below(self, folder: Path, start: str) -> list[str]:
        """Return the names of what is below a folder, each behind `start`, which names the folder itself."""
        try:
            files = await names_below(folder, ripgrep=self._find_program())
        except ToolFailed:  # there is nothing to complete then; the tools will say why
            return []
        return await asyncio.to_thread(_with_folders, files, start)


def _is_next(name: str, start: str) -> bool:
    deeper = name.find("/", len(start))
    return name.startswith(start) and name != start and deeper in (-1, len(name) - 1)


def _with_folders(files: Iterable[str], start: str) -> list[str]:
    """Return the files, and before them the folders that they are in, with a slash."""
    names = [start + file for file in files]
    folders = {start} if start else set[str]()
    for name in names:
        folder = name[: name.rfind("/") + 1]
        while len(folder) > len(start) and folder not in folders:
            folders.add(folder)
            folder = folder[: folder.rfind("/", 0, -1) + 1]
    return [*folders, *names]
