"""The door to listing: which files there are, without those that nobody wants to see.

Hidden files are listed; what ignore files name is not, nor are `.git`, `node_modules` and their like.
Symlinks are not followed.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vtcode.system.nearest import UNINTERESTING_FOLDERS
from vtcode.system.ripgrep import COMMON_OPTIONS, run_bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vtcode.system.ripgrep import Output

_MAX_BYTES: Final = 16_000_000
_MAX_FILES: Final = 200_000
_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files below a folder."""

    files: tuple[str, ...]
    """Relative to the folder, with slashes, in the order of their parts."""
    complete: bool
    """False: there are more than are kept, or the time ran out."""


async def list_below(folder: Path, *, ripgrep: str) -> Listing:
    """Return the files below a folder.

    Args:
        folder: A real path.
        ripgrep: The program's path; empty: ignore files are not known.

    Raises:
        ToolFailed: ripgrep can't be started.
    """
    if not ripgrep:
        return await asyncio.to_thread(_walked, folder)
    output = await _listed(folder, ripgrep)
    return Listing(files=_sorted(_names(output)), complete=not (output.cut or output.timed_out))


async def names_below(folder: Path, *, ripgrep: str) -> tuple[str, ...]:
    """Return the files of `list_below` in any order, without keeping the event loop waiting for many.

    Raises:
        ToolFailed: ripgrep can't be started.
    """
    if not ripgrep:
        return (await asyncio.to_thread(_walked, folder)).files
    output = await _listed(folder, ripgrep)
    return await asyncio.to_thread(lambda: tuple(_names(output)))


def symlinks_in(folder: Path) -> list[tuple[str, str]]:
    """Return the symlinks in a folder with what they point to, sorted by name; none if it is unreadable."""
    try:
        links = sorted(entry for entry in folder.iterdir() if entry.is_symlink())
        return [(link.name, str(link.readlink())) for link in links]
    except OSError:
        return []


async def _listed(folder: Path, ripgrep: str) -> Output:
    argv = [ripgrep, *COMMON_OPTIONS, "--files", "--null", "--", "./"]
    return await run_bounded(argv, cwd=folder, max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S, separator=b"\0")


def _names(output: Output) -> Iterator[str]:
    return (os.fsdecode(name).removeprefix("./") for name in output.stdout.split(b"\0") if name)


def _walked(root: Path) -> Listing:
    files: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - UNINTERESTING_FOLDERS)
        below = Path(folder)
        files += [
            (below / name).relative_to(root).as_posix() for name in names if not (below / name).is_symlink()
        ]
        if len(files) > _MAX_FILES:
            return Listing(files=_sorted(files[:_MAX_FILES]), complete=False)
    return Listing(files=_sorted(files), complete=True)


def _sorted(files: Iterable[str]) -> tuple[str, ...]:
    # As their parts would sort, in a third of the time: no name holds a NUL, and nothing sorts before it.
    return tuple(sorted(files, key=lambda path: path.replace("/", "\0")))
