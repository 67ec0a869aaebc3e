"""A unified diff taken apart into its hunks, and put onto a text without some of them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

_HEADER: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One place that a diff changes, with the lines around it."""

    old_start: int
    """Number of its first line in the old text, from 1; 0 or 1 where the old text is empty."""
    new_start: int
    rows: tuple[str, ...]
    """As in the diff: each with its mark and without its newline; the header is not among them."""

    @property
    def text(self) -> str:
        """The hunk as a diff of its own."""
        old, new = (sum(row.startswith((" ", mark)) for row in self.rows) for mark in "-+")
        header = f"@@ -{self.old_start},{old} +{self.new_start},{new} @@"
        return "".join(f"{row}\n" for row in (header, *self.rows))

    def lines(self, mark: str) -> list[str]:
        r"""Return its lines of the old (`-`) or the new (`+`) text, with their newlines.

        A line that is followed by `\ No newline at end of file` has none.
        """
        lines: list[str] = []
        counts = False
        for row in self.rows:
            if row.startswith("\\"):
                lines[-1:] = [lines[-1].removesuffix("\n")] if counts else lines[-1:]
                continue
            counts = row.startswith((" ", mark))
            if counts:
                lines.append(f"{row[1:]}\n")
        return lines


def hunks_of(diff: str) -> tuple[Hunk, ...]:
    """Return the hunks of a unified diff without file headers, in order; what is no diff has none."""
    hunks: list[Hunk] = []
    start: tuple[int, int] | None = None
    rows: list[str] = []
    for row in [*diff.removesuffix("\n").split("\n"), "@@"]:
        if not row.startswith("@@"):
            rows.append(row)
            continue
        if start:
            hunks.append(Hunk(old_start=start[0], new_start=start[1], rows=tuple(rows)))
        header = _HEADER.match(row)
        start, rows = (int(header[1]), int(header[3])) if header else None, []
    return tuple(hunks)


def applied(before: str, diff: str, *, left_out: Collection[int] = ()) -> str:
    """Return `before` with a diff's changes but for those of the hunks that are left out.

    Args:
        before: The very text that the diff was made of, with LF newlines.
        diff: As in `WriteAction`.
        left_out: Numbers of hunks, from 1.
    """
    *ended, unended = before.split("\n")
    old = [*(f"{line}\n" for line in ended), *([unended] if unended else [])]
    new: list[str] = []
    done = 0
    for number, hunk in enumerate(hunks_of(diff), start=1):
        if number in left_out:
            continue
        start = max(0, hunk.old_start - 1)
        new += old[done:start]
        new += hunk.lines("+")
        done = start + len(hunk.lines("-"))
    return "".join([*new, *old[done:]])
