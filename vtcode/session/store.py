"""The recorded sessions: where each lies, what it was about, which one to resume.

One file a session, in one folder a workspace; no index and no lock, so two vtcodes never wait for each other.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.errors import SessionInUse, SessionNotFound, UnwritableFolder
from vtcode.events import SessionStarted, TurnStarted
from vtcode.session.log import is_in_use, read_events

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = 1_000_000
"""How much of a session is read to learn its workspace and first message."""
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TURN = b'"type":"turn_started"'
"""As `to_json` ends such a line; within a text, its quotes would be escaped."""
OUTPUTS = ".outputs"
"""Ends the name of the folder beside a session's file that keeps its long texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """A session on disk."""

    id: str
    path: Path
    workspace: str
    model: str
    first_message: str
    changed_at: float
    """Seconds since the epoch."""
    size_bytes: int
    newer_in_use: str = ""
    """The id of the newest session there, which could not be had instead: another vtcode writes to it."""


class SessionStore:
    """The sessions below one state folder."""

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder / "sessions"

    def new_path(self, workspace: Path) -> Path:
        """Return the path of a new session's file; its stem is the session's id."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        return self.folder_of(workspace) / f"{stamp}-{secrets.token_hex(2)}.jsonl"

    def folder_of(self, workspace: Path) -> Path:
        """Return the folder of one workspace's sessions and prompt history."""
        digest = hashlib.sha256(str(workspace).encode()).hexdigest()[:8]
        label = re.sub(r"[^A-Za-z0-9._-]+", "-", workspace.name)[:40] or "root"
        return self._folder / f"{label}-{digest}"

    def branch(self, path: Path, workspace: Path) -> RecordedSession:
        """Copy a session, with the long texts that it keeps, as one of its own, for its owner only.

        Raises:
            UnwritableFolder: It can't be written.
        """
        copy = self.new_path(workspace)
        try:
            copy_privately(path, copy)
            if path.with_suffix(OUTPUTS).is_dir():
                shutil.copytree(path.with_suffix(OUTPUTS), copy.with_suffix(OUTPUTS))
        except (OSError, shutil.Error) as error:
            copy.unlink(missing_ok=True)
            raise UnwritableFolder(
                f"The session can't be copied to {copy.parent}.", hint="Check the disk's free space."
            ) from error
        return _describe(copy) or RecordedSession(
            id=copy.stem, path=copy, workspace="", model="", first_message="", changed_at=0, size_bytes=0
        )

    def recorded(self, workspace: Path | None = None) -> list[RecordedSession]:
        """Return the sessions of one workspace, or of all; the one changed last comes first."""
        folder = self.folder_of(workspace) if workspace else self._folder
        pattern = "*.jsonl" if workspace else "*/*.jsonl"
        found = [session for path in folder.glob(pattern) if (session := _describe(path))]
        return sorted(found, key=lambda session: session.changed_at, reverse=True)

    def latest(self, workspace: Path) -> RecordedSession:
        """Return the workspace's session that was changed last, and that no running vtcode writes to.

        Raises:
            SessionInUse: Each one is open in another vtcode.
            SessionNotFound: There is none.
        """
        told_in = [session for session in self.recorded(workspace) if session.first_message]
        for session in told_in:
            if not is_in_use(session.path):
                return session if session is told_in[0] else replace(session, newer_in_use=told_in[0].id)
        if told_in:
            raise SessionInUse(
                f"The session {told_in[0].id} is open in another vtcode.",
                hint="Leave it there first, or start a new session here.",
            )
        raise SessionNotFound(
            f"There is no session to continue in {workspace}.",
            hint="Start one with vtcode; vtcode sessions list --all shows those of other folders.",
        )

    def find(self, session_id: str) -> RecordedSession:
        """Return the session with this id, or the only one whose id begins so.

        Raises:
            SessionNotFound: None does, or several do.
        """
        matching = [session for session in self.recorded() if session.id.startswith(session_id)]
        exact = [session for session in matching if session.id == session_id]
        if len(exact or matching) == 1:
            return (exact or matching)[0]
        what = "No session has" if not matching else f"{len(matching)} sessions have ids that begin with"
        raise SessionNotFound(f"{what} the id {session_id!r}.", hint="vtcode sessions list --all shows them.")


def copy_privately(path: Path, copy: Path) -> None:
    """Copy a file for its owner only.

    Raises:
        OSError: It can't be, or the copy is there already.
    """
    with path.open("rb") as old, os.fdopen(os.open(copy, _CREATE, 0o600), "wb") as new:
        shutil.copyfileobj(old, new)


def turns_in(path: Path) -> int:
    """Return how many messages a session's file has turns for; 0 where it can't be read."""
    try:
        with path.open("rb") as file:
            return sum(_TURN in line for line in file)
    except OSError:
        return 0


def _describe(path: Path) -> RecordedSession | None:
    workspace = model = first_message = ""
    try:
        status = path.stat()
        for event in read_events(path, max_bytes=_HEAD_BYTES):
            if isinstance(event, SessionStarted):
                workspace, model = event.workspace, event.model
            if isinstance(event, TurnStarted):
                first_message = event.text
                break
    except OSError:
        return None
    return RecordedSession(
        id=path.stem,
        path=path,
        workspace=workspace,
        model=model,
        first_message=first_message,
        changed_at=status.st_mtime,
        size_bytes=status.st_size,
    )
