"""Notices a reply that is the same text over and over, while it is being written. Nothing here does I/O."""

from __future__ import annotations

_CHECKED_EVERY = 256
"""Characters; so that watching costs next to nothing for each token."""
_PROBE = 48
"""Characters at the end whose last occurrence tells how long the repeated text is."""
_KEPT = 16_000
_FEWEST_TIMES = 8
_FEWEST_CHARACTERS = 1_500
"""Of prose that only repeats what stands before it; a ruled line or a table's edge is shorter."""
_FEWEST_IN_CALL = 8_000
"""The same of a call's arguments: files may hold long runs of the same."""


class RepetitionWatch:
    """Watches the text of one reply."""

    def __init__(self) -> None:
        self._kind = ""
        self._tail = ""
        self._unchecked = 0

    def add(self, text: str, kind: str) -> bool:
        """Take the next piece; tell whether the reply only repeats itself by now.

        Args:
            text: What came.
            kind: What it is a part of: each kind is watched by itself, `call` with more patience.
        """
        if kind != self._kind:
            self._kind, self._tail, self._unchecked = kind, "", 0
        self._tail += text
        self._unchecked += len(text)
        if self._unchecked < _CHECKED_EVERY:
            return False
        self._unchecked = 0
        self._tail = self._tail[-_KEPT:]
        shift = _shift(self._tail)
        fewest = _FEWEST_IN_CALL if kind == "call" else _FEWEST_CHARACTERS
        return _repeats(self._tail, shift, max(fewest, shift * _FEWEST_TIMES))


def without_repetition(text: str) -> str:
    """Return a text with the piece that it ends in over and over only once."""
    shift = _shift(text)
    repeated, too_many = 0, len(text) - shift + 1
    while repeated + 1 < too_many:
        tried = (repeated + too_many) // 2
        if _repeats(text, shift, tried):
            repeated = tried
        else:
            too_many = tried
    return text[: len(text) - repeated]


def _shift(text: str) -> int:
    """Return how far back a text has the same as at its end: the length of what repeats, if it does."""
    return len(text) - _PROBE - text.rfind(text[-_PROBE:], 0, -1)


def _repeats(text: str, shift: int, characters: int) -> bool:
    """Tell whether so many characters at the end are what stands before them."""
    return len(text) >= characters + shift and text[-characters:] == text[-characters - shift : -shift]
