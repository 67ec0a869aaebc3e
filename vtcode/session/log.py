"""The append-only record of a session: one event a line, written before it is shown.

One `write` a line to a file opened with O_APPEND, no buffer in between: a process killed at any moment has
lost nothing that was on the screen. A torn last line is tolerated on reading.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vtcode.errors import UnwritableFolder
from vtcode.events import (
    Event,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
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
    """Return what is missing where the program was killed inside a turn, so that the record is whole.

    Text that had been shown becomes a reply that was cut; open calls get a result that says so.
    """
    turn: TurnStarted | None = None
    open_calls: dict[str, ToolStarted] = {}
    text = ""
    in_reply = False
    for event in events:
        match event:
            case TurnStarted():
                turn, open_calls, text, in_reply = event, {}, "", False
            case ReplyDelta():
                text, in_reply = text + event.text, True
            case ReplyCompleted() | ReplyDiscarded():
                text, in_reply = "", False
            case ToolStarted():
                open_calls[event.call.id] = event
            case ToolFinished():
                open_calls.pop(event.call_id, None)
            case TurnEnded():
                turn = None
            case _:
                pass
    if turn is None:
        return []
    return _closing(turn, open_calls, text if in_reply else "")


def _closing(turn: TurnStarted, open_calls: dict[str, ToolStarted], text: str) -> list[Event]:
    from vtcode.details import TextDetails

    closing: list[Event] = []
    if text.strip():
        message = AssistantMessage(text=text.strip())
        closing.append(ReplyCompleted(message=message, finish="cut", usage=Usage(estimated=True)))
    closing.extend(
        ToolFinished(
            call_id=started.call.id,
            name=started.call.name,
            status="cancelled",
            text=INTERRUPTED,
            details=TextDetails(text=INTERRUPTED),
        )
        for started in open_calls.values()
    )
    closing.append(TurnEnded(turn=turn.turn, outcome="cancelled", usage=Usage(), error=INTERRUPTED))
    return closing


def _unwritable(path: Path, error: OSError) -> UnwritableFolder:
    return UnwritableFolder(
        f"The session can't be recorded in {path.parent}: {error.strerror or error}.",
        hint="Make the folder writable, or set XDG_STATE_HOME to a folder that is.",
    )
