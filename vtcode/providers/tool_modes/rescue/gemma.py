"""Gemma's own notation: `call:NAME{key:<|"|>text<|"|>,count:3}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vtcode.providers.tool_modes.rescue.outcomes import Broken
from vtcode.providers.tool_modes.rescue.values import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.providers.tool_modes.rescue.reader import Reader, Reading
    from vtcode.providers.tool_modes.rescue.tools import Found, KnownTools

_MAX_DEPTH = 100
_BARE = re.compile(r"[^,{}\[\]]*")
_KEY = re.compile(r"\s*([^\s:,{}\[\]]+)\s*:\s*")


def read_gemma_call(
    opener: str, closer: str, quote: str, reader: Reader, tools: KnownTools, found: list[Found]
) -> Reading[None]:
    """Read a call from its opening tag to its closing tag, which has to come.

    Args:
        opener: The opening tag.
        closer: The closing tag.
        quote: What stands on both sides of a string.
        reader: The reply.
        tools: The tools that were offered.
        found: Takes the call.
    """
    yield from reader.accept(opener)
    yield from reader.blanks()
    yield from reader.expect("call:")
    name = yield from reader.word()
    yield from reader.blanks()
    yield from reader.expect("{", otherwise=Broken)
    read = ["{"]
    quoted = False
    stop = ""
    while stop != closer:
        text, stop = yield from reader.until(*((quote,) if quoted else (quote, closer)))
        read += (text, stop)
        quoted ^= stop == quote
    notation = _Notation("".join(read).removesuffix(closer).rstrip(), quote)
    found.append(tools.call_of_strings(name, notation.whole()))


class _Notation:
    """Reads one object; strings are told from bare words by their quotes."""

    def __init__(self, text: str, quote: str) -> None:
        self._text = text
        self._quote = quote
        self._position = 0

    def whole(self) -> dict[str, Any]:
        value = self._object(0)
        if self._position != len(self._text):
            raise Broken
        return value

    def _object(self, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for _ in self._items("{", "}", depth):
            key = self._key()
            value[key] = self._value(depth)
        return value

    def _items(self, opening: str, closing: str, depth: int) -> Iterator[None]:
        """Step over brackets and commas, stopping where each item begins."""
        self._step(opening)
        if depth > _MAX_DEPTH:
            raise Broken
        while not self._skips(closing):
            yield
            if not self._skips(","):
                self._step(closing)
                return

    def _value(self, depth: int) -> Any:
        self._skip_blanks()
        if self._ahead(self._quote):
            return self._string()
        if self._ahead("{"):
            return self._object(depth + 1)
        if self._ahead("["):
            return [self._value(depth + 1) for _ in self._items("[", "]", depth + 1)]
        found = _BARE.match(self._text, self._position)
        bare = found.group().strip() if found else ""
        self._position += len(found.group()) if found else 0
        try:
            return parsed(bare)
        except Broken:
            return bare

    def _key(self) -> str:
        self._skip_blanks()
        if self._ahead(self._quote):
            key = self._string()
            self._skip_blanks()
            self._step(":")
            return key
        found = _KEY.match(self._text, self._position)
        if found is None:
            raise Broken
        self._position = found.end()
        return found.group(1).strip("\"'")

    def _string(self) -> str:
        start = self._position + len(self._quote)
        end = self._text.find(self._quote, start)
        if end < 0:
            raise Broken
        self._position = end + len(self._quote)
        return self._text[start:end]

    def _ahead(self, literal: str) -> bool:
        return self._text.startswith(literal, self._position)

    def _skips(self, literal: str) -> bool:
        self._skip_blanks()
        if not self._ahead(literal):
            return False
        self._position += len(literal)
        return True

    def _step(self, literal: str) -> None:
        if not self._skips(literal):
            raise Broken

    def _skip_blanks(self) -> None:
        while self._text[self._position : self._position + 1].isspace():
            self._position += 1
