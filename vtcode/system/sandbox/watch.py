"""What became, while a command ran, of what other programs obey.

What exists is read-only inside a sandbox. Left are names that did not exist, links, which can't be mounted,
and what somebody outside replaced meanwhile: a mount goes with the file that it was made for. What is new
was made by the command, and is renamed, so that no program obeys it. A name that was there before is never
taken for new; that it changed is only told, because an editor may have saved it.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from vtcode.system.inside import is_inside_any
from vtcode.system.sandbox.base import Aftermath
from vtcode.system.sandbox.protected import has_placeholder_mode, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from vtcode.system.sandbox.trees import Found, Trees

_ASIDE = ".untrusted"

_Place: TypeAlias = tuple[int, int, str]
"""Device and inode of the folder, and the name in it: the same when that folder is moved. Nothing that is
protected can be taken out of its folder inside."""
_State: TypeAlias = str | tuple[int, ...]
"""Of a link its target, else numbers that tell whether something was changed or replaced. Empty: nothing that
could be."""


class Watch:
    """Looks at the workspace before a command starts, and once it is over."""

    def __init__(self, trees: Trees, roots: Sequence[Path], obeyed: Callable[[], Iterable[str]]) -> None:
        """Look at all that is protected.

        Args:
            trees: Finds what is protected by its name, or by what is in it.
            roots: Real paths.
            obeyed: Tells the real paths of what is protected beside that, there or not.
        """
        self._trees = trees
        self._roots = roots
        self._obeyed = obeyed
        found = trees.look(roots)
        self._further = self._led_to(found.names)
        self._repositories = {place for path in found.repositories if (place := _place(path))}
        listed = _by_place((*found.names, *found.repositories, *self._further))
        self.paths = tuple(path for path in listed.values() if Path(path) not in roots)
        """What is protected and there, as it is written, not followed; no root."""
        self.closed = found.closed
        """What is closed to the model, as it is written."""
        self._before = {place: (path, _state(path)) for place, path in listed.items()}

    def look_back(self, *, renames: bool) -> Aftermath:
        """Find what has changed; call it once the command is over.

        Args:
            renames: Undo what the command did: rename what is new, and put links back.
        """
        found = self._trees.look(self._roots)
        now = _by_place((*found.names, *found.repositories, *self._further))
        made = list(self._made(now, found))
        changed = [
            place for place, (_, state) in self._before.items() if self._has_changed(state, now.get(place))
        ]
        restored = [
            self._before[place][0] for place in changed if renames and self._restore(place, now.get(place))
        ]
        renamed = [path for path in made if renames and _rename(Path(path))]
        led_to = self._led_to([path for place, path in now.items() if place in self._before])
        elsewhere = (path for path in led_to if path not in self._further and os.path.lexists(path))
        return Aftermath(
            renamed=tuple(renamed),
            left=(*(path for path in made if path not in renamed), *elsewhere),
            restored=tuple(restored),
            changed=tuple(path for place in changed if (path := self._before[place][0]) not in restored),
        )

    def _led_to(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return where links among `names` lead to, and what is obeyed beside the names."""
        own = [str(root) for root in self._roots]
        targets = (os.path.realpath(path) for path in names if os.path.islink(path))  # noqa: PTH114
        return tuple(
            path
            for path in dict.fromkeys((*self._obeyed(), *targets))
            if is_inside_any(path, own) and not is_inside_any(path, names)
        )

    def _made(self, now: dict[_Place, str], found: Found) -> Iterator[str]:
        repositories = set(found.repositories)
        for place, path in now.items():
            if path in repositories and place not in self._repositories:
                yield f"{path}/HEAD"  # without it, it is none
            # Another session may keep a name free at this moment.
            elif path not in repositories and place not in self._before and not is_placeholder(path):
                yield path

    def _has_changed(self, before: _State, path: str | None) -> bool:
        if not before:  # a name that was kept free, and may be given back by now
            return path is not None and bool(_state(path))
        return path is None or _state(path) != before

    def _restore(self, place: _Place, now: str | None) -> bool:
        """Put back what was a link, beside what stands in its place."""
        path, target = self._before[place]
        if not isinstance(target, str) or (now and not _rename(Path(now))):
            return False
        with suppress(OSError), _folder_of(Path(now or path)) as folder:
            held = os.fstat(folder)
            if (held.st_dev, held.st_ino) == place[:2]:
                os.symlink(target, place[2], dir_fd=folder)
                return True
        return False


def _by_place(paths: Iterable[str]) -> dict[_Place, str]:
    """Return those of the paths that are there."""
    there = (path for path in paths if os.path.lexists(path))
    return {place: path for path in there if (place := _place(path))}


def _place(path: str) -> _Place | None:
    folder, _, name = path.rpartition("/")
    try:
        found = os.lstat(folder or "/")
    except OSError:
        return None
    return found.st_dev, found.st_ino, name


def _state(path: str) -> _State:
    """Return the state of what is at `path`; empty: nothing, or a name that is kept free.

    What is in a folder does not count: git writes into its own while commands run.
    """
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return os.readlink(path)  # noqa: PTH115 - a Path would lose a trailing slash
    except OSError:
        return ()
    if not stat.S_ISDIR(found.st_mode):
        # No program can set a file's change time, so that what it holds need not be read.
        return found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_ctime_ns
    return () if has_placeholder_mode(found) and is_placeholder(path) else (found.st_dev, found.st_ino)


@contextmanager
def _folder_of(path: Path) -> Iterator[int]:
    """Open the folder that `path` is in.

    Raises:
        OSError: It can't be opened, or a folder on the way to it leads elsewhere by now.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if Path(f"/proc/self/fd/{folder}").readlink() != path.parent:
            raise OSError("it was moved")
        yield folder
    finally:
        os.close(folder)


def _rename(path: Path) -> bool:
    with suppress(OSError), _folder_of(path) as folder:
        os.rename(path.name, _free_name(path), src_dir_fd=folder, dst_dir_fd=folder)
        return True
    return False


def _free_name(path: Path) -> str:
    name, number = f"{path.name}{_ASIDE}", 1
    while os.path.lexists(path.parent / name):
        number += 1
        name = f"{path.name}{_ASIDE}-{number}"
    return name
