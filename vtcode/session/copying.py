"""What `/copy` takes out of a conversation: an answer, or the code in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtcode.errors import UsageError
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})(.*)")
_NTH: Final = {1: "the last answer", 2: "the answer before the last"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Text for the clipboard."""

    text: str
    """Without control characters: who pastes it into a shell runs no more than what they saw."""
    what: str
    """What it is, in words: `the last answer`."""


def copied(text: str, what: str) -> Copied:
    """Return untrusted text as it may be copied."""
    return Copied(text=plain(text).strip("\n"), what=what)


def copy_on_this_machine(text: str) -> None:
    """Put text on the desktop's clipboard where the terminal can't be relied on to do it."""
    from vtcode.system.clipboard import clipboard_program, copy_with

    if program := clipboard_program():
        copy_with(program, text)


def copied_answer(answers: Sequence[str], argument: str = "") -> Copied:
    """Return what the argument of `/copy` means.

    Args:
        answers: Markdown, oldest first.
        argument: `answer` or empty for the last one, `code` for the last code block in any, a number for
            the answer so far from the end, 1 being the last.

    Raises:
        UsageError: There is no such thing.
    """
    if argument == "code":
        for answer in reversed(answers):
            if blocks := code_blocks(answer):
                return copied(blocks[-1], "the last code block")
        raise UsageError("No answer has a code block yet.")
    if argument not in {"", "answer"} and not (argument.isascii() and argument.isdecimal()):
        raise UsageError("/copy takes answer, code, or a number: 1 is the last answer, 2 the one before it.")
    number = int(argument) if argument.isdecimal() else 1
    if not 0 < number <= len(answers):
        there_are = f"There are {len(answers)}." if answers else "There is none yet."
        raise UsageError(f"There is no such answer to copy. {there_are}")
    return copied(answers[-number], _NTH.get(number, f"answer {number} from the end"))


def code_blocks(markdown: str) -> list[str]:
    """Return the fenced code in a text, in order; one that is not closed ends with the text."""
    blocks: list[str] = []
    lines: list[str] | None = None
    closing, indent = "", ""
    for line in markdown.split("\n"):
        match = _FENCE.fullmatch(line)
        if lines is None:
            if match and "`" not in match[3]:
                lines, indent, closing = [], match[1], match[2]
        elif match and match[2].startswith(closing) and not match[3].strip():
            blocks.append("\n".join(lines))
            lines = None
        else:
            lines.append(line.removeprefix(indent))
    if lines is not None:
        blocks.append("\n".join(lines))
    return blocks
