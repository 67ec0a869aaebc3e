"""What is kept of a command's output: its head, its tail, and a count of the rest. Pure.

However much a command writes, memory stays bounded.
"""

from __future__ import annotations

import codecs

_HEAD_BYTES = 4_096
_LIVE_BYTES = 8_192
"""The most that one piece of live output holds; a flood shows its newest bytes."""


class TailBuffer:
    """The last `max_bytes` of what was added, and how many bytes went before them."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept = bytearray()
        self._trimmed_bytes = 0

    def add(self, data: bytes) -> None:
        """Append bytes."""
        self._kept += data
        if len(self._kept) > 2 * self._max_bytes:  # twice, so that trimming costs little per byte
            self._trim()

    def __len__(self) -> int:
        return min(len(self._kept), self._max_bytes)

    @property
    def dropped_bytes(self) -> int:
        """How many bytes came before those that are kept."""
        return self._trimmed_bytes + max(0, len(self._kept) - self._max_bytes)

    def value(self) -> bytes:
        """Return the bytes that are kept."""
        self._trim()
        return bytes(self._kept)

    def clear(self) -> None:
        """Forget everything, the count included."""
        self._kept.clear()
        self._trimmed_bytes = 0

    def _trim(self) -> None:
        surplus = max(0, len(self._kept) - self._max_bytes)
        self._trimmed_bytes += surplus
        del self._kept[:surplus]


class KeptOutput:
    """The output of one command: what can still be told about it, and what was not yet shown live."""

    def __init__(self, max_tail_bytes: int) -> None:
        self.total_bytes = 0
        self._head = bytearray()
        self._tail = TailBuffer(max_tail_bytes)
        self._live = TailBuffer(_LIVE_BYTES)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, data: bytes) -> None:
        """Take up what the command wrote."""
        self.total_bytes += len(data)
        self._head += data[: max(0, _HEAD_BYTES - len(self._head))]
        self._tail.add(data)
        self._live.add(data)

    @property
    def has_live(self) -> bool:
        """Whether something was added since the last `take_live`."""
        return len(self._live) > 0

    def take_live(self) -> str:
        """Return what was added since the last call, raw; a flood is cut to its newest bytes and says so.

        A character whose bytes came only in part waits for the rest.
        """
        skipped, data = self._live.dropped_bytes, self._live.value()
        self._live.clear()
        if not skipped:
            return self._decoder.decode(data)
        self._decoder.reset()
        newest = self._decoder.decode(_from_whole_character(data))
        return f"\r\n[... {skipped:,} bytes not shown ...]\r\n{newest}"

    @property
    def dropped_bytes(self) -> int:
        """How many bytes came before the tail that is kept."""
        return self._tail.dropped_bytes

    def tail(self) -> str:
        """Return the end of the output, raw; all of it where `dropped_bytes` is 0."""
        data = self._tail.value()
        return (_from_whole_character(data) if self.dropped_bytes else data).decode(errors="replace")

    def parts(self) -> tuple[str, int, str]:
        """Return the head, the count of bytes lost after it, and the tail, all raw.

        Where nothing was lost the head is empty and the tail is everything.
        """
        lost = self.total_bytes - len(self._head) - len(self._tail.value())
        if not self.dropped_bytes:
            return "", 0, self.tail()
        if lost <= 0:
            whole = bytes(self._head) + self._tail.value()[-lost:]
            return "", 0, whole.decode(errors="replace")
        # An incremental decoder leaves a character that was cut at the end of the head out.
        head = codecs.getincrementaldecoder("utf-8")("replace").decode(bytes(self._head))
        return head, lost, self.tail()


def _from_whole_character(data: bytes) -> bytes:
    """Return UTF-8 that was cut at its start without the rest of a cut character."""
    start = 0
    while start < min(3, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    return data[start:]
