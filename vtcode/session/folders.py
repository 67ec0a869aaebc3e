"""The folders that the user added to the workspace for this session: which may be, what the model is told.

The system prompt stays as it is, because servers keep what they have read of a conversation only as long as
its beginning does not change. The model learns of the folders from a note that follows the next message.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.errors import UsageError
from vtcode.messages import Message, UserMessage
from vtcode.policy.paths import protected_name
from vtcode.system.finding import take_no_program_from
from vtcode.system.sensitive import is_sensitive
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vtcode.system.files import Workspace

_MARK = "[Note from vtcode] "
_NONE_LEFT = f"{_MARK}No folder beside the project is open to you any more."
_KERNEL_FOLDERS = (Path("/dev"), Path("/proc"), Path("/sys"))


class AddedFolders:
    """Adds folders to a workspace, and takes them back."""

    def __init__(self, workspace: Workspace, closed: Sequence[Path] = ()) -> None:
        """Work on `workspace`.

        Args:
            workspace: Its tools see a change at once.
            closed: The program's own folders, which can't be added.
        """
        self._workspace = workspace
        self._closed = tuple(Path(os.path.realpath(folder)) for folder in closed)

    def listed(self) -> tuple[Path, ...]:
        """Return the real paths of the added folders, in the order in which they were added."""
        return self._workspace.added

    @property
    def roots(self) -> tuple[Path, ...]:
        """The real paths of all folders that count as the workspace, its own first."""
        return self._workspace.roots

    def addable(self, typed: str) -> Path:
        """Return the real path of a folder that can be added.

        Args:
            typed: As the user wrote it: relative to the workspace, absolute, or from `~` on.

        Raises:
            UsageError: There is no such folder, or it can't be added; the message says why.
        """
        folder = self._real_path(typed)
        shown = revealed(str(folder), keep_newlines=False)
        if not os.path.isdir(folder):  # noqa: PTH112 - never raises
            raise UsageError(f"There is no folder {shown}.")
        if objection := self._objection(folder):
            raise UsageError(f"{shown} can't be added: {objection}.")
        return folder

    def add(self, folder: Path) -> None:
        """Have a result of `addable` count as the workspace.

        Raises:
            UsageError: It no longer is what it was.
        """
        if self.addable(str(folder)) != folder:
            raise UsageError(f"{revealed(str(folder), keep_newlines=False)} leads elsewhere than before.")
        take_no_program_from(folder)
        self._workspace.added = (*self._workspace.added, folder)

    def remove(self, typed: str) -> Path:
        """Take a folder back, and return its real path.

        Raises:
            UsageError: It was not added.
        """
        # It may have become a link meanwhile, which leads elsewhere: what was added counts.
        written = Path(os.path.abspath(self._written_path(typed)))  # noqa: PTH100 - as realpath has it
        folder = written if written in self._workspace.added else self._real_path(typed)
        if folder not in self._workspace.added:
            shown = revealed(str(folder), keep_newlines=False)
            raise UsageError(f"{shown} was not added.", hint="/add-dir --list shows what was.")
        self._workspace.added = tuple(added for added in self._workspace.added if added != folder)
        return folder

    def news(self, messages: Iterable[Message]) -> str:
        """Return what the model has to be told, by what it reads in `messages`; empty: nothing."""
        texts = [message.text for message in messages if isinstance(message, UserMessage)]
        told = next((text for text in reversed(texts) if text.startswith(_MARK)), "")
        names = ", ".join(revealed(str(folder), keep_newlines=False) for folder in self.listed())
        wanted = _NONE_LEFT if told else ""
        if names:
            wanted = f"{_MARK}The user opened folders beside the project to you; use absolute paths: {names}"
        return "" if wanted == told else wanted

    def _written_path(self, typed: str) -> Path:
        return self._workspace.root / os.path.expanduser(typed)  # noqa: PTH111 - never raises

    def _real_path(self, typed: str) -> Path:
        try:
            return Path(os.path.realpath(self._written_path(typed)))
        except ValueError:  # a NUL, half a surrogate pair
            raise UsageError(f"{revealed(typed, keep_newlines=False)} can't be a path.") from None

    def _objection(self, folder: Path) -> str:
        home = Path(os.path.realpath(os.path.expanduser("~")))  # noqa: PTH111 - never raises
        if home.is_relative_to(folder):
            return "it holds your home folder"
        if any(folder.is_relative_to(kernel) for kernel in _KERNEL_FOLDERS):
            return "it holds no files, but the system's insides"
        if any(folder.is_relative_to(own) or own.is_relative_to(folder) for own in self._closed):
            return "vtcode's own files are in it"
        if any(folder.is_relative_to(root) for root in self._workspace.roots):
            return "it is part of the workspace already"
        if name := protected_name(str(folder)):
            return f"what is in {name} steers other programs"
        return "it may hold secrets" if is_sensitive(str(folder)) else ""
