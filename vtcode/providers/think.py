"""Reasoning that arrives inside the answer, between tags, told apart while it streams.

Three shapes exist. A reply that *begins* with `<think>` (or a sister tag) is reasoning up to the closing tag;
a tag anywhere later is text, so that an answer about tags stays whole. Where the chat template has written
the opening tag, only `</think>` appears: what stood before it was streamed as text by then, and `reasoning`
and `text` are right only at the end; whoever knows from an earlier reply that a model does so passes
`opens_inside`, and it streams as reasoning from the start. If then no closing tag comes, it was an answer.

Nothing here does I/O.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["reasoning", "text"]

_CLOSING = "</think>"
_TAGS = {
    "<think>": _CLOSING,
    "<thinking>": "</thinking>",
    "[THINK]": "[/THINK]",  # Magistral
    "<seed:think>": "</seed:think>",  # Seed-OSS
}
_CALL_MARK = re.compile(
    r"(?P<opening><(?:tool_calls?|function_calls?)>\s*(?:[{\[<]|[\w.-]+\s*<arg_key>)|<function=|<invoke name="
    r"|\[TOOL_(?:CALLS|REQUEST)\]\s*[\w{\[])"
    r"|</(?:tool_calls?|function_calls?|function|invoke)>|\[END_TOOL_REQUEST\]"
)
"""What opens or closes a call that is written as text, in the formats of models that reason in tags."""


class Piece(NamedTuple):
    """A piece of a reply, of one kind."""

    kind: Kind
    text: str


class ThinkSplitter:
    """Splits a streamed answer into reasoning and text.

    Args:
        opens_inside: A reply without an opening tag is taken to begin inside reasoning.
    """

    def __init__(self, *, opens_inside: bool = False) -> None:
        self.closed_without_opening = False
        """True once a closing tag ended reasoning that no opening tag had begun."""
        self._opens_inside = opens_inside
        self._watches_for_closing = True
        self._state: Literal["start", "inside", "assumed", "answer"] = "start"
        self._closing = _CLOSING
        self._held = ""
        self._reasoning: list[str] = []
        self._text: list[str] = []

    @property
    def reasoning(self) -> str:
        """The reasoning so far; final after `flush`."""
        return "".join(self._reasoning).strip()

    @property
    def text(self) -> str:
        """The answer so far, without the newlines before it; final after `flush`."""
        return "".join(self._text)

    def reasoning_came_apart(self) -> None:
        """Note that the server sends reasoning in a field of its own, so that tags in the answer are text."""
        self._opens_inside = self._watches_for_closing = False

    def feed(self, piece: str) -> list[Piece]:
        """Take the next piece of the answer; what may be half a tag is kept until it is decided."""
        self._held += piece
        return self._advance(at_end=False)

    def flush(self) -> list[Piece]:
        """Give out what was kept: the answer is complete."""
        pieces = self._advance(at_end=True)
        if self._state == "assumed":
            self._text, self._reasoning, self._state = self._reasoning, [], "answer"
        return pieces

    def _advance(self, *, at_end: bool) -> list[Piece]:
        pieces: list[Piece] = []
        before = None
        while self._held and before != (self._state, self._held):
            before = (self._state, self._held)
            match self._state:
                case "start":
                    self._start(at_end=at_end)
                case "inside" | "assumed":
                    self._inside(pieces, at_end=at_end)
                case "answer":
                    self._answer(pieces, at_end=at_end)
        return pieces

    def _start(self, *, at_end: bool) -> None:
        self._held = self._held.lstrip("\r\n")
        begun = self._held.lstrip()
        for opening, closing in _TAGS.items():
            if begun.startswith(opening):
                self._state, self._closing, self._held = "inside", closing, begun.removeprefix(opening)
                return
        if begun.startswith(_CLOSING):
            self._held = begun.removeprefix(_CLOSING)
            self._close()
            return
        undecided = any(tag.startswith(begun) for tag in (*_TAGS, _CLOSING))
        if at_end or not undecided:
            self._state = "assumed" if self._opens_inside else "answer"

    def _inside(self, pieces: list[Piece], *, at_end: bool) -> None:
        reasoning, tag, rest = self._held.partition(self._closing)
        if not tag:
            reasoning, rest = (self._held, "") if at_end else _without_half_tag(self._held, self._closing)
        self._give(pieces, "reasoning", reasoning)
        self._held = rest
        if tag:
            self._close()

    def _answer(self, pieces: list[Piece], *, at_end: bool) -> None:
        if not self._watches_for_closing:
            self._give(pieces, "text", self._held)
            self._held = ""
            return
        text, tag, rest = self._held.partition(_CLOSING)
        if not tag:
            text, rest = (self._held, "") if at_end else _without_half_tag(self._held, _CLOSING)
        elif not rest and not at_end:
            rest = tag
        elif _is_mention(self.text + text, rest):
            text += tag
        else:
            self._give(pieces, "text", text)
            self._reasoning, self._text, self._held = self._text, [], rest
            self._close()
            return
        self._give(pieces, "text", text)
        self._held = rest

    def _close(self) -> None:
        """Leave reasoning; what follows may be the answer, or reasoning once more."""
        self.closed_without_opening |= self._state in ("answer", "assumed")
        self._opens_inside = self._watches_for_closing = False
        self._state = "start"

    def _give(self, pieces: list[Piece], kind: Kind, text: str) -> None:
        if text:
            pieces.append(Piece(kind, text))
            (self._reasoning if kind == "reasoning" else self._text).append(text)


def _without_half_tag(text: str, tag: str) -> tuple[str, str]:
    """Split off an ending that may be the beginning of `tag`."""
    for size in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:size]):
            return text[:-size], text[-size:]
    return text, ""


def _is_mention(before: str, after: str) -> bool:
    """Tell whether a closing tag is spoken of: quoted, in code or in a call, after an opening, in a line."""
    line = before.rpartition("\n")[2]
    if "<think>" in before or _is_in_call(before):
        return True
    ends_line = not after or after[0] in "\r\n"
    if ends_line and not line.strip():
        return False
    if before.count("```") % 2 or line.count("`") % 2:
        return True
    return line[-1:] in tuple(" \t\"'(") and not ends_line


def _is_in_call(before: str) -> bool:
    """Tell whether the last call that was begun in a text has not been closed there."""
    marks = list(_CALL_MARK.finditer(before))
    return bool(marks) and marks[-1]["opening"] is not None
