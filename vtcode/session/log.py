"""The append-only record of a session: one event a line, written before it is shown.

One `write` a line to a file opened with O_APPEND, no buffer in between: a process killed at any moment has
lost nothing that was on the screen. A torn last line is tolerated on reading.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from vtcode.details import TextDetails
from vtcode.errors import SessionInUse, UnwritableFolder
from vtcode.event_json import from_json, to_json
from vtcode.events import (
    Event,
    PermissionRequested,
    PermissionResolved,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    ToolCallDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from vtcode.messages import AssistantMessage, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

INTERRUPTED = "Interrupted: vtcode ended while this ran."


class SessionLog:
    """Appends events to one session's file."""

    def __init__(self, path: Path) -> None:
        """Open or create the file, for its owner only, and hold its lock while the program lives.

        Raises:
            UnwritableFolder: The folder or the file can't be written.
            SessionInUse: Another vtcode writes to it.
        """
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from error
        if not _locked(self._descriptor):
            self.close()
            raise SessionInUse(
                f"The session {path.stem} is open in another vtcode.",
                hint="Leave it there first, or start a new session here.",
            )
        self._end_torn_line()

    def write(self, line: bytes) -> None:
        """Append one event's line (`recordable`).

        Raises:
            UnwritableFolder: The disk is full, or the file went away.
        """
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def record(self, line: bytes) -> UnwritableFolder | None:
        """Append one event's line, or close the file for good and return why that can't be done."""
        try:
            self.write(line)
        except UnwritableFolder as problem:
            self.close()
            return problem
        return None

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _end_torn_line(self) -> None:
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")


def recordable(event: Event) -> tuple[Event, bytes]:
    """Return the event as it can be recorded, and its line.

    Half a surrogate pair (from a file's name, or a server's JSON) has no UTF-8 form and becomes U+FFFD,
    before anybody sees the event: what is recorded, shown and sent must be the same.
    """
    line = to_json(event)
    try:
        return event, line.encode() + b"\n"
    except UnicodeEncodeError:
        whole = line.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return from_json(whole), whole.encode() + b"\n"


def is_in_use(path: Path) -> bool:
    """Tell whether a running vtcode writes to this session."""
    with path.open("rb") as file:
        return not _locked(file.fileno())


def read_events(path: Path, *, max_bytes: int | None = None) -> Iterator[Event]:
    """Yield the events of a session's file; lines that are torn or of an unknown kind are passed over.

    With `max_bytes`, lines that begin further into the file are left out.
    """
    position = 0
    with path.open("rb") as file:
        for line in file:
            if max_bytes is not None and position > max_bytes:
                return
            position += len(line)
            with suppress(ValueError):
                yield from_json(line)


def closing_events(events: Sequence[Event]) -> list[Event]:
    """Return what is missing where the program was killed at work, so that the record is whole.

    Text that had been shown becomes a reply that was cut; open calls get a result that says so.
    """
    turn: TurnStarted | None = None
    reply: str | None = None
    open_calls: dict[str, ToolStarted] = {}
    asked: set[str] = set()
    for event in events:
        match event:
            case TurnStarted():
                turn, reply = event, None
            case ReplyDelta():
                reply = (reply or "") + event.text
            case PromptProgress() | ReasoningDelta() | ToolCallDelta() if turn:
                reply = reply or ""
            case ReplyCompleted() | ReplyDiscarded():
                reply = None
            case ToolStarted():
                open_calls[event.call.id] = event
            case PermissionRequested():
                asked.add(event.call_id)
            case PermissionResolved():
                asked.discard(event.call_id)
            case ToolFinished():
                open_calls.pop(event.call_id, None)
            case TurnEnded():
                turn = None
            case _:
                pass
    closing: list[Event] = [
        PermissionResolved(call_id=call_id, decision="cancelled", scope="once") for call_id in sorted(asked)
    ]
    closing += [_closed(started) for started in open_calls.values()]
    if reply is not None:
        closing.append(_cut_reply(reply))
    if turn:
        closing.append(TurnEnded(turn=turn.turn, outcome="cancelled", usage=Usage(), error=INTERRUPTED))
    return closing


def _cut_reply(text: str) -> Event:
    if not text.strip():
        return ReplyDiscarded(reason=INTERRUPTED)
    message = AssistantMessage(text=text.strip())
    return ReplyCompleted(message=message, finish="cut", usage=Usage(estimated=True))


def _closed(started: ToolStarted) -> ToolFinished:
    return ToolFinished(
        call_id=started.call.id,
        name=started.call.name,
        status="cancelled",
        text=INTERRUPTED,
        details=TextDetails(text=INTERRUPTED),
    )


def _locked(descriptor: int) -> bool:
    """Take the lock if nobody has it; it goes with the process, whatever ends that."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks: nothing to go by
    return True


def _unwritable(path: Path, error: OSError) -> UnwritableFolder:
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    mend = "Free some space there" if is_full else "Make the folder writable"
    return UnwritableFolder(
        f"The session can't be recorded in {path.parent}: {error.strerror or error}.",
        hint=f"{mend}, or set XDG_STATE_HOME to another folder.",
    )
