"""What was probably meant by a path that does not exist."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

UNINTERESTING_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".tox"}
)
"""Folders that no listing and no search enters unless they are named."""

_MAX_FOLDERS = 400
_MAX_NAMES = 20_000


def nearest_paths(
    root: Path, missing: Path, *, is_closed: Callable[[Path], bool], count: int = 3
) -> list[str]:
    """Return up to `count` existing paths that resemble `missing`, relative to `root`; the best first.

    A file of the same name anywhere comes before a similar name in the same folder. Looks at a bounded
    number of names, so a large tree may yield nothing.

    Args:
        root: Where to look.
        missing: An absolute path below it.
        is_closed: Tells of an absolute path whether it must not be named.
        count: How many are wanted.
    """
    wanted = missing.name.casefold()
    found = [path for path in _paths_below(root) if PurePosixPath(path).name.casefold() == wanted]
    found = [path for path in found if not is_closed(root / path)]
    names = [name for name in _names_in(missing.parent) if not is_closed(missing.parent / name)]
    similar = get_close_matches(missing.name, names, n=count, cutoff=0.6)
    found += [(missing.parent / name).relative_to(root).as_posix() for name in similar]
    return list(dict.fromkeys(found))[:count]


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def _paths_below(root: Path) -> list[str]:
    paths: list[str] = []
    for visited, (folder, folders, files) in enumerate(os.walk(root)):
        if visited >= _MAX_FOLDERS or len(paths) >= _MAX_NAMES:
            break
        folders[:] = sorted(set(folders) - UNINTERESTING_FOLDERS)
        below = Path(folder).relative_to(root)
        paths += [(below / name).as_posix() for name in sorted(files)]
    return paths
