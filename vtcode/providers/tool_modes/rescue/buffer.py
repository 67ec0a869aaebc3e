"""The text of a reply that has arrived, and how far it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re


class Buffer:
    """The unread rest of a reply, and what was read since `begin`."""

    def __init__(self) -> None:
        self.ended = False
        """True when no more text comes."""
        self._text = ""
        self._position = 0
        self._taken: list[str] = []

    @property
    def unread(self) -> str:
        """What has arrived and was not read."""
        return self._text[self._position :]

    @property
    def taken(self) -> str:
        """What was read since `begin`."""
        return "".join(self._taken)

    def taken_beginning(self, size: int) -> str:
        """Return the first characters that were read since `begin`, at least `size` if it were so many."""
        beginning = ""
        for piece in self._taken:
            beginning += piece[:size]
            if len(beginning) >= size:
                break
        return beginning

    def add(self, text: str) -> None:
        """Take in the next piece of the reply."""
        self._text, self._position = self._text[self._position :] + text, 0

    def end(self) -> None:
        """Note that no more text comes."""
        self.ended = True

    def begin(self) -> None:
        """Forget what was read."""
        self._taken = []

    def put_back(self, text: str) -> None:
        """Have `text`, the last that was read, read again."""
        left = len(text)
        while left and self._taken:
            last = self._taken.pop()
            if len(last) > left:
                self._taken.append(last[:-left])
            left -= min(left, len(last))
        if self._position >= len(text):
            self._position -= len(text)
        else:
            self._text, self._position = text + self._text[self._position :], 0

    def take(self, count: int) -> str:
        """Read so many characters of those that have arrived."""
        start = self._position
        self._position = min(start + count, len(self._text))
        text = self._text[start : self._position]
        self._taken.append(text)
        return text

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the first match in what has arrived; its positions are those of `take_to`."""
        return pattern.search(self._text, self._position)

    def take_to(self, position: int) -> str:
        """Read up to a position of a match of `find`."""
        return self.take(position - self._position)
