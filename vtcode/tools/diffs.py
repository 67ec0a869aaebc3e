"""Two versions of a text as a unified diff. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtcode.system.alignment import common_edges, too_far_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONTEXT_LINES: Final = 3
_HUNK: Final = re.compile(r"^@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changes between two versions."""

    text: str
    """Unified, three lines of context, without file headers; empty where nothing changes."""
    added_lines: int
    removed_lines: int


def unified_diff(before: str, after: str) -> Diff:
    r"""Return the diff; a last line without a newline is followed by `\ No newline at end of file`.

    Where the texts differ over thousands of lines the whole stretch is shown as replaced: finding what it has
    in common would take too long.
    """
    old, new = _lines(before), _lines(after)
    start, end = common_edges(old, new)
    removed, added = old[start : len(old) - end], new[start : len(new) - end]
    if not removed and not added:
        return Diff(text="", added_lines=0, removed_lines=0)
    first = max(0, start - _CONTEXT_LINES)
    last = max(0, end - _CONTEXT_LINES)
    if too_far_apart(removed, added):
        leading, trailing = old[first:start], old[len(old) - end : len(old) - last]
        lines = list(_replaced_whole(first, leading, removed, added, trailing))
    else:
        window = difflib.unified_diff(
            old[first : len(old) - last], new[first : len(new) - last], n=_CONTEXT_LINES, lineterm="\n"
        )
        lines = [_HUNK.sub(lambda match: _shifted(match, first), line) for line in list(window)[2:]]
    body = [line for line in lines if not line.startswith("@@")]
    return Diff(
        text="".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
        ),
        added_lines=sum(line.startswith("+") for line in body),
        removed_lines=sum(line.startswith("-") for line in body),
    )


def _lines(text: str) -> list[str]:
    """Return the lines with their newlines; only LF ends a line."""
    *ended, unended = text.split("\n")
    return [f"{line}\n" for line in ended] + ([unended] if unended else [])


def _shifted(match: re.Match[str], lines: int) -> str:
    old, old_count, new, new_count = match.groups(default="")
    return f"@@ -{int(old) + lines}{old_count} +{int(new) + lines}{new_count} @@"


def _replaced_whole(
    first: int, leading: Sequence[str], removed: Sequence[str], added: Sequence[str], trailing: Sequence[str]
) -> Iterator[str]:
    around = len(leading) + len(trailing)
    yield f"@@ -{first + 1},{len(removed) + around} +{first + 1},{len(added) + around} @@\n"
    for mark, lines in ((" ", leading), ("-", removed), ("+", added), (" ", trailing)):
        yield from (mark + line for line in lines)
