"""The guard against answering a question with keys that were meant for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTLED_S = 0.25
"""Longer than a key that is already on its way, shorter than it takes to read the shortest question."""
_PAUSE_S = 1.0
"""Longer than the gap between two words of somebody who is typing a message."""
_RECENT_S = 2.0


class TypeAheadGuard:
    """Lets keys through once the user can have seen the question.

    A question comes up when the model likes, so it may come up under the fingers of somebody who is typing:
    a `y` or an Enter of theirs must not approve anything. Keys count after the keyboard has been quiet for a
    moment since the question appeared; for a longer moment where the user was typing just before. From the
    first key that counts, all do.
    """

    def __init__(self, clock: Callable[[], float], *, last_key_at: float | None) -> None:
        """Take a clock in seconds, and when a key was last pressed on it; None: never."""
        self._clock = clock
        self._last_key_at = last_key_at
        self._quiet_since: float | None = None
        self._quiet_s = _SETTLED_S
        self._open = False

    def appeared(self) -> None:
        """The question is on the screen now; before this call no key counts."""
        now = self._clock()
        if self._last_key_at is not None and now - self._last_key_at < _RECENT_S:
            self._quiet_s = _PAUSE_S
        self._quiet_since = now

    @property
    def was_typing(self) -> bool:
        """Whether keys wait for a longer pause, as the user was typing."""
        return self._quiet_s == _PAUSE_S

    def admits(self) -> bool:
        """Return whether the key that was just pressed counts."""
        if self._open:
            return True
        if self._quiet_since is None:
            return False
        now = self._clock()
        if now - self._quiet_since < self._quiet_s:
            self._quiet_since = now
            return False
        self._open = True
        return True

    def close(self) -> None:
        """The user is typing after all: keep keys out until a pause, as while typing before the question."""
        self._open = False
        self._quiet_s = _PAUSE_S
        self._quiet_since = self._clock()
