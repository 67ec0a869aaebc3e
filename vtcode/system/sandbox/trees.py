"""What a workspace holds that other programs obey: names, at any depth, and folders that are repositories.

A whole tree is looked through before and after each command, so a folder that has not changed since is not
read again: its change time tells, which no program can set. Only file systems that are known to keep it
exactly are trusted with that.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from vtcode.system.denied import DeniedPaths
from vtcode.system.git_folders import is_repository, obeyed_by_git
from vtcode.system.inside import is_inside
from vtcode.system.sensitive import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_LEFT_OUT = frozenset({"node_modules", "site-packages", "__pycache__"})
"""Folders of other people's packages: large, thrown away as wholes, and nobody works in them."""

_MOUNTS = Path("/proc/self/mountinfo")
_EXACT_FILE_SYSTEMS = frozenset(
    {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs"}
)
_CLOCK_TICK_NS = 100_000_000
"""Changes that are less than this apart may get the same time."""

_Mark: TypeAlias = tuple[int, int, int]
"""Device, inode and change time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What other programs obey, by its paths, as they are written."""

    names: tuple[str, ...]
    """What has a protected name; what lies in it is not listed."""
    repositories: tuple[str, ...]
    """Folders that git takes for a repository by what is in them, whatever their name; the roots too."""
    closed: tuple[str, ...] = ()
    """What is closed to the model; what lies in it is not listed here."""


@dataclass(frozen=True, slots=True)
class _Folder:
    mark: _Mark
    names: tuple[str, ...]
    below: tuple[str, ...]
    """The folders to go on with."""
    is_repository: bool
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Settled:
    """What may be remembered: folders of this device that were last changed before this time."""

    device: int | None
    before_ns: int


class Trees:
    """Looks through folders, and remembers what did not change."""

    def __init__(self, names: Collection[str], denied: DeniedPaths | None = None) -> None:
        """Look for `names`, which are folded, and for what is closed."""
        self._names = names
        self._denied = denied or DeniedPaths()
        self._roots: tuple[str, ...] = ()
        self._remembered: dict[str, _Folder] = {}

    def look(self, roots: Sequence[Path]) -> Found:
        """Return what is there now; links are not walked through.

        Args:
            roots: Real paths.
        """
        names: list[str] = []
        repositories: list[str] = []
        closed: list[str] = []
        if self._roots != (own := tuple(map(str, roots))):
            self._roots = own  # what is closed depends on them
            self._remembered.clear()
        for root in own:
            settled = _Settled(_exact_device(root), time.time_ns() - _CLOCK_TICK_NS)
            waiting = [root]
            while waiting:
                path = waiting.pop()
                folder = self._folder(path, settled)
                if folder is None:
                    continue
                names += folder.names
                closed += folder.closed
                waiting += folder.below
                if folder.is_repository:
                    repositories.append(path)
        return Found(names=tuple(names), repositories=tuple(repositories), closed=tuple(closed))

    def _folder(self, path: str, settled: _Settled) -> _Folder | None:
        try:
            state = os.lstat(path)
            mark = state.st_dev, state.st_ino, state.st_ctime_ns
            remembered = self._remembered.get(path)
            if remembered and remembered.mark == mark:
                return remembered
            folder = self._read(path, mark)
        except OSError:  # gone, or not ours to look into: then a command can't change it either
            return None
        if state.st_dev == settled.device and state.st_ctime_ns < settled.before_ns:
            self._remembered[path] = folder
        return folder

    def _read(self, path: str, mark: _Mark) -> _Folder:
        names: list[str] = []
        below: list[str] = []
        closed: list[str] = []
        has_head = False
        is_closed = self._denied.rule_for(path, self._roots) != ""
        with os.scandir(path) as entries:
            for entry in entries:
                plain = folded(entry.name)
                has_head = has_head or plain == "head"
                if not is_closed and self._denied.rule_for(entry.path, self._roots):
                    closed.append(entry.path)
                if plain in self._names:
                    names.append(entry.path)
                elif entry.name not in _LEFT_OUT and entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
        return _Folder(mark, tuple(names), tuple(below), has_head and is_repository(path), tuple(closed))


def named_by_git(roots: Sequence[Path], cwd: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return what git's configuration, as it holds in `roots` and in `cwd`, has git obey in the workspace.

    Args:
        roots: Real paths.
        cwd: Where a command is to run.
        environment: The command's.

    Returns:
        Real paths, there or not; no root.
    """
    own = [str(root) for root in roots]
    folders = dict.fromkeys((*own, os.path.realpath(cwd)))
    obeyed = (path for folder in folders for path in obeyed_by_git(folder, own, environment))
    return tuple(path for path in dict.fromkeys(obeyed) if path not in own)


def _exact_device(root: str) -> int | None:
    """Return the device of `root`, if its file system keeps change times exactly."""
    holding, kind = "", ""
    with suppress(OSError):
        for line in _MOUNTS.read_text(errors="surrogateescape").splitlines():
            # proc_pid_mountinfo(5): the mount point is the fifth field, the type comes after a dash.
            fields, _, rest = line.partition(" - ")
            place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields.split(" ")[4])
            if is_inside(root, place) and len(place) >= len(holding):
                holding, kind = place, rest.partition(" ")[0]
        return os.lstat(root).st_dev if kind in _EXACT_FILE_SYSTEMS else None
    return None
