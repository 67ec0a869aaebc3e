"""Vim's keys for a text area: insert, normal and visual line mode, the subset that fingers know.

It starts in insert mode, and has one register. What is not understood in normal mode does nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from vtcode.frontends.tui.vim_motions import Stretch, first_nonblank, line_end, line_start, stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widgets import TextArea

Mode: TypeAlias = Literal["insert", "normal", "visual line"]

_BEGUN: Final = re.compile(r"(?:[1-9]\d*)?(?:[dcy](?:[1-9]\d*)?[ia]?)?[gfFtTr]?")
"""Keys that more must follow."""
_COMMAND: Final = re.compile(r"([1-9]\d*)?([dcy])?([1-9]\d*)?(gg|[ia]\S|[fFtTr].|\S)", re.DOTALL)
_SHORT: Final = {"D": ("d", "$"), "C": ("c", "$"), "Y": ("y", "y"), "x": ("d", "l"), "X": ("d", "h"),
                 "s": ("c", "l"), "S": ("c", "c")}  # fmt: skip
"""Commands that stand for an operator with a motion."""
_MAX_COUNT: Final = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class _Register:
    """What the last command took."""

    text: str = ""
    is_linewise: bool = False


class VimKeys:
    """Turns keys into edits of one text area."""

    def __init__(
        self, area: TextArea, *, on_mode: Callable[[], None], on_edge: Callable[[str], None]
    ) -> None:
        """Take a text area.

        Args:
            area: What the keys work on.
            on_mode: Called when the mode changes.
            on_edge: Called with `j` or `k` where there is no line to move to.
        """
        self.mode: Mode = "insert"
        self._area = area
        self._on_mode = on_mode
        self._on_edge = on_edge
        self._typed = ""
        self._register = _Register()
        self._anchor = 0
        """A line of the selection, in visual line mode."""

    def press(self, key: str, character: str | None) -> bool:
        """Take a key; False: it means what it means without vim.

        Terminals send the same for a letter with Alt as for Escape and the letter right behind it.
        """
        if self.mode == "insert":
            if not (character and character.isprintable() and key.startswith("alt+")):
                return False
            self.leave()
        if key == "ctrl+r":
            self._area.redo()
            return True
        if key == "backspace":
            character = "h"
        if character is None or not character.isprintable():
            self._typed = ""
            return False
        self._typed += character
        takes_lines = self.mode == "visual line" and character in "dcy"
        if _BEGUN.fullmatch(self._typed) and not takes_lines:
            return True
        typed, self._typed = self._typed, ""
        if command := _COMMAND.fullmatch(typed):
            self._area.history.checkpoint()
            self._run(command)
        return True

    def leave(self) -> bool:
        """Go back towards normal mode, as Escape does; False: there is nothing to leave."""
        if self._typed:
            self._typed = ""
        elif self.mode == "insert":
            self._set_mode("normal")
            self._go_to(max(line_start(self._text, self._at), self._at - 1))
        elif self.mode == "visual line":
            self._area.move_cursor(self._area.cursor_location)
            self._set_mode("normal")
        else:
            return False
        return True

    def insert(self) -> None:
        """Go to insert mode, for a new prompt."""
        self._typed = ""
        self._set_mode("insert")

    @property
    def _text(self) -> str:
        return "\n".join(self._area.document.lines)

    @property
    def _at(self) -> int:
        row, column = self._area.cursor_location
        return sum(len(line) + 1 for line in self._area.document.lines[:row]) + column

    def _run(self, command: re.Match[str]) -> None:
        counts = [int(count) for count in command.group(1, 3) if count]
        count = min(_MAX_COUNT, counts[0] * counts[-1] if len(counts) > 1 else counts[0]) if counts else None
        operator, key = command[2] or "", command[4]
        if self.mode == "visual line":
            self._run_on_lines(key, count)
            return
        if not operator and key in _SHORT:
            operator, key = _SHORT[key]
        if operator:
            self._operate(operator, key, count)
        elif self._edit(key, count or 1):
            return
        elif led := stretch(self._text, self._at, key, count):
            self._go_to(led.end)
        elif key in ("j", "k"):
            self._on_edge(key)

    def _edit(self, key: str, count: int) -> bool:
        """Run a command without a motion; False: it is none."""
        text, at = self._text, self._at
        match key:
            case "i":
                self._set_mode("insert")
            case "a":
                self._insert_at(min(at + 1, line_end(text, at)))
            case "I":
                self._insert_at(first_nonblank(text, at))
            case "A":
                self._insert_at(line_end(text, at))
            case "o":
                self._replace(line_end(text, at), line_end(text, at), "\n")
                self._set_mode("insert")
            case "O":
                self._replace(line_start(text, at), line_start(text, at), "\n")
                self._insert_at(line_start(text, at))
            case "p" | "P":
                self._put(before=key == "P", count=count)
            case "u":
                self._area.undo()
            case "J":
                self._join(count)
            case "V":
                self._anchor = self._area.cursor_location[0]
                self._set_mode("visual line")
                self._select_lines()
            case _ if key[0] == "r" and len(key) > 1:
                if at + count <= line_end(text, at):
                    self._replace(at, at + count, key[1] * count)
                    self._go_to(at + count - 1)
            case _:
                return False
        return True

    def _run_on_lines(self, key: str, count: int | None) -> None:
        """Run a command in visual line mode."""
        row = self._area.cursor_location[0]
        if key in ("d", "x", "c", "s", "y"):
            first, last = sorted((self._anchor, row))
            self._set_mode("normal")
            self._area.move_cursor((first, 0))
            operator = {"x": "d", "s": "c"}.get(key, key)
            self._operate(operator, operator, last - first + 1)
        elif key == "V":
            self.leave()
        elif led := stretch(self._text, self._at, key, count):
            self._area.move_cursor(self._location(led.end))
            self._select_lines()

    def _operate(self, operator: str, motion: str, count: int | None) -> None:
        text, at = self._text, self._at
        if motion == operator:
            lines = text[at:].count("\n") + 1
            last = (
                stretch(text, at, "j", min(count or 1, lines) - 1) if (count or 1) > 1 and lines > 1 else None
            )
            self._operate_on_lines(operator, at, last.end if last else at)
            return
        if operator == "c" and motion in ("w", "W") and not text[at : at + 1].isspace():
            motion = {"w": "e", "W": "E"}[motion]
        covered = stretch(text, at, motion, count)
        if covered is None and motion == "e" and at < len(text):
            covered = Stretch(start=at, end=at, is_inclusive=True)  # a word of one letter, the last
        if covered is None:
            return
        start, end = sorted((covered.start, covered.end))
        if covered.is_linewise:
            self._operate_on_lines(operator, start, end)
            return
        end = min(len(text), end + covered.is_inclusive)
        if motion in ("w", "W") and "\n" in text[start:end]:
            end = max(start, text.index("\n", start))  # a word at a line's end does not join it to the next
        self._register = _Register(text=text[start:end])
        if operator != "y":
            self._replace(start, end, "")
        self._insert_at(start) if operator == "c" else self._go_to(start)

    def _operate_on_lines(self, operator: str, first: int, last: int) -> None:
        """Take the lines from the one of the offset `first` to that of `last`."""
        text = self._text
        start, end = line_start(text, first), line_end(text, last)
        self._register = _Register(text=text[start:end], is_linewise=True)
        if operator == "y":
            return
        if operator == "c":
            self._replace(start, end, "")
            self._insert_at(start)
            return
        if end < len(text):
            end += 1
        elif start > 0:
            start -= 1
        self._replace(start, end, "")
        self._go_to(first_nonblank(self._text, min(start, len(self._text))))

    def _put(self, *, before: bool, count: int) -> None:
        taken, text, at = self._register, self._text, self._at
        if not taken.text and not taken.is_linewise:
            return
        if taken.is_linewise:
            lines = "\n".join([taken.text] * count)
            place = line_start(text, at) if before else line_end(text, at)
            self._replace(place, place, f"{lines}\n" if before else f"\n{lines}")
            self._go_to(first_nonblank(self._text, place if before else place + 1))
            return
        place = at if before else min(at + 1, line_end(text, at))
        self._replace(place, place, taken.text * count)
        self._go_to(place + len(taken.text) * count - 1)

    def _join(self, count: int) -> None:
        for _ in range(max(1, count - 1)):
            text = self._text
            end = line_end(text, self._at)
            if end == len(text):
                return
            self._replace(end, first_nonblank(text, end + 1), " ")
            self._go_to(end)

    def _insert_at(self, offset: int) -> None:
        self._area.move_cursor(self._location(offset))
        self._set_mode("insert")

    def _go_to(self, offset: int) -> None:
        """Move the cursor, to a character: behind a line's last there is none in normal mode."""
        text = self._text
        offset = min(offset, len(text))
        last = max(line_start(text, offset), line_end(text, offset) - 1)
        self._area.move_cursor(self._location(min(offset, last)))

    def _replace(self, start: int, end: int, text: str) -> None:
        self._area.replace(text, self._location(start), self._location(end), maintain_selection_offset=False)

    def _location(self, offset: int) -> tuple[int, int]:
        before = self._text[:offset]
        return before.count("\n"), offset - before.rfind("\n") - 1

    def _select_lines(self) -> None:
        """Show the lines of visual line mode as selected, the cursor staying in its line."""
        row, column = self._area.cursor_location
        anchor = (self._anchor, 0 if row >= self._anchor else len(self._area.document.get_line(self._anchor)))
        self._area.move_cursor(anchor)
        self._area.move_cursor((row, column), select=True)

    def _set_mode(self, mode: Mode) -> None:
        if mode != self.mode:
            self.mode = mode
            self._on_mode()
