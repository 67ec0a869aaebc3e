"""Folders and files that git obeys, whatever their name.

Some folders it takes for a repository by what is in them. A git command, or a shell's prompt, that is run in
such a one obeys its `config`, which can name programs to run: a "bare repository embedded in a work tree"
(see `safe.bareRepository` in git's documentation). Others a repository's configuration names: files that it
includes, and a folder of hooks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.system.installed import found_in_path, is_of_the_system

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def is_repository(folder: str) -> bool:
    """Tell whether git takes a folder for a repository by what is in it; that needs a `HEAD`."""
    return any(all(_holds(Path(folder), mark) for mark in marks) for marks in _MARKS)


def obeyed_by_git(folder: str, roots: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return what lies in the workspace and is obeyed by git in `folder`, because its configuration says so.

    Blocks for some milliseconds.

    Args:
        folder: A real path.
        roots: Real paths of the folders that count as the workspace.
        environ: A command's environment.

    Returns:
        Real paths of files and folders, there or not; empty also where git can't be asked.
    """
    git = found_in_path("git", folder, environ.get("PATH", ""))
    if not is_of_the_system(git, roots, home=environ.get("HOME", "")):
        return ()
    from vtcode.system.git_helpers import git_facts

    obeyed = git_facts(git, folder, environ).obeyed
    return tuple(path for path in obeyed if any(Path(path).is_relative_to(root) for root in roots))


def _holds(folder: Path, mark: str) -> bool:
    return os.path.lexists(folder / (mark.upper() if mark == "head" else mark))
