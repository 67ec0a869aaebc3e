"""The one door through which vtcode finds a program that it starts by itself, outside of every sandbox.

What the model can write must not be what vtcode runs next: an activated environment puts folders of the
workspace on the PATH, and a command in the sandbox may put a `git` there. So nothing is taken from folders
that were named here. They are the process's, not a session's: programs are looked for in many places, and
what one session may write, another must not run. Their number only grows.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from vtcode.system.inside import is_inside_any
from vtcode.system.installed import found_in_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_written_by_commands: set[str] = set()
"""Real paths."""


def take_no_program_from(folder: Path | str) -> None:
    """Have no program be taken from a folder that commands can write to, as long as this process lives."""
    _written_by_commands.add(os.path.realpath(folder))


def find_program(
    name: str,
    *,
    other_places: Sequence[Path] = (),
    outside: Iterable[str] = (),
) -> str:
    """Return the path of a program, usually from the PATH; empty: there is none.

    None counts that lies, by its name or by where links lead, in a folder that `take_no_program_from` was
    told of, or that everybody may write. Neither do folders of the PATH that are relative: they would be
    looked for in the user's workspace.

    Args:
        name: Without a folder.
        other_places: Files to try where the PATH has none.
        outside: Real paths of further folders that it must not lie in.
    """
    closed = (*_written_by_commands, *outside)
    on_path = (f"{folder}/{name}" for folder in _absolute_folders())
    candidates = (*on_path, *map(str, other_places))
    return next((found for found in candidates if _is_runnable(found) and not _lies_in(found, closed)), "")


def own_search_path() -> str:
    """Return the PATH without the folders that no program is taken from, for programs that start others."""
    return os.pathsep.join(
        folder
        for folder in _absolute_folders()
        if not is_inside_any(os.path.realpath(folder), _written_by_commands)
    )


def _absolute_folders() -> list[str]:
    return [folder for folder in os.get_exec_path() if folder.startswith("/")]


def _is_runnable(path: str) -> bool:
    return bool(found_in_path(path, "/", ""))


def _lies_in(program: str, closed: Iterable[str]) -> bool:
    """Tell whether others than the user and his package managers can say what the program is."""
    real = os.path.realpath(program)
    places = (real, real.rpartition("/")[0] or "/", os.path.realpath(program.rpartition("/")[0] or "/"))
    if any(is_inside_any(place, closed) for place in places):
        return True
    try:
        return any(os.stat(place).st_mode & stat.S_IWOTH for place in places)  # noqa: PTH116
    except OSError:
        return True
