"""Folders opened by real path, component by component: no symlink is followed, whoever swaps one in.

A real path is judged before it is used. What is opened here lies at exactly that path or nowhere: each name
is looked up in the folder that was opened before it, and a symlink in its place is an error. The same calls
do it on Linux and macOS.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# To pass through a folder one need not be allowed to list it; O_PATH, where there is one, asks for no more.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def open_folder(path: Path, *, create_below: Path | None = None) -> Iterator[int]:
    """Open a folder from `/` on, as a descriptor for `dir_fd`, and close it after use.

    Args:
        path: As `os.path.realpath` returns it.
        create_below: Missing folders inside this one are made; None: none is.

    Raises:
        OSError: ELOOP where a part of the path is a symlink.
    """
    place = Path(path.anchor)
    descriptor = os.open(place, _FOLDER)
    try:
        for name in path.parts[1:]:
            may_create = create_below is not None and place.is_relative_to(create_below)
            deeper = _open_inner(name, descriptor, create=may_create)
            os.close(descriptor)
            descriptor = deeper
            place /= name
        yield descriptor
    finally:
        os.close(descriptor)


def state_of(path: Path) -> os.stat_result:
    """Return the state of what is at a real path, the link's own where it has become one.

    Raises:
        OSError: There is nothing, or a part of the path is a symlink.
    """
    with open_folder(path.parent) as folder:
        return os.stat(path.name or ".", dir_fd=folder, follow_symlinks=False)


def _open_inner(name: str, folder: int, *, create: bool) -> int:
    if create:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except NotADirectoryError:  # Linux says so of a symlink too
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
        raise
