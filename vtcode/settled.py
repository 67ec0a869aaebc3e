"""Terminal output as it stands in the end: movements of the cursor are carried out, not shown. Pure.

A command in a pseudo-terminal writes over what it wrote: carriage returns and backspaces in a line, progress
of several lines that goes up and begins anew, whole screens. What a reader wants is what was written last.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final, TypeAlias

from vtcode.sgr import look_after
from vtcode.visible import plain

_MOVES: Final = re.compile(r"\r(?!\n)|\x08|\x1b(?!\[[0-9;:]*m)")
"""Whatever is neither text, nor the end of a line, nor a look."""
_STILL: Final = re.compile(
    r"\x1b\[\?(?!(?:1049|1047|47)[hl])[0-9;]*[hl]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[=>]|\x1b[()][0-9A-Z]"
)
"""What is sent often and moves nothing: the cursor's look, titles, links, the keypad, character sets."""
_ERASED_REST: Final = re.compile(r"\x1b\[0?K")
"""Erases nothing where nothing was written over."""
_PIECES: Final = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<order>[@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|\x1b(?P<escape>[ -/]*[0-~]?)"
    r"|(?P<control>[\r\n\x08\t])"
    r"|(?P<text>[^\x1b\r\n\x08\t]+)"
)
_ALTERNATE: Final = frozenset({"?1049", "?1047", "?47"})
"""The screen of full-screen programs, which is gone once they end."""
_ROWS: Final = 24
_COLUMNS: Final = 240
"""How far right the cursor is moved; text that is written goes on as far as it is long."""
_TAB: Final = 8

_Cell: TypeAlias = tuple[str, str]
"""A character, and its look; the rest of a wide one, or of a tab, is empty."""
_BLANK: Final[_Cell] = (" ", "")


@lru_cache(maxsize=4)
def settled(output: str, *, rows: int = _ROWS) -> str:
    r"""Return terminal output without movements: lines that end in `\n`, their looks in `\x1b[...m`.

    Lines are not wrapped at the terminal's width; all other escape sequences are gone.

    Args:
        output: What the command wrote, raw.
        rows: How high its terminal was: so far up it can write over something.
    """
    if "\x1b" in output:
        output = _STILL.sub("", output)
    if not _MOVES.search(output):
        return output.replace("\r\n", "\n")
    if not _MOVES.search(unerased := _ERASED_REST.sub("", output)):
        return unerased.replace("\r\n", "\n")
    screen = _Screen(rows)
    for piece in _PIECES.finditer(re.sub(r"\r+\n", "\n", output)):
        screen.take(piece)
    return screen.text()


