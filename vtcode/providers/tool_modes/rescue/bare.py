"""Calls without any markup: a reply that is nothing but an object, a list, or a name and an object.

Llama 3 writes `{"name": .., "parameters": ..}`, xLAM a list of such, Llama 4 and Gemma `[f(a="b")]`, and
Functionary the tool's name on a line of its own. Other text after it shows that it was none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.providers.tool_modes.rescue.formats import END_OF_TURN
from vtcode.providers.tool_modes.rescue.outcomes import Broken, NotMarkup
from vtcode.providers.tool_modes.rescue.payloads import values
from vtcode.providers.tool_modes.rescue.tools import ARGUMENT_KEYS, NAME_KEYS
from vtcode.providers.tool_modes.rescue.values import parsed

if TYPE_CHECKING:
    from vtcode.providers.tool_modes.rescue.reader import Reader, Reading
    from vtcode.providers.tool_modes.rescue.tools import Found, KnownTools

_FIRST_KEYS = (*NAME_KEYS, *ARGUMENT_KEYS, "type", "id", "tool_call_id")

_TELLING = 3
"""A reply that ends before so many characters of a first key is no cut call."""


def read_bare(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """Read an object or a list, to the end of the reply.

    Raises:
        NotMarkup: It is no call of a known tool.
    """
    yield from _check_beginning(reader, tools)
    yield from values(reader, tools, found)
    yield from _nothing_more(reader, found)


def read_named(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """Read a known tool's name, a line break, and an object, to the end of the reply.

    Raises:
        NotMarkup: It is something else.
    """
    name = yield from reader.accept(*(f"{name}\n" for name in tools.names))
    yield from reader.blanks()
    if not name or (yield from reader.peek()) != "{":
        raise NotMarkup
    found.append(tools.call(name, parsed((yield from reader.value()))))
    yield from reader.blanks()
    if not (yield from reader.ahead(">>>")):
        yield from _nothing_more(reader, found)


def _nothing_more(reader: Reader, found: list[Found]) -> Reading[None]:
    """Forget what was found if anything else comes."""
    yield from reader.blanks()
    yield from reader.accept(*END_OF_TURN, ";", ",")
    yield from reader.blanks()
    if (yield from reader.peek()):
        found.clear()


def _check_beginning(reader: Reader, tools: KnownTools) -> Reading[None]:
    """Look ahead as far as it takes to tell a call from other JSON.

    Raises:
        NotMarkup: It is something else.
    """
    read = yield from reader.expect("{", "[")
    read += yield from reader.blanks()
    if read[0] == "[" and (yield from reader.peek()) == "{":
        read += (yield from reader.expect("{")) + (yield from reader.blanks())
    if len((yield from reader.peek(_TELLING))) < _TELLING:
        raise NotMarkup
    if read.rstrip() == "[":
        read += yield from reader.expect(*(f"{name}(" for name in tools.names))
    else:
        read += yield from _check_first_key(reader, tools)
    reader.put_back(read)


def _check_first_key(reader: Reader, tools: KnownTools) -> Reading[str]:
    key = yield from reader.expect(*(f"{quote}{key}{quote}" for quote in "\"'" for key in _FIRST_KEYS))
    read = key + (yield from reader.blanks())
    read += yield from reader.expect(":", otherwise=Broken)
    read += yield from reader.blanks()
    quote = yield from reader.accept('"', "'")
    read += quote
    if quote and key[1:-1] in (*NAME_KEYS, "type"):
        value, end = yield from reader.until(quote, limit=128)
        read += value + end
        if value != "function" if key[1:-1] == "type" else tools.named(value) is None:
            raise NotMarkup
    return read
