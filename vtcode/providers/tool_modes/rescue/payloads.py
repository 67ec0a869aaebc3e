"""What stands between the tags of a call: JSON, elements, Python, or a name with keys and values.

Models mix wrappers and payloads freely, so every wrapper takes every payload.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vtcode.providers.tool_modes.rescue.outcomes import Broken, NotMarkup
from vtcode.providers.tool_modes.rescue.values import call_nodes, parsed

if TYPE_CHECKING:
    from vtcode.providers.tool_modes.rescue.reader import Reader, Reading
    from vtcode.providers.tool_modes.rescue.tools import Found, KnownTools

_NAMESPACES = ("", "｜DSML｜", "|DSML|", "steptml:", "atem:")
"""Of elements: none (Qwen, MiniMax), DeepSeek 3.2, StepFun, Muse."""


def _tags(words: tuple[str, ...], before: str, *after: str) -> tuple[str, ...]:
    return tuple(
        f"{before}{namespace}{word}{end}" for namespace in _NAMESPACES for word in words for end in after
    )


_FUNCTION_WORDS = ("function", "invoke")
_PARAMETER_WORDS = ("parameter", "param")
FUNCTIONS = _tags(_FUNCTION_WORDS, "<", "=", " name=")
FUNCTION_ENDS = _tags(_FUNCTION_WORDS, "</", ">")
_PARAMETERS = _tags(_PARAMETER_WORDS, "<", "=", " name=")
_PARAMETER_ENDS = _tags(_PARAMETER_WORDS, "</", ">")
_NAME = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([^\s"'>]+))""")
_LINE_BREAK = re.compile(r"\r?\n")
_MAX_TAG = 256
_PYTHON_LIST = re.compile(r"\[\s*[^\W\d]")


def tagged(reader: Reader, tools: KnownTools, found: list[Found], closers: tuple[str, ...]) -> Reading[None]:
    """Read what follows an opening tag, with the closing tag, which may be missing."""
    yield from reader.blanks()
    ahead = yield from reader.peek()
    if ahead in ("{", "["):
        yield from values(reader, tools, found, closers)
    elif ahead == "<":
        yield from functions(reader, tools, found)
    else:
        yield from named(reader, tools, found, closers)
    yield from close(reader, closers)


def close(reader: Reader, closers: tuple[str, ...]) -> Reading[None]:
    """Read a closing tag, if it comes next."""
    blanks = yield from reader.blanks()
    if not (closers and (yield from reader.accept(*closers))):
        reader.put_back(blanks)


def values(
    reader: Reader, tools: KnownTools, found: list[Found], closers: tuple[str, ...] = ()
) -> Reading[None]:
    """Read objects and lists, of JSON or of Python calls, one after the other, until `closers` come.

    Raises:
        Broken: One is malformed, or followed by more brackets.
    """
    while True:
        text = yield from reader.value()
        calls = _python(tools, text) if _PYTHON_LIST.match(text) else tools.calls_in(parsed(text)) or [None]
        blanks = yield from reader.blanks()
        separator = yield from reader.accept(",", ";")
        blanks += separator + (yield from reader.blanks())
        ahead = yield from reader.peek()
        if ahead in ("}", "]", ")"):
            raise Broken
        found += calls
        closes = bool(closers) and bool((yield from reader.ahead(*closers)))
        if closes or ahead not in ("{", "["):
            reader.put_back(blanks)
            return


