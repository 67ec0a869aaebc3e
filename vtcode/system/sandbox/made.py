"""What a command made under a protected name where that could not be forbidden: found afterwards, and
renamed, so that no program obeys it.

What exists is read-only inside a sandbox, so whatever stands under a protected name and was not there before
is the command's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from vtcode.system.sandbox.protected import is_placeholder, protected_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_ASIDE = ".untrusted"
_Identity: TypeAlias = tuple[int, int]
"""Device and inode: a file that is moved keeps them, and one that exists can't be removed inside."""


class ProtectedBefore:
    """All that has a protected name before a command starts."""

    def __init__(self, roots: Sequence[Path], names: Collection[str]) -> None:
        """Look through `roots`, which are real paths, for `names`, which are folded."""
        self._roots = roots
        self._names = names
        self.paths = tuple(protected_entries(roots, names))
        """As they are written, not followed."""
        self._there = {identity for path in self.paths if (identity := _identity(path))}

    def set_aside(self) -> tuple[str, ...]:
        """Rename what has a protected name by now and had none before; call it once the command is over.

        Returns:
            The paths that were made, in no order. Each has a new name beside it, which ends in `.untrusted`.
        """
        made = [path for path in protected_entries(self._roots, self._names) if self._is_new(path)]
        return tuple(path for path in made if _rename(Path(path)))

    def _is_new(self, path: str) -> bool:
        identity = _identity(path)
        # Another session may keep a name free at this moment.
        return identity is not None and identity not in self._there and not is_placeholder(path)


def _identity(path: str) -> _Identity | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _rename(path: Path) -> bool:
    """Rename `path`, unless a folder on the way to it leads elsewhere by now."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if Path(f"/proc/self/fd/{folder}").readlink() == path.parent:
                os.rename(path.name, _free_name(path), src_dir_fd=folder, dst_dir_fd=folder)
                return True
        finally:
            os.close(folder)
    return False


def _free_name(path: Path) -> str:
    name, number = f"{path.name}{_ASIDE}", 1
    while os.path.lexists(path.parent / name):
        number += 1
        name = f"{path.name}{_ASIDE}-{number}"
    return name
