"""How the editors of the field are told a line, and which of them open a window of their own."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from vtcode.errors import EditorFailed
from vtcode.system.editor import edit_file, started_as
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAILS_WITHIN_S: Final = 0.5
"""A window that is open after this time is left to itself."""
_WAIT_OPTIONS: Final = frozenset({"--wait", "-w", "--block"})
"""For a draft the program has to wait; a file that is only opened must not hold it up."""

_PLUS: Final = ("+{line}",)
_PLUS_COLON: Final = ("+{line}:{column}",)
_PLUS_COMMA: Final = ("+{line},{column}",)
_CURSOR: Final = ("+call cursor({line},{column})",)
_SUFFIX: Final = (":{line}:{column}",)
_GOTO: Final = ("--goto", ":{line}:{column}")
_LINE_COLUMN: Final = ("--line", "{line}", "--column", "{column}")

_SYNTAX: Final[dict[str, tuple[str, ...]]] = {
    "vi": _PLUS,
    "vim": _CURSOR,
    "nvim": _CURSOR,
    "view": _PLUS,
    "nano": _PLUS_COMMA,
    "pico": _PLUS,
    "emacs": _PLUS_COLON,
    "emacsclient": _PLUS_COLON,
    "micro": _PLUS_COLON,
    "kak": _PLUS_COLON,
    "mg": _PLUS,
    "ne": _PLUS,
    "joe": _PLUS,
    "jed": _PLUS,
    "mcedit": _PLUS,
    "hx": _SUFFIX,
    "helix": _SUFFIX,
    "gvim": _CURSOR,
    "mvim": _CURSOR,
    "code": _GOTO,
    "code-insiders": _GOTO,
    "codium": _GOTO,
    "vscodium": _GOTO,
    "cursor": _GOTO,
    "windsurf": _GOTO,
    "zed": _SUFFIX,
    "zeditor": _SUFFIX,
    "subl": _SUFFIX,
    "gedit": _PLUS_COLON,
    "gnome-text-editor": _PLUS,
    "kate": _LINE_COLUMN,
    "idea": _LINE_COLUMN,
    "pycharm": _LINE_COLUMN,
    "mate": ("--line", "{line}:{column}"),
}
"""By an editor's name: what goes before the file, or with a `:` right behind it. Another editor is given the
file alone."""
_WINDOWED: Final = frozenset(list(_SYNTAX)[list(_SYNTAX).index("gvim") :])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a file."""

    path: Path
    """Absolute."""
    line: int | None = None
    """From 1; None: wherever the editor begins."""
    column: int | None = None
    """From 1."""


def has_window(command: Sequence[str]) -> bool:
    """Return whether an editor opens a window of its own, and leaves the terminal alone."""
    return _name(command) in _WINDOWED


def command_at(command: Sequence[str], place: Place) -> tuple[str, ...]:
    """Return the words that open `place` in the editor that `command` starts."""
    file = str(place.path)
    before: list[str] = []
    if place.line is not None:
        for template in _SYNTAX.get(_name(command), ()):
            word = template.format(line=place.line, column=place.column or 1)
            if word.startswith(":"):
                file += word
            else:
                before.append(word)
    return (*command, *before, file)


async def open_place(command: Sequence[str], place: Place) -> None:
    """Open a place in the editor: one of the terminal is waited for, a window is not.

    Raises:
        EditorFailed: It can't be started, or ends with an error.
    """
    if not has_window(command):
        *words, file = command_at(command, place)
        await edit_file(words, Path(file))
        return
    words = [word for word in command_at(command, place) if word not in _WAIT_OPTIONS]
    name = revealed(words[0], keep_newlines=False)
    try:
        code = await asyncio.to_thread(_start_window, started_as(words))
    except OSError as error:
        raise EditorFailed(f"{name} can't be started: {error.strerror}.") from None
    if code:
        raise EditorFailed(f"{name} ended with {code}.")


def _start_window(words: Sequence[str]) -> int:
    """Start a program that outlives this one; return its exit code where it ends at once, else 0."""
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(words, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    try:
        return process.wait(_FAILS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # it goes on by itself: nobody is to be warned that it does
        return 0


def _name(command: Sequence[str]) -> str:
    return PurePath(command[0]).name.removesuffix(".exe")
