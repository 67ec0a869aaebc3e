"""The guards against answering a question with keys that were meant for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

_SETTLED_S = 0.25
"""Longer than a key that is already on its way, shorter than it takes to read the shortest question."""
_PAUSE_S = 1.0
"""Longer than the gap between two words of somebody who is typing a message."""
_RECENT_S = 2.0
_ALONE_S = 0.25
"""Longer than the gap between two letters of a word, too short to be waited for."""


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
    def quiet_s(self) -> float:
        """How long the keyboard has to be quiet for keys to count."""
        return self._quiet_s

    @property
    def is_quiet(self) -> bool:
        """Whether the next key counts."""
        is_over = self._quiet_since is not None and self._clock() - self._quiet_since >= self._quiet_s
        return self._open or is_over

    @property
    def was_typing(self) -> bool:
        """Whether keys wait for a longer pause, as the user was typing."""
        return self._quiet_s == _PAUSE_S

    def admits(self) -> bool:
        """Return whether the key that was just pressed counts."""
        self._open = self.is_quiet
        if not self._open and self._quiet_since is not None:
            self._quiet_since = self._clock()
        return self._open

    def close(self) -> None:
        """The user is typing after all: keep keys out until a pause, as while typing before the question."""
        self._open = False
        self._quiet_s = _PAUSE_S
        self._quiet_since = self._clock()


class LoneKeys:
    """Tells a letter that answers from the letters of a text: the one that answers stands alone.

    A letter or a number that stands for an answer counts once nothing followed it for a moment; Enter need
    not wait. Two in quick succession are a text, whatever they spell, and so is all that was typed so far
    as soon as a character comes that answers nothing: a sentence grants nothing. A choice can be corrected
    (`a`, then `y`), but a later letter counts only after a longer pause: somebody who types "say" slowly
    types nothing but answers, too.
    """

    def __init__(
        self, later: Callable[[float, Callable[[], None]], Timer], on_counting: Callable[[], None]
    ) -> None:
        """Take what calls something after some seconds, and what is called once the last key counts."""
        self.typed = ""
        """The letters since the last that counted for good."""
        self._later = later
        self._on_counting = on_counting
        self._timer: Timer | None = None
        self._stood_alone = True

    def add(self, character: str) -> bool:
        """Take a key that stands for an answer; False: right behind another one, it is part of a text."""
        if not self._stood_alone:
            return False
        self.typed += character
        self._stood_alone = False
        self._wait(_ALONE_S, self._stand_alone)
        return True

    def forget(self) -> None:
        """Begin anew: something else was done than to type."""
        if self._timer:
            self._timer.stop()
        self.typed = ""
        self._stood_alone = True

    def _stand_alone(self) -> None:
        self._stood_alone = True
        if len(self.typed) == 1:
            self._on_counting()
        else:
            self._wait(_PAUSE_S, self._on_counting)

    def _wait(self, delay_s: float, then: Callable[[], None]) -> None:
        if self._timer:
            self._timer.stop()
        self._timer = self._later(delay_s, then)
