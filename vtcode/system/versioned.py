"""Which files are under version control: somebody looked at these before they came here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.system.environment import command_environment
from vtcode.system.finding import find_program
from vtcode.system.inside import is_inside

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMEOUT_S = 3.0
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "--literal-pathspecs")
"""With these, listing files runs no program that the repository names."""


def unversioned(workspace: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return those of `paths` that git does not keep, in their order; blocks for some milliseconds.

    A folder counts as kept if all that is in it and not ignored is. Without git, or a repository, nothing is.

    Args:
        workspace: The folder whose repository counts.
        paths: Files and folders, relative to it or absolute; links are followed.
    """
    root = os.path.realpath(workspace)
    real = {path: os.path.realpath(Path(root, path)) for path in paths}
    inside = {path: os.path.relpath(place, root) for path, place in real.items() if is_inside(place, root)}
    kept = _listed(root, [*inside.values()])
    added = _listed(root, [*inside.values()], "--others", "--exclude-standard")
    if kept is None or added is None:
        return tuple(paths)

    def is_kept(path: str) -> bool:
        place = inside.get(path)
        return place is not None and _holds(place, kept) and not _holds(place, added)

    return tuple(path for path in paths if not is_kept(path))


def project_files(workspace: Path) -> list[str] | None:
    """Return the files below a folder that git keeps or would keep, relative to it; None: it can't tell."""
    return _listed(os.path.realpath(workspace), ["."], "--cached", "--others", "--exclude-standard")


def _holds(place: str, files: Sequence[str]) -> bool:
    return (place == "." and bool(files)) or any(Path(file).is_relative_to(place) for file in files)


def _listed(root: str, places: Sequence[str], *options: str) -> list[str] | None:
    """Return the files that git lists at these places; None: it can't tell."""
    environment = command_environment(os.environ, mark="") | {"GIT_OPTIONAL_LOCKS": "0"}
    git = find_program("git", outside=(root,))
    if not git or not places:
        return [] if git else None
    try:
        done = subprocess.run(
            [git, *_SAFE, "ls-files", "-z", *options, "--", *places],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
