"""Trying to read a call where one seems to begin, and settling what it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.providers.tool_modes.rescue.channels import CALL_ENDS, read_channel
from vtcode.providers.tool_modes.rescue.outcomes import Broken, Cut, NotMarkup
from vtcode.providers.tool_modes.rescue.prose import goes_on

if TYPE_CHECKING:
    from vtcode.providers.tool_modes.rescue.formats import ReadCalls
    from vtcode.providers.tool_modes.rescue.output import Output
    from vtcode.providers.tool_modes.rescue.prose import Prose
    from vtcode.providers.tool_modes.rescue.reader import Reader, Reading
    from vtcode.providers.tool_modes.rescue.tools import Found, KnownTools

_MAX_RETRIES = 8
"""How often text after a call that never ended is read again, which costs a pass over all of it."""
_MAX_LOOK_AHEAD = 1024
"""What was read of a call's beginning before it turned out to be none is shorter; then it is read again."""
_WORD = re.compile(r"[\w.:/-]+(?=[^\w.:/-])")
_NAME_WITHIN = 300
"""In so many characters of a call its tool is named, as a rule."""


class Attempts:
    """Reads calls from a reply into an output; what is none goes back, or is shown."""

    def __init__(self, reader: Reader, tools: KnownTools, output: Output, prose: Prose) -> None:
        self.lost_call = False
        """True when a call was cut, malformed or addressed to nobody."""
        self.unclosed: tuple[str, ...] = ()
        """What may still close the last call."""
        self._reader = reader
        self._tools = tools
        self._output = output
        self._prose = prose
        self._retries = _MAX_RETRIES
        self._name: str | None = None
        """Of the tool that is being called; None: none is; empty: its name can't be told yet."""

    def show(self, text: str) -> None:
        """Take text for what it is."""
        self._prose.add(text)
        self._output.add_text(text)

    def read_call(self, opening: str, read: ReadCalls, closers: tuple[str, ...]) -> Reading[None]:
        """Read what may be a call, and settle what it is."""
        quoted, in_sentence = self._prose.in_quotation, self._prose.in_sentence
        self._name = None if quoted else ""
        found: list[Found] = []
        try:
            yield from read(self._reader, self._tools, found)
        except (NotMarkup, Broken, Cut) as outcome:
            taken = self._reader.taken
            if isinstance(outcome, NotMarkup) and not found and len(taken) <= _MAX_LOOK_AHEAD:
                self._reader.put_back(taken)
                self.show(self._reader.take(len(opening)))
            elif quoted:
                self.show(taken)
            else:
                self._keep(found, closers)
                yield from self._lose(closers, was_cut=isinstance(outcome, Cut))
        else:
            mentioned = quoted or (in_sentence and goes_on((yield from self._reader.peek(2))))
            if mentioned or not any(found):
                self.show(self._reader.taken)
            else:
                self._keep(found, closers)
        self._name = None

    def _keep(self, found: list[Found], closers: tuple[str, ...]) -> None:
        self._output.add_calls([call for call in found if call is not None])
        self._prose.note_markup()
        self.unclosed = closers

    def _lose(self, closers: tuple[str, ...], *, was_cut: bool) -> Reading[None]:
        """Drop a call that is cut or malformed, up to what closes it; what comes after it is read again."""
        self.lost_call = True
        if was_cut:
            self._reader.take(len(self._reader.unread))
        end = _closing_of(self._reader.taken, closers)
        if end is None and not was_cut:
            start = len(self._reader.taken)
            try:
                yield from self._reader.until(*(closers or ("\n\n",)))
            except Cut:
                blank_line = self._reader.taken.find("\n\n", start)
                end = blank_line if blank_line >= 0 else None
        if end is not None and self._retries:
            self._retries -= 1
            self._reader.put_back(self._reader.taken[end:])

    def read_message(self, mark: str) -> Reading[None]:
        """Read a message of gpt-oss, or its header where the message is text."""
        try:
            found = yield from read_channel(self._reader, self._tools, self._output)
        except NotMarkup:
            self._reader.put_back(self._reader.taken)
            self._reader.take(len(mark))
            self._output.note_markup()
        except (Broken, Cut) as outcome:
            self._output.note_markup()
            yield from self._lose(CALL_ENDS, was_cut=isinstance(outcome, Cut))
        else:
            self.lost_call = self.lost_call or None in found
            self._output.add_calls([call for call in found if call is not None])
            self._prose.begin_message()

    def tell_progress(self, text: str) -> None:
        """Tell of the call that is being written, once its name can be told."""
        if self._name is None:
            return
        if not self._name:
            text, beginning = "", self._reader.taken_beginning(_NAME_WITHIN)
            tools = (self._tools.named(word) for word in _WORD.findall(beginning))
            name = next((tool.name for tool in tools if tool), "")
            self._name = name or (None if len(beginning) >= _NAME_WITHIN else "")
        if self._name:
            self._output.tell_progress(self._name, text)


def _closing_of(taken: str, closers: tuple[str, ...]) -> int | None:
    """Return where a call ends that was read too far: at what closes it, after the end of a value."""
    if not closers:
        return None
    found = re.search(rf"(?:[}}\])]|</[^<>]*>)\s*(?:{'|'.join(map(re.escape, closers))})", taken)
    return found.end() if found else None
