"""How `/undo`, `/rewind` and `/diff` say what they would do, and did. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from vtcode.questions import FileDiff
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.session.change_log import CommandTraces
    from vtcode.session.undo import FileBack

_MOST_PATHS = 10
_MOST_LINES = 400
_TAB = 4
_QUOTED_CHARS = 100


def quoted(text: str) -> str:
    """Return the beginning of a message, in one line; empty where there is none."""
    line = revealed(" ".join(text.split()), keep_newlines=False)
    if not line:
        return ""
    return f'"{line}"' if len(line) <= _QUOTED_CHARS else f'"{line[: _QUOTED_CHARS - 1]}…"'


def preview(files: Sequence[FileBack], traces: str) -> str:
    """Return what happens to each file, and what can't go back."""
    lines = [f"{file.shown}: {fate(file)}" for file in files] or [
        "No file of the agent's is left to go back."
    ]
    return "\n".join([*lines, *(["", traces] if traces else [])])


def diffs_back(files: Sequence[FileBack]) -> tuple[FileDiff, ...]:
    """Return what changes in each file that can go back."""
    diffs = ((file, file.diff_back()) for file in files if file.standing in ("ready", "changed"))
    return tuple(
        FileDiff(
            path=file.shown,
            diff=diff.text,
            note=", if what changed otherwise is overwritten" if file.standing == "changed" else "",
        )
        for file, diff in diffs
        if diff and diff.text
    )


def fate(file: FileBack, *, is_done: bool = False) -> str:
    """Return what becomes of a file.

    Args:
        file: As it is, or was.
        is_done: It went back.
    """
    match file.standing:
        case "ready":
            return _back_words(file)
        case "as_before":
            return "holds again what it held"
        case "changed" if is_done:
            return f"{_back_words(file)}, with what had changed otherwise"
        case "changed":
            return "was changed otherwise too, since then or in between; stays as it is"
        case "lost":
            return "what it held is no longer kept; stays as it is"
        case _:
            assert_never(file.standing)


def by_commands_words(traces: CommandTraces | None) -> str:
    """Return what commands changed, which can't go back; empty: nothing."""
    if traces is None:
        return ""
    if traces.paths is None:
        return "Commands ran, too, and can't be undone. Which files they changed is not known."
    shown = ", ".join(f"`{revealed(path, keep_newlines=False)}`" for path in traces.paths[:_MOST_PATHS])
    more = len(traces.paths) - _MOST_PATHS
    return f"Changed by commands, which can't be undone: {shown}{f' and {more:,} more' if more > 0 else ''}"


def diff_text(files: Sequence[FileBack]) -> str:
    """Return, as Markdown, what changed in each file; empty: nothing."""
    parts: list[str] = []
    left = _MOST_LINES
    for file in files:
        if file.standing == "as_before":
            continue
        diff = file.diff()
        head = f"`{file.shown}`: {_made_words(file)}"
        if diff is None or file.standing == "lost":
            parts.append(f"{head} (can't be shown)")
            continue
        lines = revealed(diff.text.expandtabs(_TAB)).splitlines()
        shown, rest = lines[:left], lines[left:]
        left -= len(shown)
        parts.append(head)
        if shown:
            parts.append(_fenced(shown, file.shown))
        if shown and rest:
            parts.append(f"… {len(rest):,} more lines")
    return "\n\n".join(parts)


def _fenced(lines: list[str], path: str) -> str:
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    name = "" if "`" in path else f" {revealed(path, keep_newlines=False)}"
    return "\n".join([f"{fence}diff{name}", *lines, fence])


def _made_words(file: FileBack) -> str:
    diff = file.diff()
    also = ", also by something else" if file.standing == "changed" else ""
    if diff is None or file.standing == "lost":
        return f"changed{also}"
    if file.held is None:
        return f"is gone{also}"
    return f"{'new, ' * file.was_made}+{diff.added_lines:,} -{diff.removed_lines:,}{also}"


def _back_words(file: FileBack) -> str:
    """Say how a file changes as it goes back."""
    if file.was_made:
        return "was made, is removed"
    if file.held is None:
        return "is made again"
    diff = file.diff()
    return "goes back" if diff is None else f"goes back, +{diff.removed_lines:,} -{diff.added_lines:,}"
