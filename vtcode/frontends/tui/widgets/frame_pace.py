"""How often what streams in is drawn."""

from __future__ import annotations

import time
from typing import Final

FRAME_S: Final = 1 / 30
"""At most one frame in this time while much streams in; what comes slowly is drawn as it comes."""
_MUCH: Final = 3
"""So many events for one frame are much."""
_COST_FACTOR: Final = 4
"""A frame that takes long makes the next ones rarer: drawing gets a quarter of the time at most."""


class FramePace:
    """Says when the next frame is due, by what the last one held and what it took."""

    def __init__(self) -> None:
        self._next_at = 0.0
        self._undrawn = 0

    @property
    def wait_s(self) -> float:
        """How long the next frame has to wait; 0 or less: it is due."""
        return self._next_at - time.monotonic()

    def note_event(self) -> None:
        """Count an event that the next frame will show."""
        self._undrawn += 1

    def note_frame(self, started: float) -> None:
        """Take a frame that began at this time, by the monotonic clock, and is drawn now."""
        cost_s = time.monotonic() - started
        pause_s = FRAME_S if self._undrawn >= _MUCH else 0.0
        self._next_at = started + max(pause_s, _COST_FACTOR * cost_s)
        self._undrawn = 0
