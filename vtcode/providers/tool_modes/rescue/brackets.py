"""Finding the end of a value in brackets, JSON or Python, while it arrives."""

from __future__ import annotations

import re

_CLOSING = {"{": "}", "[": "]", "(": ")"}
_MAX_DEPTH = 100
"""Deeper values are no arguments, and Python's own parsers give up not far beyond."""
_OUTSIDE = re.compile(r"""["'{}\[\]()<]""")
_INSIDE = {quote: re.compile(rf"\\|{quote}") for quote in ('"', "'", '"""', "'''")}


class Brackets:
    """The state of a scan over a value that begins with a bracket; strings are skipped."""

    def __init__(self) -> None:
        self.closed = False
        """True when the first bracket was closed."""
        self.broken = False
        """True when brackets do not match, are too deep, or a `<` stands outside strings."""
        self._expected: list[str] = []
        self._quote = ""

    def scan(self, text: str, start: int) -> int:
        """Scan on from `start`; return where to go on when more of the text has come."""
        position = start
        while not self.closed and not self.broken:
            after = self._string(text, position) if self._quote else self._structure(text, position)
            if after == position:
                break
            position = after
        return position

    def _string(self, text: str, position: int) -> int:
        """Return where the next escape or the string ends, or else what may be the beginning of that."""
        found = _INSIDE[self._quote].search(text, position)
        if found is None:
            return max(position, len(text) - len(self._quote) + 1)
        if found.group() == "\\":
            return found.end() + 1 if found.end() < len(text) else found.start()
        self._quote = ""
        return found.end()

    def _structure(self, text: str, position: int) -> int:
        """Return where the next bracket ends or the next string begins."""
        found = _OUTSIDE.search(text, position)
        if found is None:
            return len(text)
        character = found.group()
        if character in "\"'":
            return self._open_string(text, found.start())
        if character in _CLOSING:
            self._expected.append(_CLOSING[character])
            self.broken = len(self._expected) > _MAX_DEPTH
        elif self._expected and self._expected[-1] == character:
            self._expected.pop()
            self.closed = not self._expected
        else:
            self.broken = True
            return found.start()
        return found.end()

    def _open_string(self, text: str, start: int) -> int:
        """Return where the string's content begins; `start` while it can't be told how it is quoted."""
        quote, ahead = text[start], text[start : start + 3]
        if len(ahead) < 3 and ahead == quote * len(ahead):
            return start
        self._quote = quote * 3 if ahead == quote * 3 else quote
        return start + len(self._quote)
