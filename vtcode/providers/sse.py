"""Server-sent events: bytes in, events out, however the bytes were cut (WHATWG HTML, section 9.2).

Nothing here does I/O.
"""

from __future__ import annotations

from typing import NamedTuple

from vtcode.errors import BadReply

MAX_EVENT_BYTES = 8 * 1024 * 1024
"""More than any reply's piece has; less than what would hurt to hold."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event of a stream."""

    event: str
    """`message` where the server gave it no name."""
    data: str


class SseDecoder:
    """Cuts a stream of bytes into events.

    Lines end in LF, CR or CRLF. An event that the end of the stream cuts off is never returned.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._unfinished_line = b""
        self._after_cr = False
        self._first_line = True
        self._event = ""
        self._data: list[str] = []
        self._data_bytes = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take the next bytes and return the events that they complete.

        Raises:
            BadReply: A line, or an event's data, is larger than the limit.
        """
        if not chunk:
            return []
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        lines = (self._unfinished_line + chunk).splitlines(keepends=True)
        self._after_cr = chunk.endswith(b"\r")
        complete = not lines or lines[-1].endswith((b"\n", b"\r"))
        self._unfinished_line = b"" if complete else lines.pop()
        self._check_size(len(self._unfinished_line))
        events = []
        for line in lines:
            event = self._take_line(line.rstrip(b"\r\n"))
            if event is not None:
                events.append(event)
        return events

    def _take_line(self, line: bytes) -> ServerSentEvent | None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            return self._completed_event()
        name, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"event":
            self._event = text
        elif name == b"data":
            self._add_data(text, len(value))
        elif name == b"error":
            # Not in the standard: llama.cpp's server wrote its failures as `error: {...}` until 2025.
            self._event = "error"
            self._add_data(text, len(value))
        return None

    def _add_data(self, text: str, size_bytes: int) -> None:
        self._data_bytes += size_bytes
        self._check_size(self._data_bytes)
        self._data.append(text)

    def _completed_event(self) -> ServerSentEvent | None:
        name, data = self._event, self._data
        self._event, self._data, self._data_bytes = "", [], 0
        return ServerSentEvent(name or "message", "\n".join(data)) if data else None

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._max_event_bytes:
            raise BadReply(
                f"The server sent an event of more than {self._max_event_bytes:,} bytes",
                hint="Check that base_url leads to a server of models.",
            )
