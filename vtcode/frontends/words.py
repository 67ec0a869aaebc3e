"""The word before the cursor that may be completed, and how a path is written in a message. Pure."""

from __future__ import annotations

import re
from typing import Final

from vtcode.visible import revealed

_FILE_WORD: Final = re.compile(r"""(?:^|(?<=[\s(\[]))@(?:"[^"]*|[^\s"]*)$""")
_PLAIN_PATH: Final = re.compile(r"[^\s\"'\\()]+")


def word_before(line: str, *, is_all: bool) -> str:
    """Return the word that is being typed at the end of `line`, with its `/`, `#` or `@`; empty: none.

    Args:
        line: What stands before the cursor in its line.
        is_all: There is nothing else in the prompt: only then a command or a prompt can be meant.
    """
    if is_all and line.startswith("!"):
        return ""  # a shell takes `@` as it stands
    if is_all and line.startswith(("/", "#")) and not any(character.isspace() for character in line):
        return line
    found = _FILE_WORD.search(line)
    return found[0] if found else ""


def letters_of(word: str) -> str:
    """Return the letters of a file that are typed behind its `@`."""
    return word.removeprefix("@").removeprefix('"')


def written_path(path: str, *, goes_on: bool = False) -> str:
    """Return a path as it stands in a message; empty: it could not be read back from there.

    Args:
        path: Of a file, or of a folder with a slash at its end.
        goes_on: More of it is to be typed: its quotes stay open.
    """
    if '"' in path or revealed(path, keep_newlines=False) != path:
        return ""
    if _PLAIN_PATH.fullmatch(path):
        return f"@{path}"
    return f'@"{path}' if goes_on else f'@"{path}"'
