"""Characters of a reply, read as they arrive.

Every method that reads is a generator: it yields where it has to wait for more text, and goes on where it
stopped. What it decides depends on the text alone, never on how the text was cut into pieces. Nothing is
scanned twice while it arrives: long values are taken in as they come.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from vtcode.providers.tool_modes.rescue.brackets import Brackets
from vtcode.providers.tool_modes.rescue.buffer import Buffer
from vtcode.providers.tool_modes.rescue.outcomes import Broken, Cut, NotMarkup

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
Reading: TypeAlias = Generator[None, None, T]
"""A reading under way: it yields where it waits for more text, and returns what it read."""


class Reader(Buffer):
    """Reads a reply, waiting where more of it has to come."""

    def peek(self, count: int = 1) -> Reading[str]:
        """Return the next characters, unread; fewer at the end."""
        while self._position + count > len(self._text) and not self.ended:
            yield
        return self._text[self._position : self._position + count]

    def accept(self, *literals: str) -> Reading[str]:
        """Read the one of `literals` that comes next, if one does; none may begin with another."""
        longest = max(map(len, literals))
        while True:
            ahead = self._text[self._position : self._position + longest]
            found = next((literal for literal in literals if ahead.startswith(literal)), "")
            if found:
                self.take(len(found))
                return found
            if self.ended or not _is_beginning(ahead, literals):
                return ""
            yield

    def expect(self, *literals: str, otherwise: type[Exception] = NotMarkup) -> Reading[str]:
        """Read the one of `literals` that comes next.

        Raises:
            Cut: The reply ended before it could be told.
            Exception: `otherwise`, where none does.
        """
        found = yield from self.accept(*literals)
        if found:
            return found
        raise Cut if self.ended and _is_beginning(self.unread, literals) else otherwise

    def blanks(self) -> Reading[str]:
        """Read all the white space that comes next."""
        read = []
        while (yield from self.peek()).isspace():
            found = _BLANKS.match(self._text, self._position)
            read.append(self.take_to(found.end()) if found else "")
        return "".join(read)

    def run_of(self, character: str) -> Reading[int]:
        """Read all of `character` that comes next; return how many it was."""
        count = 0
        while (yield from self.peek()) == character:
            rest = self.unread
            count += len(self.take(len(rest) - len(rest.lstrip(character))))
        return count

    def word(self, limit: int = 128) -> Reading[str]:
        """Read the name that comes next; empty where none does.

        Raises:
            NotMarkup: It is longer than `limit`.
            Cut: The reply ended within it.
        """
        read = ""
        while True:
            ahead = yield from self.peek()
            if not ahead:
                raise Cut
            found = _NAME.match(self._text, self._position)
            if found is None:
                return read
            read += self.take_to(found.end())
            if len(read) > limit:
                raise NotMarkup

    def ahead(self, *literals: str) -> Reading[str]:
        """Return the one of `literals` that comes next, unread."""
        found = yield from self.accept(*literals)
        self.put_back(found)
        return found

    def follows(self, *literals: str) -> Reading[str]:
        """Return the one of `literals` that comes next, unread.

        Raises:
            Cut: The reply ended within one of them.
        """
        found = yield from self.ahead(*literals)
        if not found and self.ended and self.unread and _is_beginning(self.unread, literals):
            raise Cut
        return found

    def some(self, *stops: str) -> Reading[tuple[str, str]]:
        """Read what has arrived of the text before the first of `stops`, and it, if it has come.

        Returns empty text and no stop at the end of the reply only.
        """
        pattern, longest = _any_of(stops)
        while True:
            found = self.find(pattern)
            if found:
                return self.take_to(found.start()), self.take(len(found.group()))
            text = self.take_to(self._safe_end(longest))
            if text or self.ended:
                return text, ""
            yield

    def until(self, *stops: str, limit: int | None = None) -> Reading[tuple[str, str]]:
        """Read up to and with the first of `stops`; return what was before it, and it.

        Raises:
            NotMarkup: None came within `limit` characters.
            Cut: None came at all.
        """
        pattern, longest = _any_of(stops)
        read: list[str] = []
        left = _NO_LIMIT if limit is None else limit
        while True:
            found = pattern.search(self._text, self._position, self._position + left + longest)
            end = found.start() if found else self._safe_end(longest)
            if end - self._position > left:
                raise NotMarkup
            left -= end - self._position
            read.append(self.take_to(end))
            if found:
                return "".join(read), self.take(len(found.group()))
            if self.ended:
                raise Cut
            yield

    def value(self) -> Reading[str]:
        """Read a value in brackets, up to the one that closes the first.

        Raises:
            Broken: The brackets do not match, or markup comes between them.
            Cut: They are not closed.
        """
        brackets = Brackets()
        read: list[str] = []
        while True:
            end = brackets.scan(self._text, self._position)
            read.append(self.take_to(end))
            if brackets.broken:
                raise Broken
            if brackets.closed:
                return "".join(read)
            if self.ended:
                self.take(len(self.unread))
                raise Cut
            yield

    def _safe_end(self, longest: int) -> int:
        """Return where the text ends that can't be the beginning of a stop."""
        if self.ended:
            return len(self._text)
        return max(self._position, len(self._text) - longest + 1)


_NO_LIMIT = 1 << 40
_BLANKS = re.compile(r"\s+")
_NAME = re.compile(r"[\w.:/-]+")


def _is_beginning(text: str, literals: Sequence[str]) -> bool:
    return any(literal.startswith(text) for literal in literals)


@cache
def _any_of(stops: Sequence[str]) -> tuple[re.Pattern[str], int]:
    return re.compile("|".join(map(re.escape, stops))), max(map(len, stops))
