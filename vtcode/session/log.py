"""The append-only record of a session: one event a line, written before it is shown.

One `write` a line to a file opened with O_APPEND, no buffer in between: a process killed at any moment has
lost nothing that was on the screen. A torn last line is tolerated on reading.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vtcode.details import TextDetails
from vtcode.errors import UnwritableFolder
from vtcode.events import (
    Event,
    ModelLoading,
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
    from_json,
    to_json,
)
from vtcode.messages import AssistantMessage, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

INTERRUPTED = "Interrupted: vtcode ended while this ran."


class SessionLog:
    """Appends events to one session's file."""

    def __init__(self, path: Path) -> None:
        """Open or create the file, for its owner only.

        Raises:
            UnwritableFolder: The folder or the file can't be written.
        """
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from error
        self._end_torn_line()

    def write(self, event: Event) -> None:
        """Append one event.

        Raises:
            UnwritableFolder: The disk is full, or the file went away.
        """
        line = (to_json(event) + "\n").encode("utf-8", "surrogatepass")
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _end_torn_line(self) -> None:
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a session's file; lines that are torn or of an unknown kind are passed over."""
    with path.open("rb") as file:
        for line in file:
            try:
                yield from_json(line)
            except ValueError:
                continue


def closing_events(events: Sequence[Event]) -> list[Event]:
    """Return what is missing where the program was killed at work, so that the record is whole.

    Text that had been shown becomes a reply that was cut; open calls get a result that says so.
    """
    turn: TurnStarted | None = None
    reply: str | None = None
    open_calls: dict[str, ToolStarted] = {}
    for event in events:
        match event:
            case TurnStarted():
                turn, reply = event, None
            case ReplyDelta():
                reply = (reply or "") + event.text
            case ModelLoading() | PromptProgress() | ReasoningDelta() | ToolCallDelta() if turn:
                reply = reply or ""
            case ReplyCompleted() | ReplyDiscarded():
                reply = None
            case ToolStarted():
                open_calls[event.call.id] = event
            case ToolFinished():
                open_calls.pop(event.call_id, None)
            case TurnEnded():
                turn = None
            case _:
                pass
    closing: list[Event] = [_closed(started) for started in open_calls.values()]
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


def _unwritable(path: Path, error: OSError) -> UnwritableFolder:
    return UnwritableFolder(
        f"The session can't be recorded in {path.parent}: {error.strerror or error}.",
        hint="Make the folder writable, or set XDG_STATE_HOME to a folder that is.",
    )
