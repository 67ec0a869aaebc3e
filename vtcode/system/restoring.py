"""The door by which files go back to what they held: only where they still hold what is expected.

Paths are real ones, opened component by component: a link that was put into one leads nowhere.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from vtcode.errors import FileChanged
from vtcode.system.atomic import replace_file
from vtcode.system.folders import open_folder
from vtcode.system.text_file import digest_of

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def content_at(path: Path) -> bytes | None:
    """Return what a regular file holds; None: there is nothing.

    Raises:
        OSError: It can't be read, is no regular file, is too large, or lies behind a link.
    """
    try:
        with open_folder(path.parent) as folder:
            return _content(path.name, folder)
    except FileNotFoundError:
        return None


def put_back(path: Path, content: bytes | None, *, expected: str, mode: int, new_folders: int = 0) -> None:
    """Have a file hold `content` again; None: have it gone.

    Args:
        path: A real path.
        content: What it held.
        expected: The digest of what it holds now; empty: it is not there.
        mode: Its permissions, where it is to be there.
        new_folders: How many of the folders around it were made for it: they go, too, where they are empty.

    Raises:
        FileChanged: It holds something else.
        OSError: It can't be written.
    """
    with open_folder(path.parent) as folder:

        def check() -> os.stat_result | None:
            held = _content(path.name, folder)
            if (digest_of(held) if held is not None else "") != expected:
                raise FileChanged(f"{path} changed meanwhile.")
            return None if held is None else os.stat(path.name, dir_fd=folder, follow_symlinks=False)

        if content is None:
            check()
            os.unlink(path.name, dir_fd=folder)
        else:
            replace_file(path.name, content, folder=folder, check=check, mode=mode)
            _set_mode(path.name, folder, mode)
    for made in list(path.parents)[:new_folders] if content is None else ():
        with suppress(OSError), open_folder(made.parent) as folder:
            os.rmdir(made.name, dir_fd=folder)


def _content(name: str, folder: int) -> bytes | None:
    try:
        # Looked at first, because opening a device may set something off.
        state = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        descriptor = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def _set_mode(name: str, folder: int, mode: int) -> None:
    with suppress(OSError):
        descriptor = os.open(name, _READ, dir_fd=folder)
        try:
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)
