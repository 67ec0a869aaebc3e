"""The folder for temporary files that the commands of one session have to themselves.

It is removed when the session ends. One whose session was killed is removed by a later session: each session
holds a lock on its own folder as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import threading
import weakref
from contextlib import suppress
from pathlib import Path

from vtcode.system.finding import take_no_program_from

_PREFIX = "vtcode-sandbox-"


class ScratchFolder:
    """A new folder, until `close` or the end of this process."""

    def __init__(self) -> None:
        self.path, lock = _locked_folder()
        take_no_program_from(self.path)
        self._remove = weakref.finalize(self, _remove, self.path, lock)
        threading.Thread(target=sweep, daemon=True).start()  # much may have to be removed

    def close(self) -> None:
        """Remove it with all that is in it; may be called again."""
        self._remove()


def sweep() -> None:
    """Remove what sessions of this user left that were killed."""
    left: list[Path] = []
    with suppress(OSError):  # the folder for temporary files itself may be gone
        left += Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")
    for path in left:
        with suppress(OSError):
            if path.lstat().st_uid == os.geteuid() and (lock := _lock(path)) is not None:
                _remove(str(path), lock)


def _locked_folder() -> tuple[str, int]:
    while True:
        path = tempfile.mkdtemp(prefix=_PREFIX)
        # None: another process that sweeps was faster.
        if (lock := _lock(Path(path))) is not None:
            return os.path.realpath(path), lock


def _lock(path: Path) -> int | None:
    """Return a locked descriptor of a folder; None where somebody else holds it or has removed it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(path.lstat(), os.fstat(descriptor)):
            return descriptor
    os.close(descriptor)
    return None


def _remove(path: str, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):  # some programs make folders that forbid removing what is in them
        for folder, names, _ in os.walk(path):
            for name in names:
                _make_writable(Path(folder, name))
        shutil.rmtree(path, ignore_errors=True)
    os.close(lock)


def _make_writable(folder: Path) -> None:
    with suppress(OSError):
        if not folder.is_symlink():
            folder.chmod(stat.S_IRWXU)