class _Screen:
    """What a terminal shows, and what scrolled out of it, which nothing can change any more."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._gone: list[str] = []
        self._rows: list[list[_Cell]] = [[]]
        self._row = self._column = 0
        self._look = ""
        self._saved = (0, 0)
        self._main: tuple[list[str], list[list[_Cell]], int, int] | None = None
        """What the alternate screen hides; None: it is not there."""

    def take(self, piece: re.Match[str]) -> None:
        """Follow a piece of output."""
        if text := piece["text"]:
            self._write(plain(text))
        elif control := piece["control"]:
            self._control(control)
        elif order := piece["order"]:
            self._order(order, piece["parameters"])
        elif escape := piece["escape"]:
            self._escape(escape)

    def text(self) -> str:
        """Return all lines."""
        hidden = [*self._main[0], *map(_line, self._main[1])] if self._main else []
        return "\n".join([*hidden, *self._gone, *map(_line, self._rows)])

    def _write(self, text: str) -> None:
        if text.isascii():
            self._put([(character, self._look) for character in text])
            return
        for character in text:
            if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
                self._join(character)
            else:
                wide = unicodedata.east_asian_width(character) in "WF"
                self._put([(character, self._look), *[("", self._look)] * wide])

    def _put(self, cells: list[_Cell]) -> None:
        row = self._rows[self._row]
        row += [_BLANK] * (self._column - len(row))
        end = self._column + len(cells)
        _part(row, self._column)
        _part(row, end)
        row[self._column : end] = cells
        self._column = end

    def _join(self, mark: str) -> None:
        """Put a combining mark on the character before it."""
        row = self._rows[self._row]
        at = min(self._column, len(row)) - 1
        while at > 0 and not row[at][0]:
            at -= 1
        if at >= 0:
            row[at] = (row[at][0] + mark, row[at][1])

    def _control(self, control: str) -> None:
        match control:
            case "\n":
                self._column = 0
                self._down()
            case "\r":
                self._column = 0
            case "\x08":
                self._column = max(0, self._column - 1)
            case _:
                blanks = _TAB - self._column % _TAB
                if self._column < len(self._rows[self._row]):
                    self._column += blanks  # a tab goes over what is written
                else:
                    self._put([("\t", self._look), *[("", self._look)] * (blanks - 1)])

    def _down(self) -> None:
        self._row += 1
        if self._row < len(self._rows):
            return
        self._rows.append([])
        if len(self._rows) > self._height:
            self._gone.append(_line(self._rows.pop(0)))
            self._row -= 1

    def _escape(self, escape: str) -> None:
        match escape:
            case "7":
                self._saved = (self._row, self._column)
            case "8":
                self._go(*self._saved)
            case "M":
                self._go(self._row - 1, self._column)
            case "D":
                self._down()
            case "E":
                self._control("\n")
            case _:
                pass

    def _order(self, order: str, parameters: str) -> None:
        """Follow a control sequence (CSI)."""
        if order in "hl":
            if parameters in _ALTERNATE:
                self._switch(to_alternate=order == "h")
        elif order == "m":
            if not parameters.strip("0123456789:;"):  # others are a terminal's private matters
                self._look = look_after(self._look, parameters)
        elif order in "JKXP@LM":
            self._erase(order, _number(parameters, 0))
        elif order in "ABCDEFGHdfsu`":
            self._move(order, parameters)

    def _move(self, order: str, parameters: str) -> None:
        count = _number(parameters, 1) or 1
        row, column = self._row, self._column
        match order:
            case "A" | "F":
                self._go(row - count, 0 if order == "F" else column)
            case "B" | "E":
                self._go(row + count, 0 if order == "E" else column)
            case "C":
                self._go(row, column + count)
            case "D":
                self._go(row, column - count)
            case "G" | "`":
                self._go(row, count - 1)
            case "d":
                self._go(count - 1, column)
            case "H" | "f":
                self._go(count - 1, (_number(parameters.partition(";")[2], 1) or 1) - 1)
            case "s":
                self._saved = (row, column)
            case _:
                self._go(*self._saved)

    def _go(self, row: int, column: int) -> None:
        """Move the cursor, as far as the screen goes."""
        self._row = min(max(0, row), self._height - 1)
        self._rows += [[] for _ in range(self._row + 1 - len(self._rows))]
        self._column = max(0, min(column, max(_COLUMNS, self._column)))

    def _erase(self, order: str, number: int) -> None:
        row, at, count = self._rows[self._row], self._column, max(1, number)
        match order:
            case "K":
                self._erase_line(number)
            case "J":
                self._erase_line(number)
                if number != 1:
                    del self._rows[self._row + 1 :]
                for above in self._rows[: self._row if number else 0]:
                    above.clear()
            case "X":
                row[at : at + count] = [_BLANK] * len(row[at : at + count])
            case "P":
                del row[at : at + count]
            case "@" if at < len(row):
                longest = max(len(row), _COLUMNS)
                row[at:at] = [_BLANK] * min(count, _COLUMNS)
                del row[longest:]
            case "L":
                self._rows[self._row : self._row] = [[] for _ in range(min(count, self._height - self._row))]
                del self._rows[self._height :]
            case "M":
                del self._rows[self._row : self._row + count]
                self._rows += [[]] * (self._row >= len(self._rows))

    def _erase_line(self, number: int) -> None:
        row = self._rows[self._row]
        match number:
            case 0:
                del row[self._column :]
            case 1:
                row[: self._column + 1] = [_BLANK] * len(row[: self._column + 1])
            case _:
                row.clear()

    def _switch(self, *, to_alternate: bool) -> None:
        if to_alternate and not self._main:
            self._main = (self._gone, self._rows, self._row, self._column)
            self._gone, self._rows, self._row, self._column = [], [[]], 0, 0
        elif self._main and not to_alternate:
            self._gone, self._rows, self._row, self._column = self._main
            self._main = None


def _part(row: list[_Cell], column: int) -> None:
    """Leave blanks of a wide character, or of a tab, into whose middle something else goes."""
    if column >= len(row) or row[column][0]:
        return
    start = end = column
    while start and not row[start][0]:
        start -= 1
    while end < len(row) and not row[end][0]:
        end += 1
    row[start:end] = [_BLANK] * (end - start)


def _number(parameters: str, default: int) -> int:
    digits = parameters.partition(";")[0]
    return int(digits[:4]) if digits.isdecimal() and digits.isascii() else default


def _line(row: list[_Cell]) -> str:
    """Return a row as text, without the blanks at its end."""
    end = len(row)
    while end and row[end - 1] == _BLANK:
        end -= 1
    parts: list[str] = []
    before = ""
    for look, cells in groupby(row[:end], key=lambda cell: cell[1]):
        parts += [f"\x1b[0;{look}m" if look else "\x1b[m"] * (look != before)
        parts.append("".join(character for character, _ in cells))
        before = look
    return "".join(parts) + ("\x1b[m" if before else "")