def functions(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """Read elements such as `<function=NAME>` and `<invoke name="NAME">`, with all that is in them."""
    yield from reader.expect(*FUNCTIONS)
    while True:
        found.append((yield from _function(reader, tools)))
        blanks = yield from reader.blanks()
        if not (yield from reader.accept(*FUNCTIONS)):
            reader.put_back(blanks)
            return


def _function(reader: Reader, tools: KnownTools) -> Reading[Found]:
    """Read what follows `<function=`."""
    name, _ = yield from attribute(reader)
    blanks = yield from reader.blanks()
    if (yield from reader.peek()) == "{":
        arguments = parsed((yield from reader.value()))
        blanks = yield from reader.blanks()
        if not (yield from reader.accept(*FUNCTION_ENDS)):
            reader.put_back(blanks)
        return tools.call(name, arguments)
    reader.put_back((yield from reader.expect(*_PARAMETERS, *FUNCTION_ENDS)))
    texts: dict[str, Any] = {}
    while (yield from reader.accept(*_PARAMETERS)):
        key, rest = yield from attribute(reader)
        text = yield from _content(reader, _PARAMETER_ENDS, (*_PARAMETERS, *FUNCTION_ENDS))
        texts[key] = _parsed_or_text(text) if 'string="false"' in rest else text
        yield from reader.blanks()
    yield from reader.expect(*FUNCTION_ENDS, otherwise=Broken)
    return tools.call_of_strings(name, texts)


def attribute(reader: Reader) -> Reading[tuple[str, str]]:
    """Read the rest of an opening tag; return the name in it, and all of it."""
    rest, _ = yield from reader.until(">", limit=_MAX_TAG)
    name = _NAME.match(rest)
    if name is None:
        raise NotMarkup
    return name[1] or name[2] or name[3], rest


def _content(reader: Reader, ends: tuple[str, ...], following: tuple[str, ...]) -> Reading[str]:
    """Read a value up to its end: an end tag after which the markup goes on, or else it is content, too.

    Raises:
        Cut: There is no such end.
    """
    read = []
    while True:
        text, end = yield from reader.until(*ends)
        read.append(text)
        blanks = yield from reader.blanks()
        if (yield from reader.ahead(*following)):
            return _trimmed("".join(read))
        read.append(end + blanks)


def _trimmed(text: str) -> str:
    """Take off the line breaks of the markup: the first, and with it the last."""
    first = _LINE_BREAK.match(text)
    return re.sub(r"\r?\n\Z", "", text[first.end() :]) if first else text


def _parsed_or_text(text: str) -> Any:
    try:
        return parsed(text)
    except Broken:
        return text


def named(reader: Reader, tools: KnownTools, found: list[Found], closers: tuple[str, ...]) -> Reading[None]:
    """Read a name with its arguments: GLM's keys and values, an object, Python's parentheses, or nothing.

    Raises:
        NotMarkup: It is no call of a known tool.
    """
    name = yield from reader.word()
    if not name:
        raise NotMarkup
    if (yield from reader.peek()) == "(":
        yield from _python_calls(reader, tools, found, name)
        return
    yield from reader.blanks()
    if (yield from reader.ahead("<arg_key>")):
        found.append((yield from _keys_and_values(reader, tools, name, closers)))
        return
    if tools.named(name) is None:
        raise NotMarkup
    arguments = None
    if (yield from reader.peek()) == "{":
        arguments = parsed((yield from reader.value()))
    else:
        reader.put_back((yield from reader.expect("<arg_key>", *closers)))
    found.append(tools.call(name, arguments))


def _keys_and_values(
    reader: Reader, tools: KnownTools, name: str, closers: tuple[str, ...]
) -> Reading[Found]:
    texts: dict[str, str] = {}
    while (yield from reader.accept("<arg_key>")):
        key, _ = yield from reader.until("</arg_key>", limit=_MAX_TAG)
        yield from reader.blanks()
        yield from reader.expect("<arg_value>", otherwise=Broken)
        texts[key.strip()] = yield from _content(reader, ("</arg_value>",), ("<arg_key>", *closers))
        yield from reader.blanks()
    return tools.call_of_strings(name, texts)


def _python_calls(reader: Reader, tools: KnownTools, found: list[Found], name: str) -> Reading[None]:
    """Read `f(a="b")`, and more of them on the following lines."""
    while True:
        if tools.named(name) is None:
            raise NotMarkup
        found += _python(tools, name + (yield from reader.value()))
        blanks = yield from reader.blanks()
        separator = yield from reader.accept(",", ";")
        blanks += separator + (yield from reader.blanks())
        following = yield from reader.follows(*(f"{known}(" for known in tools.names))
        if not following:
            reader.put_back(blanks)
            return
        name = reader.take(len(following) - 1)


def _python(tools: KnownTools, text: str) -> list[Found]:
    return [tools.call_of_nodes(*call) for call in call_nodes(text)]
