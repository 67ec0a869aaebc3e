"""Which hidden files a search program looks into after all, because an ignore file says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_IGNORE_FILES = (".gitignore", ".ignore", ".rgignore", ".git/info/exclude")
IGNORING_NAMES = frozenset(file.partition("/")[0] for file in _IGNORE_FILES)
"""What makes a folder one with ignore files."""
_MAX_BYTES = 1_000_000
_ALL = frozenset({"*"})


def names_let_in(folder: str) -> frozenset[str]:
    """Return patterns of the names that the ignore files of `folder` let in (`!.env`), hidden ones too."""
    return frozenset(name for file in _IGNORE_FILES for name in _let_in_by(f"{folder}/{file}"))


def names_let_in_above(folder: str) -> frozenset[str]:
    """Return the same of all folders that `folder` lies in."""
    return frozenset(name for parent in Path(folder).parents for name in names_let_in(str(parent)))


def _let_in_by(file: str) -> Iterator[str]:
    if not os.path.isfile(file):  # noqa: PTH113
        return
    try:
        content = Path(file).read_bytes()[:_MAX_BYTES].decode("utf-8-sig", errors="replace")
    except OSError:
        yield from _ALL
        return
    for line in content.splitlines():
        if line.startswith("!"):
            yield _last_name(line[1:])


def _last_name(pattern: str) -> str:
    """Return a pattern, as `fnmatch` reads it, of the names that one of an ignore file stands for."""
    name = pattern.rstrip().rstrip("/").rpartition("/")[2]
    # Brackets, braces and backslashes are read differently by different programs.
    return "*" if not name or any(character in name for character in "[]{}\\") else name
