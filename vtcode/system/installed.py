"""Which program a name stands for, and whether it is the system's own.

A name says nothing: what is put beside the system's programs, in the user's own folders, in an environment of
Python or in the workspace, may be called `ls` and do anything.
"""

from __future__ import annotations

import os
import stat
import sysconfig
from functools import cache
from typing import TYPE_CHECKING

from vtcode.system.inside import is_inside_any

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCRATCH_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp")  # noqa: S108
_FOLDERS_OF_PACKAGES = (
    "/bin", "/sbin", "/lib", "/usr", "/snap", "/System", "/Library",
    "/opt/homebrew", "/home/linuxbrew/.linuxbrew", "/opt/local", "/nix/store", "/gnu/store",
)  # fmt: skip
"""What the system and package managers install into, also where these leave the folders to the user."""


def found_in_path(name: str, folder: str, search_path: str) -> str:
    """Return the file that bash would run for `name` in `folder`; empty: none."""
    if not name:
        return ""
    if "/" in name:
        candidates = [name if name.startswith("/") else f"{folder}/{name}"]
    else:
        # An empty or relative entry of PATH is meant from the current folder.
        entries = search_path.split(":")
        candidates = [f"{entry if entry[:1] == '/' else f'{folder}/{entry}'}/{name}" for entry in entries]
    return next((found for found in candidates if _is_runnable(found)), "")


def is_of_the_system(
    program: str,
    roots: Sequence[str],
    *,
    home: str,
    scratch: Sequence[str] = _SCRATCH_FOLDERS,
    packages: Sequence[str] = _FOLDERS_OF_PACKAGES,
) -> bool:
    """Tell whether a program is the system's own, or came with this one.

    It is, if it lies where packages are installed, or if it and its folder belong to root and nobody else may
    write there; by the path that was found as well as by its real path. Never in the workspace, in a home
    folder or where everybody may write.

    Args:
        program: As `found_in_path` returns it; empty: none.
        roots: Real paths of the folders that count as the workspace.
        home: The user's home folder; empty or `/`: none that counts.
        scratch: Folders for temporary files.
        packages: Folders that packages are installed into.
    """
    if not program:
        return False
    real = os.path.realpath(program)
    found_folder = os.path.realpath(program.rpartition("/")[0] or "/")
    real_folder = real.rpartition("/")[0] or "/"
    folders = {found_folder, real_folder}
    own = os.path.realpath(home) if home.strip("/") else ""
    if _any_inside((*folders, real, program), (*roots, *scratch)):
        return False
    if found_folder == _own_scripts() and real.endswith("/rg"):
        return True
    if own and _any_inside((*folders, real), (own,)):
        return False
    try:
        states = [os.stat(place) for place in (real, *folders)]  # noqa: PTH116
    except OSError:
        return False
    if any(state.st_mode & stat.S_IWOTH for state in states):
        return False
    return all(is_inside_any(place, packages) for place in folders) or (
        os.geteuid() != 0 and all(state.st_uid == 0 and not state.st_mode & stat.S_IWGRP for state in states)
    )


@cache
def _own_scripts() -> str:
    """Return where the programs lie that came with this one: the search tool runs its ripgrep anyway."""
    return os.path.realpath(sysconfig.get_path("scripts"))


def _any_inside(places: Sequence[str], folders: Sequence[str]) -> bool:
    return any(is_inside_any(place, folders) for place in places)


def _is_runnable(path: str) -> bool:
    try:
        return os.access(path, os.X_OK) and stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError):  # a NUL in it
        return False
