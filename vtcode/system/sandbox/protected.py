"""Names at the top of a workspace that are kept free while a command runs.

A name that does not exist can't be mounted read-only, so an empty folder takes its place while commands run;
git and most programs pass an empty folder over. It is removed when the last command is done, also by another
process: each command holds a shared lock on it, and only who can lock it alone may remove it.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_PLACEHOLDER_MODE = 0o1700
"""The sticky bit tells an empty folder of ours, left by a process that was killed, from the user's own."""


def is_placeholder(path: str) -> bool:
    """Tell whether an empty folder of ours is at `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return _is_placeholder(descriptor)
    finally:
        os.close(descriptor)


def sweep_placeholders(roots: Iterable[Path], names: Collection[str]) -> None:
    """Remove the placeholders that killed processes left at the top of each root."""
    for root in roots:
        left = [name for name in names if is_placeholder(str(root / name))]
        with suppress(OSError):
            Placeholders([root], left).release()


class Placeholders:
    """The names that one command keeps free, until `release`."""

    def __init__(self, roots: Iterable[Path], names: Collection[str]) -> None:
        """Take the places of `names` that are free at the top of each root.

        Raises:
            OSError: One can't be taken.
        """
        self._held: dict[str, int] = {}
        # Where nothing can be written, a command can't create anything either.
        writable = [root for root in roots if os.access(root, os.W_OK)]
        try:
            for path in (str(root / name) for root in writable for name in names):
                if (descriptor := _take(path)) is not None:
                    self._held[path] = descriptor
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Give the places back, unless somebody else still keeps them or something was put there."""
        for path, descriptor in self._held.items():
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_same(path, descriptor):
                    Path(path).rmdir()
            os.close(descriptor)
        self._held.clear()


def _take(path: str) -> int | None:
    """Return a locked descriptor of the placeholder at `path`; None where something real is there."""
    while True:
        with suppress(FileExistsError):
            Path(path).mkdir(_PLACEHOLDER_MODE)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue  # given back by somebody else this moment
        except OSError:  # a file or a link
            return None
        if not _is_placeholder(descriptor):
            os.close(descriptor)
            return None
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if _is_same(path, descriptor):
            return descriptor
        os.close(descriptor)


def has_placeholder_mode(state: os.stat_result) -> bool:
    """Tell whether a folder looks like one of ours, as far as its mode tells."""
    # A folder whose group is handed down hands that bit down too.
    return stat.S_IMODE(state.st_mode) & ~stat.S_ISGID == _PLACEHOLDER_MODE


def _is_placeholder(descriptor: int) -> bool:
    return has_placeholder_mode(os.fstat(descriptor)) and not os.listdir(descriptor)


def _is_same(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
