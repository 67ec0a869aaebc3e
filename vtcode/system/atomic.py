"""Files replaced in one step: a reader, and a power cut, find the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PERMISSIONS = 0o777
"""Set-user-id and its like are not kept, as the system itself drops them when a file is written."""


def replace_file(
    name: str, data: bytes, *, folder: int, check: Callable[[], os.stat_result | None], mode: int = 0o666
) -> None:
    """Write `data` as `name` in the folder that `folder` is an open descriptor of.

    Args:
        name: A plain name, without a slash.
        data: The whole new content.
        folder: The descriptor is left open.
        check: Called at the last moment before the old file vanishes; raises to refuse. Returns the state of
            the file that is replaced, whose mode (and owner, where permitted) is kept, or None where there
            is none. Called once before as well, so that a hopeless write writes nothing.
        mode: Of a file that is new, before the user's umask.

    Raises:
        OSError: Nothing was changed, and no temporary file is left.
    """
    old = check()
    # A name of its own and not the file's with an ending: that could be too long.
    temporary = f".vtcode-{secrets.token_hex(6)}.tmp"
    descriptor = os.open(temporary, _CREATE, mode if old is None else 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if old is not None:
                _take_over(descriptor, old)
            os.fsync(descriptor)
        check()
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    with contextlib.suppress(OSError):  # some network file systems refuse it; the file itself is safe
        _sync_folder(folder)


def _sync_folder(folder: int) -> None:
    # `folder` may be a descriptor for looking things up alone.
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take_over(descriptor: int, old: os.stat_result) -> None:
    with contextlib.suppress(OSError):  # giving a file to someone else takes privileges
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode) & _PERMISSIONS)
