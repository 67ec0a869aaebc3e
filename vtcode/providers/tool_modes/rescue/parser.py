"""A parser that finds the calls which a model wrote as text, while the text arrives.

A use, with the pieces shown as they come:

    parser = RescueParser(request.tools)
    for text in reply:
        show(parser.feed(text))
    show(parser.flush())
    message = AssistantMessage(text=parser.text, reasoning=parser.reasoning, tool_calls=...parser.calls)

Nothing here does I/O.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.providers.tool_modes.rescue.attempts import Attempts
from vtcode.providers.tool_modes.rescue.bare import read_bare, read_named
from vtcode.providers.tool_modes.rescue.channels import (
    DROPPED,
    HEADERS,
    RECIPIENT_FIRST,
    THINKING,
    read_thinking,
)
from vtcode.providers.tool_modes.rescue.code import read_backticks, read_code_in_line, read_tildes
from vtcode.providers.tool_modes.rescue.formats import (
    END_OF_TURN,
    FORMATS,
    RECIPIENT,
    TO_ALL,
    read_leaked,
)
from vtcode.providers.tool_modes.rescue.output import Output, Piece, RescuedCall
from vtcode.providers.tool_modes.rescue.prose import Prose
from vtcode.providers.tool_modes.rescue.reader import Reader
from vtcode.providers.tool_modes.rescue.tools import KnownTools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import ToolDefinition
    from vtcode.providers.tool_modes.rescue.reader import Reading

_CLOSERS = frozenset(closer for known in FORMATS.values() for closer in known.closers)
_MARKS = sorted({*FORMATS, *_CLOSERS, *HEADERS, *THINKING, *DROPPED, *END_OF_TURN})
_EVENT = re.compile("|".join([r"\n", "`", "~{3}", *map(re.escape, _MARKS)]))
_BEGINNINGS = frozenset(mark[:size] for mark in (*_MARKS, "~~~") for size in range(1, len(mark)))
_LONGEST = max(map(len, _MARKS)) - 1


class RescueParser:
    """Takes a reply's text apart: text that is shown, reasoning, calls of known tools.

    The result does not depend on how the text is cut into pieces. Text that can't begin a call is given out
    at once. A call is never made out of a block of code, of code in a line, or of a quoted example; a call
    that is cut or malformed vanishes with its markup, and one of an unknown tool stays text.

    Args:
        tools: The tools that were offered; without any nothing is a call.
    """

    def __init__(self, tools: Sequence[ToolDefinition]) -> None:
        self._tools = KnownTools(tools)
        self._reader = Reader()
        self._output = Output()
        self._prose = Prose()
        self._attempts = Attempts(self._reader, self._tools, self._output, self._prose)
        self._reading = self._read()

    @property
    def text(self) -> str:
        """The answer so far, without markup; final after `flush`."""
        return self._output.text

    @property
    def reasoning(self) -> str:
        """The reasoning so far that was marked within the answer; final after `flush`."""
        return self._output.reasoning

    @property
    def calls(self) -> tuple[RescuedCall, ...]:
        """The calls so far, in order; final after `flush`."""
        return tuple(self._output.calls)

    @property
    def lost_call(self) -> bool:
        """True when a call was cut, malformed or addressed to nobody, and so is not among `calls`."""
        return self._attempts.lost_call

    def feed(self, text: str) -> list[Piece]:
        """Take the next piece of the reply; return what it settled.

        A CallPart tells of a call that is being written, as it is written; it may come to nothing.
        """
        self._reader.add(text)
        next(self._reading, None)
        self._attempts.tell_progress(text)
        return self._output.take_pieces()

    def flush(self) -> list[Piece]:
        """Return what was held back: the reply is complete."""
        self._reader.end()
        next(self._reading, None)
        self._output.end()
        return self._output.take_pieces()

    def _read(self) -> Reading[None]:
        while (yield from self._step()):
            pass

    def _step(self) -> Reading[bool]:
        """Read up to and with the next thing that may matter; False at the end of the reply."""
        self._reader.begin()
        if self._prose.may_begin_bare and (yield from self._bare()):
            return True
        if self._prose.begins_line and self._tools.names:
            yield from self._attempts.read_call("", read_leaked, ())
            self._reader.begin()
        found = self._reader.find(_EVENT)
        if found is None:
            return (yield from self._plain())
        self._attempts.show(self._reader.take_to(found.start()))
        match found.group():
            case "\n":
                self._attempts.show(self._reader.take(1))
            case "`":
                yield from read_backticks(self._reader, self._prose, self._attempts.show)
            case "~~~":
                yield from read_tildes(self._reader, self._prose, self._attempts.show)
            case mark:
                yield from self._mark(mark)
        return True

    def _plain(self) -> Reading[bool]:
        """Give out text up to what may be the beginning of a mark."""
        unread = self._reader.unread
        sizes = range(min(len(unread), _LONGEST), 0, -1)
        held = next((size for size in sizes if self._may_begin_mark(unread, size)), 0)
        self._attempts.show(self._reader.take(len(unread) - held))
        if not self._reader.ended:
            yield
            return True
        last = self._reader.take(held)
        if self._is_cut_mark(last):
            self._output.note_markup()
        else:
            self._attempts.show(last)
        return False

    def _may_begin_mark(self, unread: str, size: int) -> bool:
        """Tell whether the last characters may be the beginning of a mark, where they stand."""
        beginning, before = unread[-size:], unread[:-size]
        if beginning not in _BEGINNINGS or not beginning[0].isalpha():
            return beginning in _BEGINNINGS
        return before[-1].isspace() if before else self._begins_word

    def _is_cut_mark(self, last: str) -> bool:
        """Tell whether the reply ends within a mark, not with text that looks like the beginning of one."""
        if not last.startswith(("<", "[", "to=")) or self._prose.code_mark or self._prose.in_quotation:
            return False
        is_cut = len(last) > 2 and bool(self._tools.names)
        if is_cut and not self._output.is_after_markup:
            self._attempts.lost_call = True
        return is_cut or self._output.is_after_markup

    def _bare(self) -> Reading[bool]:
        """Read a call without markup, if this is one; False where it is not."""
        self._attempts.show((yield from self._reader.blanks()))
        self._reader.begin()
        ahead = yield from self._reader.peek()
        self._prose.may_begin_bare = False
        if not self._tools.names or self._prose.in_quotation:
            return False
        if ahead in ("{", "["):
            yield from self._attempts.read_call("", read_bare, ())
        elif not self._prose.has_text:
            yield from self._attempts.read_call("", read_named, ())
        return True

    def _mark(self, mark: str) -> Reading[None]:
        """Read a mark, and what belongs to it."""
        self._reader.begin()
        if self._prose.code_mark:
            yield from read_code_in_line(self._reader, self._prose, self._attempts.show)
        elif self._prose.begins_line and (yield from self._reader.accept(*TO_ALL)):
            self._output.note_markup()
        elif mark in FORMATS and self._opens_call(mark):
            known = FORMATS[mark]
            yield from self._attempts.read_call(mark, known.read, known.closers)
        elif self._prose.in_quotation:
            self._attempts.show(self._reader.take(len(mark)))
        elif mark in THINKING:
            self._reader.take(len(mark))
            yield from read_thinking(self._reader, THINKING[mark], self._output)
        elif mark in HEADERS and (mark != RECIPIENT_FIRST or self._stands_first):
            yield from self._attempts.read_message(mark)
        elif mark in (*self._attempts.unclosed, *DROPPED) or (
            mark in END_OF_TURN and (yield from self._ends_turn(mark))
        ):
            self._reader.take(len(mark))
            self._output.note_markup()
        else:
            self._attempts.show(self._reader.take(len(mark)))

    @property
    def _stands_first(self) -> bool:
        """Tell whether nothing but white space came since the beginning or since markup."""
        return self._output.is_after_markup or not self._prose.has_text

    @property
    def _begins_word(self) -> bool:
        """Tell whether an opening that is a word may stand here: first, or after a blank."""
        return self._stands_first or self._prose.begins_word

    def _opens_call(self, mark: str) -> bool:
        """Tell whether an opening can be meant as one, where it stands."""
        if mark == RECIPIENT:
            return self._prose.begins_line or self._stands_first
        return bool(self._tools.names) and (self._begins_word or not mark[0].isalpha())

    def _ends_turn(self, mark: str) -> Reading[bool]:
        """Tell whether a mark is an end of turn, after a call or at the end of the reply."""
        if mark not in END_OF_TURN or self._stands_first:
            return mark in END_OF_TURN
        read = self._reader.take(len(mark)) + (yield from self._reader.blanks())
        ahead = yield from self._reader.peek()
        self._reader.put_back(read)
        return not ahead
