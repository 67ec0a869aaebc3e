"""Whether making room in a window still helps. No I/O here."""

from __future__ import annotations

_PROGRESS_SHARE = 0.05
"""Of the window: room that is less than that is none."""
_MOST_CRAMPED = 2
"""Times in a row that hardly any room was made: after so many no more is tried, as every one is dear."""
_SURE_SHARE = 1.5
"""Of the window: what is estimated at more does not fit, however far off the estimate is."""


class Cramped:
    """Counts the shortenings in a row that hardly made room."""

    def __init__(self) -> None:
        self._times = 0

    def fits(self) -> None:
        """Note that the next request fits as it is."""
        self._times = 0

    def is_hopeless(self, tokens: int, *, limit: int, window_tokens: int) -> bool:
        """Take what a shortening came to; tell whether another one would be of no use.

        Args:
            tokens: Of the next request, shortened.
            limit: How many it may have.
            window_tokens: The window.
        """
        has_room = tokens <= limit - window_tokens * _PROGRESS_SHARE
        self._times = 0 if has_room else self._times + 1
        return self._times >= _MOST_CRAMPED or tokens > window_tokens * _SURE_SHARE
