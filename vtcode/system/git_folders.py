"""Folders that git takes for a repository by what is in them, whatever their name.

A git command, or a shell's prompt, that is run in such a folder obeys its `config`, which can name programs
to run: a "bare repository embedded in a work tree" (see `safe.bareRepository` in git's documentation).
"""

from __future__ import annotations

import os
from pathlib import Path

# setup.c, is_git_directory: HEAD, with objects and refs beside it or where `commondir` says.
_MARKS = ({"head", "objects", "refs"}, {"head", "commondir"})


def git_folder_around(path: str, root: str) -> str:
    """Return the folder at or below `root` that makes a repository once there is something at `path`.

    Args:
        path: A real path.
        root: A real path; folders above it are not looked at.

    Returns:
        A real path; empty: there is no such folder.
    """
    below = Path(path)
    while below != below.parent and below.is_relative_to(root) and str(below) != root:
        folder, name = below.parent, below.name.casefold()
        if any(all(mark == name or _holds(folder, mark) for mark in marks) for marks in _MARKS):
            return str(folder)
        below = folder
    return ""


def _holds(folder: Path, mark: str) -> bool:
    return os.path.lexists(folder / (mark.upper() if mark == "head" else mark))
