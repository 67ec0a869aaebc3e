"""The line that takes the place of an old tool result: what was called, on what, and how it ended. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.actions import CommandAction, ReadAction, WriteAction
from vtcode.details import CommandDetails, DiffDetails, TextDetails
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.actions import Action
    from vtcode.events import ToolFinished

_LONGEST_TARGET = 80
_LONGEST_WORDS = 100


def stub(finished: ToolFinished, action: Action | None) -> str:
    """Return the line for a call's result.

    Args:
        finished: How the call ended.
        action: What it was about; None where the call could not be understood.
    """
    called = f"{finished.name} {target(action)}".rstrip()
    left_out = f"{len(finished.text):,} characters were left out; call it again if you need them"
    return f"[{called}: {outcome(finished)}. {left_out}]"


def target(action: Action | None) -> str:
    """Return what a call is about, in one short line: a path, a command; empty: nothing to name."""
    match action:
        case ReadAction(summary=summary, path=path):
            return clipped(summary or path, _LONGEST_TARGET)
        case WriteAction(path=path):
            return clipped(path, _LONGEST_TARGET)
        case CommandAction(command=command):
            return clipped(command, _LONGEST_TARGET)
        case _:
            return ""


def outcome(finished: ToolFinished) -> str:
    """Return how a call ended, in one short line."""
    match finished.details:
        case CommandDetails(exit_code=code) if finished.status != "denied":
            ended = "in the background" if code is None else f"exit code {code}"
            last = _last_line(finished.text)
            return f"{ended}, last line: {last}" if last else ended
        case DiffDetails(added_lines=added, removed_lines=removed) if finished.status == "completed":
            return f"done, +{added} -{removed} lines"
        case TextDetails(summary=summary) if finished.status == "completed" and summary:
            return clipped(summary, _LONGEST_WORDS)
    if finished.status == "completed":
        return "done"
    return f"{finished.status}: {clipped(finished.text.partition(chr(10))[0], _LONGEST_WORDS)}"


def clipped(text: str, longest: int) -> str:
    """Return `text` as one line of at most `longest` characters."""
    line = revealed(" ".join(text.split()), keep_newlines=False)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _last_line(text: str) -> str:
    lines = text.rstrip().rsplit("\n", 1)
    return clipped(lines[-1], _LONGEST_WORDS)
