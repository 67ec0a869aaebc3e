"""Which file that may hold secrets a search through folders would read. Only names are looked at, and git's
configuration, whose addresses may hold tokens."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.system.ignore_files import IGNORING_NAMES, names_let_in, names_let_in_above
from vtcode.system.sensitive import folded, is_sensitive_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_ENTRIES = 200_000
"""Folders that hold more than this are not looked through to their end."""

_GIT = ".git"
_GIT_CONFIGURATION = frozenset({"config", "config.worktree", "credentials"})
_GIT_FOLDERS_WITHOUT = frozenset({"objects", "refs", "logs", "hooks", "info", "branches"})
_TOKEN = re.compile(rb"https?://[^/\s]*@|extraheader|token|password|\[credential", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSearch:
    """What a program that searches through folders reads in them."""

    operands: tuple[str, ...]
    """Words that name where it starts, patterns among them; empty: the current folder."""
    only: tuple[str, ...] = ()
    """Patterns of file names; empty: all names."""
    skips_hidden: bool = False
    """It passes over names that begin with a dot, but for those that an ignore file lets in."""


def secret_in_reach(
    starts: Iterable[str],
    search: FolderSearch,
    *,
    is_closed: Callable[[str], bool] | None = None,
    max_entries: int = MAX_ENTRIES,
) -> str | None:
    """Return the first file or folder below `starts` that the search would read and that may hold secrets.

    Links are not followed, as the programs don't. Empty: none; None: there is too much to look at.

    Args:
        starts: Real paths.
        search: What is read in them.
        is_closed: Tells of a path whether it counts as a secret, whatever its name; None: of none.
        max_entries: How much is looked at.
    """
    waiting = [start for start in starts if os.path.isdir(start)]  # noqa: PTH112
    left = max_entries
    let_in = (
        {name for start in waiting for name in names_let_in_above(start)} if search.skips_hidden else set()
    )
    while waiting:
        folder = waiting.pop()
        listed = list(_entries(folder))
        if search.skips_hidden and any(entry.name in IGNORING_NAMES for entry in listed):
            let_in |= names_let_in(folder)
        entries = [entry for entry in listed if _is_entered(entry, search, let_in)]
        left -= len(entries)
        if left < 0:
            return None
        if secret := next((found for entry in entries if (found := _secret_at(entry, search))), ""):
            return secret
        closed = (entry for entry in entries if is_closed and is_closed(entry.path))
        if entry := next((e for e in closed if e.is_dir() or _is_searched(e.name, search)), None):
            return entry.path
        waiting += [e.path for e in entries if e.name != _GIT and e.is_dir(follow_symlinks=False)]
    return ""


def _is_entered(entry: os.DirEntry[str], search: FolderSearch, let_in: set[str]) -> bool:
    is_passed_over = search.skips_hidden and entry.name.startswith(".") and not _fits(entry.name, let_in)
    return not entry.is_symlink() and not is_passed_over


def _secret_at(entry: os.DirEntry[str], search: FolderSearch) -> str:
    if entry.name == _GIT:
        # As a file it says where the repository is, and no more.
        return _secret_of_git(entry.path, search) if entry.is_dir() else ""
    if not is_sensitive_name(entry.name):
        return ""
    return entry.path if entry.is_dir() or _is_searched(entry.name, search) else ""


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _is_searched(name: str, search: FolderSearch) -> bool:
    return not search.only or _fits(name, search.only)


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(folded(name), pattern.casefold()) for pattern in patterns)


def _secret_of_git(folder: str, search: FolderSearch) -> str:
    """Return a file of git's configuration, that of submodules too, which seems to hold a token."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _GIT_FOLDERS_WITHOUT]
        for name in files:
            path = Path(place, name)
            if name in _GIT_CONFIGURATION and _is_searched(name, search) and _holds_token(path):
                return str(path)
    return ""


def _holds_token(path: Path) -> bool:
    try:
        return _TOKEN.search(path.read_bytes()) is not None
    except OSError:
        return True
