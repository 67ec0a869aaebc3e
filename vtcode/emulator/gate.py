"""What tests hold replies with: a gate that they open, and a clock that they turn."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass


class Gate:
    """Holds replies where they pause, until another thread lets them go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        """Set while a reply waits whose client is still there."""
        self._lock = threading.Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._attended = 0

    async def hold(self, *, attended: bool = True) -> None:
        """Wait for `release`; `attended`: the client of this reply is still there."""
        opened = asyncio.Event()
        with self._lock:
            self._waiting[opened] = asyncio.get_running_loop()
            self._count(attended)
        try:
            await opened.wait()
        finally:
            with self._lock:
                self._waiting.pop(opened, None)
                self._count(-attended)

    def release(self) -> None:
        """Let all replies that wait now go on; from any thread."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self.reached.clear()
        for opened, loop in waiting.items():
            loop.call_soon_threadsafe(opened.set)

    def _count(self, change: int) -> None:
        self._attended += change
        if change > 0:
            self.reached.set()
        elif not self._attended:
            self.reached.clear()


class Hold:
    """A place where one reply waits: for the gate, or for so many seconds."""

    def __init__(self, gate: Gate, seconds: float | None = None) -> None:
        self._gate = gate
        self._seconds = seconds
        self._until_s: float | None = None

    async def wait(self, *, attended: bool = True) -> None:
        """Wait for the gate, or for what is left of the time."""
        if self._seconds is None:
            await self._gate.hold(attended=attended)
            return
        now_s = asyncio.get_running_loop().time()
        if self._until_s is None:
            self._until_s = now_s + self._seconds
        await asyncio.sleep(self._until_s - now_s)


@dataclass(slots=True, kw_only=True)
class Clock:
    """The server's time; it stands still unless it runs, so that a test decides how late it is."""

    runs: bool = False
    ahead_s: float = 1_780_000_000.0
    """Seconds since 1970 where the clock stands still; seconds ahead of the machine's where it runs."""

    def now_s(self) -> float:
        """Return the seconds since 1970."""
        return self.ahead_s + (time.time() if self.runs else 0.0)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.ahead_s += seconds
