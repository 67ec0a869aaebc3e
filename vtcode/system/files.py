"""The door to files: the workspace, what may be read and written in it, and what the model has seen of it.

Every path comes in through `Workspace.resolve`, which follows symlinks and refuses what leads out. The result
holds no symlink any more. It is what the policy judges, and what is opened, component by component
(`vtcode.system.folders`): a link swapped in between leads nowhere, the call fails, and the next one is judged
anew.

A file is never written in place but replaced. So a write changes one name: a hard link to the old content, in
the workspace or elsewhere, keeps it.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.errors import FileChanged, FileMissing, FileUnusable, OutsideWorkspace, ToolFailed
from vtcode.system.atomic import replace_file
from vtcode.system.denied import DeniedPaths
from vtcode.system.folders import open_folder, state_of
from vtcode.system.nearest import nearest_paths
from vtcode.system.sandbox.protected import has_placeholder_mode
from vtcode.system.seen import SeenFile, unseen_file
from vtcode.system.text_file import decode, digest_of, encode
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from vtcode.system.text_file import TextFile

MAX_FILE_BYTES = 10 * 1024 * 1024
_MAX_PATH_BYTES = 4_000
"""Linux takes 4,095 in one call; going name by name could make folders that nobody can reach again."""

# O_NONBLOCK: opening a FIFO that nobody writes to must not wait. O_NOCTTY: a terminal must not become ours.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwritten:
    """A file as it is just before a write."""

    path: Path
    """A real path."""
    content: bytes | None
    """None: there is none yet."""
    mode: int
    """Its permissions; 0 where there is none."""
    after: str
    """The digest of what it is to hold."""
    new_folders: int = 0
    """How many folders around it the write makes."""


class Workspace:
    """The folder that the model works in, and those that the user added to it."""

    def __init__(
        self, root: Path, own_folders: Sequence[Path] = (), denied: DeniedPaths | None = None
    ) -> None:
        """Take the folder by its real path.

        Args:
            root: Relative paths start here.
            own_folders: The program's own, with grants and sessions: closed even where the root holds them.
            denied: What the user closed: listings and searches leave it out. None: nothing.
        """
        self.root = Path(os.path.realpath(root))
        self.added: tuple[Path, ...] = ()
        """Real paths of further folders that count as the workspace; named by absolute paths."""
        self.own_folders = tuple(Path(os.path.realpath(folder)) for folder in own_folders)
        self._denied = denied or DeniedPaths()
        self.keeper: Callable[[Overwritten], AbstractContextManager[None]] | None = None
        """Keeps what a write replaces, and is told by an exception where it did not come to that."""
        self.seen: dict[Path, SeenFile] = {}
        """What the model knows of each file that it read or wrote in this session."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """Real paths of all folders that count as the workspace, its own first."""
        return (self.root, *self.added)

    def is_closed(self, path: Path) -> bool:
        """Tell whether the user closed an absolute path to the model."""
        return bool(self._denied.rule_for(str(path), [str(root) for root in self.roots]))

    def root_of(self, path: Path) -> Path:
        """Return the innermost of `roots` that holds `path`, a result of `resolve`.

        Raises:
            OutsideWorkspace: None does any longer, because the user took a folder back.
        """
        holding = [root for root in self.roots if path.is_relative_to(root)]
        if not holding:
            raise OutsideWorkspace(f"{self.display(path)} no longer belongs to the workspace.")
        return max(holding, key=lambda root: len(root.parts))

    def resolve(self, path: str) -> Path:
        """Return the real path that `path` leads to; it need not exist. Empty: the root.

        Args:
            path: As the model wrote it, relative to the root, or absolute.

        Raises:
            OutsideWorkspace: It leads out, or can't be a path here. The text is for the model.
        """
        shown = revealed(path, keep_newlines=False)
        if "\0" in path:
            raise OutsideWorkspace(f"{shown} can't be a path: it holds a NUL.")
        if path.startswith("~"):
            raise OutsideWorkspace(
                f"{shown}: ~ is not expanded; give a path relative to the workspace.",
                hint="For a name that begins with ~ write ./ before it.",
            )
        try:
            real = Path(os.path.realpath(self.root / path))
        except (OSError, ValueError):  # a lone surrogate, too many links
            raise OutsideWorkspace(f"{shown} can't be a path.") from None
        if len(os.fsencode(real)) > _MAX_PATH_BYTES:
            raise OutsideWorkspace(f"{shown[:80]}… is too long for a path.")
        if not any(real.is_relative_to(root) for root in self.roots):
            raise OutsideWorkspace(
                f"{shown} is outside the workspace; nothing outside it can be read or written.",
                hint=self._inner_reading(path) or self._other_folders(),
            )
        if any(real.is_relative_to(folder) for folder in self.own_folders):
            raise OutsideWorkspace(f"{shown} is vtcode's own; tools neither read nor write there.")
        return real

    def display(self, path: Path) -> str:
        """Return a path of `resolve` as people and the model see it.

        Relative, `.` for the root itself; absolute in an added folder. Characters that would hide or reorder
        text are spelled out.
        """
        below = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        return revealed(below.as_posix(), keep_newlines=False)

    def read(self, path: Path) -> TextFile:
        """Return the text file at `path`, a result of `resolve`; never blocks on a device or a pipe.

        Raises:
            FileMissing: With the nearest names in the hint.
            FileUnusable: Binary, larger than `MAX_FILE_BYTES`, a folder, a device, or not permitted.
        """
        shown = self.display(path)
        data = self._read_bytes(path)
        try:
            return decode(data)
        except FileUnusable as problem:
            raise FileUnusable(f"{shown} can't be read as text: {problem.message}.") from None

    def write(self, path: Path, text: str, *, like: TextFile | None, expected_digest: str | None) -> str:
        """Replace or create the file at `path` in one step.

        The new state counts as seen where the model knew all of the old one, or there was none.

        Folders that are missing are made. The mode of an existing file is kept.

        Args:
            path: A result of `resolve`.
            text: The whole content, with LF newlines.
            like: Whose encoding and newlines are kept; None: UTF-8, as it is.
            expected_digest: What the file must hold now; None: it must not exist.

        Returns:
            The digest of the new content.

        Raises:
            FileChanged: The disk holds something else than expected.
            ToolFailed: It can't be written (permissions, a full disk); nothing was changed.
        """
        shown = self.display(path)
        root = self.root_of(path)
        if path == root:
            raise _folder_instead_of_file(shown)
        try:
            data = encode(text, like)
        except FileUnusable as problem:
            raise FileUnusable(f"{shown} was not written: {problem.message}.", hint=problem.hint) from None
        made = sum(not os.path.lexists(parent) for parent in path.parents)
        with _explained(shown, "write"), open_folder(path.parent, create_below=root) as folder:

            def check() -> os.stat_result | None:
                return _expected_state(path.name, folder, shown, expected_digest)

            check()  # before anything is kept: what is kept must be what is replaced
            with self._kept(path, folder, is_new=expected_digest is None, after=digest_of(data), made=made):
                replace_file(path.name, data, folder=folder, check=check)
        digest = digest_of(data)
        knew_all = like is None or not like.text or self.seen.get(path) == SeenFile(digest=like.digest)
        self.seen[path] = SeenFile(digest=digest) if knew_all else unseen_file(digest, text)
        return digest

    def require_writable(self, path: Path) -> None:
        """Check what can be known before somebody is asked about a change of `path`.

        Raises:
            ToolFailed: The user may not write there, whatever they answer, or the path leads nowhere.
        """
        shown = self.display(path)
        there = next(parent for parent in (path, *path.parents) if os.path.lexists(parent))
        folder = there.parent if there == path else there
        with _explained(shown, "write"):
            if (there == path and not _may_write(path.stat().st_mode, path)) or not os.access(
                folder, os.W_OK
            ):
                raise _read_only(shown)

    def count_as_seen(self, path: Path, file: TextFile, lines: Iterable[tuple[int, int]]) -> None:
        """Remember that the model has seen ranges of lines of `file`, which is what `path` held when read."""
        seen = self.seen.get(path)
        if seen is None or seen.digest != file.digest:
            seen = unseen_file(file.digest, file.text)
        for first, last in lines:
            seen = seen.with_lines(first, last)
        self.seen[path] = seen

    def require(self, path: Path) -> None:
        """Make sure that there is a folder or a regular file at `path`, a result of `resolve`.

        Raises:
            FileMissing: With the nearest names in the hint.
            FileUnusable: It is neither.
            OutsideWorkspace: It no longer belongs to the workspace, or a symlink was put into its path.
        """
        self.root_of(path)
        if not self.exists(path):
            raise self._missing(path, f"There is no {self.display(path)}.")
        with _explained(self.display(path), "read"):
            state = state_of(path)
            if stat.S_ISLNK(state.st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if not stat.S_ISDIR(state.st_mode):
            _require_regular(state, self.display(path))

    def exists(self, path: Path) -> bool:
        """Tell whether anything, also a folder or a device, is at `path`, a result of `resolve`."""
        return os.path.lexists(path)

    def _kept(
        self, path: Path, folder: int, *, is_new: bool, after: str, made: int
    ) -> AbstractContextManager[None]:
        """Have kept what a file holds while it is replaced."""
        if self.keeper is None:
            return nullcontext()
        if is_new:
            overwritten = Overwritten(path=path, content=None, mode=0, after=after, new_folders=made)
        else:
            mode = stat.S_IMODE(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode)
            content = _content(path.name, folder, self.display(path))
            overwritten = Overwritten(path=path, content=content, mode=mode, after=after)
        return self.keeper(overwritten)

    def _read_bytes(self, path: Path) -> bytes:
        shown = self.display(path)
        if path == self.root_of(path):
            raise _folder_instead_of_file(shown)
        try:
            with _explained(shown, "read"), open_folder(path.parent) as folder:
                return _content(path.name, folder, shown)
        except FileMissing as problem:
            raise self._missing(path, problem.message) from None

    def _missing(self, path: Path, message: str) -> FileMissing:
        root = self.root_of(path)
        nearest = nearest_paths(root, path, is_closed=self.is_closed)
        names = ", ".join(self.display(root / name) for name in nearest)
        return FileMissing(message, hint=f"Nearest: {names}." if names else "")

    def _other_folders(self) -> str:
        if not self.added:
            return ""
        names = ", ".join(self.display(folder) for folder in self.added)
        return f"Beside the workspace these folders are open to you, by absolute path: {names}."

    def _inner_reading(self, path: str) -> str:
        """Return a hint for `/src/a.py` where `src/a.py` is what exists."""
        relative = path.lstrip("/")
        if not path.startswith("/") or not relative or self.is_closed(self.root / relative):
            return ""
        if os.path.exists(self.root / relative):  # noqa: PTH110 - never raises
            return f"Paths are relative to the workspace: try {revealed(relative, keep_newlines=False)}."
        return ""


def _content(name: str, folder: int, shown: str) -> bytes:
    # Looked at first, because opening a device may set something off.
    state = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISLNK(state.st_mode):
        _require_regular(state, shown)
    descriptor = os.open(name, _READ, dir_fd=folder)
    try:
        _require_regular(os.fstat(descriptor), shown)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > MAX_FILE_BYTES:
        raise FileUnusable(
            f"{shown} is larger than {MAX_FILE_BYTES // 1024 // 1024} MB: too large to read or edit here.",
            hint="Search it with grep_file, or print a part of it with a command.",
        )
    return data


def _folder_instead_of_file(shown: str) -> FileUnusable:
    return FileUnusable(f"{shown} is a folder.", hint="list_files shows what is in it.")


def _kept_free(shown: str) -> FileUnusable:
    return FileUnusable(
        f"{shown} is kept free while a command runs in the background, which must not create it.",
        hint="Ask the user to end that command (/jobs), and try again.",
    )


def _require_regular(state: os.stat_result, shown: str) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise _kept_free(shown) if has_placeholder_mode(state) else _folder_instead_of_file(shown)
    if not stat.S_ISREG(state.st_mode):
        raise FileUnusable(f"{shown} is a device, a pipe or a socket, not a regular file.")


def _may_write(mode: int, path: str | Path, folder: int | None = None) -> bool:
    """Tell whether a file may be replaced: by who may do anything, too, only where its mode says so."""
    return bool(mode & stat.S_IWUSR) and os.access(path, os.W_OK, dir_fd=folder)


def _read_only(shown: str) -> FileUnusable:
    return FileUnusable(f"{shown} is read-only; nothing was written.")


def _expected_state(name: str, folder: int, shown: str, expected_digest: str | None) -> os.stat_result | None:
    """Return the state of the file that is about to be replaced, None where there is none.

    Raises:
        FileChanged: It is not as expected.
        FileUnusable: It may not be replaced.
    """
    try:
        state = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        if expected_digest is None:
            return None
        raise FileChanged(f"{shown} was deleted meanwhile; nothing was written.") from None
    _require_regular(state, shown)
    if expected_digest is None:
        raise FileChanged(f"{shown} was created meanwhile; nothing was written.", hint="Read it first.")
    if not _may_write(state.st_mode, name, folder):
        raise _read_only(shown)
    if digest_of(_content(name, folder, shown)) != expected_digest:
        raise FileChanged(f"{shown} changed on disk meanwhile; nothing was written.", hint="Read it again.")
    return state


@contextmanager
def _explained(shown: str, verb: str) -> Iterator[None]:
    """Turn the system's errors into results for the model."""
    try:
        yield
    except OSError as error:
        raise _explanation(error, shown, verb) from None


def _explanation(error: OSError, shown: str, verb: str) -> ToolFailed:
    match error.errno:
        case errno.ENOENT:
            return FileMissing(f"There is no file {shown}.")
        case errno.ENOTDIR:
            return FileMissing(f"There is no file {shown}: a part of its path is not a folder.")
        case errno.ELOOP:
            return OutsideWorkspace(
                f"Could not {verb} {shown}: a symlink in its path goes in a circle, or was put there since "
                "the call was judged.",
                hint="Call again to have the path judged as it is now.",
            )
        case errno.ENXIO:
            return FileUnusable(f"{shown} is a device, a pipe or a socket, not a regular file.")
        case errno.EACCES | errno.EPERM:
            return FileUnusable(f"No permission to {verb} {shown}.")
        case errno.EROFS:
            return FileUnusable(f"{shown} is on a read-only file system.")
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return ToolFailed(f"The disk is full; {shown} was not written and is as it was.")
        case _:
            return ToolFailed(f"Could not {verb} {shown}: {error.strerror}.")
