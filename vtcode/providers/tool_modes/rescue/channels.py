"""Replies in channels: gpt-oss's harmony, and the marks around reasoning of Cohere and Gemma 4.

Harmony: `<|start|>assistant<|channel|>NAME to=RECIPIENT <|constrain|>json<|message|>BODY<|end|>`, with the
parts of the header in several orders. `analysis` is reasoning, the other channels are the answer, and a
message to a tool is a call in any channel. None of these marks is ever shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.providers.tool_modes.rescue.outcomes import Broken, Cut, NotMarkup
from vtcode.providers.tool_modes.rescue.values import parsed

if TYPE_CHECKING:
    from vtcode.providers.tool_modes.rescue.output import Output
    from vtcode.providers.tool_modes.rescue.reader import Reader, Reading
    from vtcode.providers.tool_modes.rescue.tools import Found, KnownTools

RECIPIENT_FIRST = "to=functions."
"""How a reply begins where the server has taken `<|start|>assistant` for part of the prompt."""
HEADERS = ("<|start|>", "<|channel|>", RECIPIENT_FIRST)
_BODY_ENDS = ("<|end|>", "<|call|>", "<|return|>")
_NEXT_HEADERS = ("<|start|>", "<|channel|>")
THINKING = {
    "<|START_THINKING|>": "<|END_THINKING|>",  # Cohere
    "<|channel>thought": "<channel|>",  # Gemma 4
    "<mm:think>": "</mm:think>",  # MiniMax M3
}
DROPPED = (
    *_BODY_ENDS, "<|message|>", "<|constrain|>", "<|END_THINKING|>", "<channel|>", "</mm:think>",
    "<|from|>assistant", "<|stop|>",
    "<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>",
)  # fmt: skip
"""Marks that stand alone, and are no text."""
_MAX_HEADER = 256
_RECIPIENT = re.compile(r"to=([\w.:/-]+)")
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)")
_HEADER = re.compile(r"(?:[\w.:/= -]|<\|(?:start|channel|constrain)\|>)*(?:<[|\w]*)?")
_NOBODY = frozenset({"assistant", "user", "all", "self"})


def read_channel(reader: Reader, tools: KnownTools, output: Output) -> Reading[list[Found]]:
    """Read a header, and the body unless it is text of the answer; return the call in it.

    Raises:
        NotMarkup: It is no header.
    """
    header = yield from _header(reader)
    recipient = _RECIPIENT.search(header)
    channels = _CHANNEL.findall(header)
    if recipient and recipient[1] not in _NOBODY:
        return [(yield from _call(reader, tools, recipient[1]))]
    if channels and channels[-1] == "analysis":
        yield from _reasoning(reader, output)
    else:
        output.break_paragraph()
    return []


def _header(reader: Reader) -> Reading[str]:
    try:
        _, stop = yield from reader.until("<|message|>", "{", "\n", limit=_MAX_HEADER)
    except Cut:
        if _HEADER.fullmatch(reader.taken) is None:
            raise NotMarkup from None
        raise
    header = reader.taken.removesuffix(stop)
    lacks_mark = stop == "{" and _RECIPIENT.search(header) is not None
    if (stop != "<|message|>" and not lacks_mark) or _HEADER.fullmatch(header) is None:
        raise NotMarkup
    if lacks_mark:
        reader.put_back(stop)
    return header


def _call(reader: Reader, tools: KnownTools, recipient: str) -> Reading[Found]:
    yield from reader.blanks()
    reader.put_back((yield from reader.expect("{", otherwise=Broken)))
    call = tools.call(recipient, parsed((yield from reader.value())))
    blanks = yield from reader.blanks()
    if not (yield from reader.accept(*_BODY_ENDS)):
        reader.put_back(blanks)
    return call


def _reasoning(reader: Reader, output: Output) -> Reading[None]:
    if output.reasoning:
        output.add_reasoning("\n\n")
    while True:
        text, stop = yield from reader.some(*_BODY_ENDS, *_NEXT_HEADERS)
        output.add_reasoning(text)
        if stop in _NEXT_HEADERS:
            reader.put_back(stop)
        if stop or not text:
            return


def read_thinking(reader: Reader, closer: str, output: Output) -> Reading[None]:
    """Read reasoning up to the mark that closes it, or to the end."""
    yield from reader.blanks()
    while True:
        text, stop = yield from reader.some(closer)
        output.add_reasoning(text)
        if stop or not text:
            return


CALL_ENDS = _BODY_ENDS
"""What closes a call to a tool."""
