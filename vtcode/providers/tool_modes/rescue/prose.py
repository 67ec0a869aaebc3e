"""Where in a Markdown text the next character stands: what is only shown there is no call."""

from __future__ import annotations

import re

_MAX_HEAD = 256
_CODE_INDENT = re.compile(r" {4}| {0,3}\t")
_BLOCK_QUOTE = re.compile(r"\s*>(?!>>)")
_FENCE_PREFIX = re.compile(r"[ \t]*(?:(?:[-*+>]|\d{1,9}[.)])[ \t]*)*")
_OPENING_QUOTES = "“‘„‚«‹「『"
_SENTENCE_ENDS = ".!?…。！？"
_GOES_ON = re.compile(r" ?[a-z,;.:)]")


class Prose:
    """Follows the text of a reply, line by line."""

    def __init__(self) -> None:
        self.may_begin_bare = True
        """True where nothing but white space came since the beginning, or since a blank line."""
        self.has_text = False
        """True when anything but white space came."""
        self.code_mark = ""
        """The backticks that opened code in the line, and were not closed yet."""
        self._head = ""
        """The line so far, or its beginning."""
        self._last = ""
        """The last two characters of the line."""
        self._double_quotes = 0
        self._single_quotes = 0
        self._after_blank = True
        self._after_code = False

    @property
    def in_quotation(self) -> bool:
        """Tell whether what comes next is shown as an example: quoted, or in a block of code by indent."""
        if _BLOCK_QUOTE.match(self._head) or self._is_indented_code:
            return True
        last = self._last[-1:]
        if last == '"':
            return self._double_quotes % 2 == 1
        if last == "'":
            return self._single_quotes % 2 == 1 and not self._last[:-1].isalnum()
        return bool(last) and last in _OPENING_QUOTES

    @property
    def in_sentence(self) -> bool:
        """Tell whether the line so far is a sentence that has not ended."""
        line = self._last.rstrip() or self._head.rstrip()
        return bool(line) and line[-1] not in _SENTENCE_ENDS and any(map(str.isalpha, self._head))

    @property
    def begins_word(self) -> bool:
        """Tell whether a blank comes right before, or nothing on this line."""
        return not self._last or self._last[-1].isspace()

    @property
    def begins_line(self) -> bool:
        """Tell whether the line is empty so far."""
        return not self._head

    @property
    def may_open_fence(self) -> bool:
        """Tell whether the line so far is nothing but indent and the marks of lists and quotations."""
        return _FENCE_PREFIX.fullmatch(self._head) is not None

    def closes_fence(self, mark: str) -> bool:
        """Tell whether the line so far closes a fence that `mark` opened."""
        run = self._head.strip(" \t>")
        return len(run) >= len(mark) and not run.strip(mark[0])

    def add(self, text: str) -> None:
        """Follow a piece of the text."""
        first, *lines = text.split("\n")
        self._add_to_line(first)
        for line in lines:
            self._end_line()
            self._add_to_line(line)

    def begin_message(self) -> None:
        """Begin anew: a message of the reply begins, whose text may not be a call without markup."""
        self.add("\n")
        self.may_begin_bare = False

    def note_markup(self) -> None:
        """Note that markup came, which is no text."""
        self.may_begin_bare = False

    def _add_to_line(self, text: str) -> None:
        if not text:
            return
        self._head += text[: max(0, _MAX_HEAD - len(self._head))]
        self._last = (self._last + text[-2:])[-2:]
        self._double_quotes += text.count('"')
        self._single_quotes += text.count("'")
        if not text.isspace():
            self.may_begin_bare, self.has_text = False, True

    def _end_line(self) -> None:
        is_blank = not self._head or self._head.isspace()
        self._after_code = self._is_indented_code or (is_blank and self._after_code)
        self._after_blank = is_blank
        self.may_begin_bare = self.may_begin_bare or is_blank
        self._head = self._last = self.code_mark = ""
        self._double_quotes = self._single_quotes = 0

    @property
    def _is_indented_code(self) -> bool:
        may_be = self._after_code or (self._after_blank and self.has_text)
        return may_be and _CODE_INDENT.match(self._head) is not None


def goes_on(following: str) -> bool:
    """Tell whether a sentence goes on with `following`."""
    return _GOES_ON.match(following) is not None
