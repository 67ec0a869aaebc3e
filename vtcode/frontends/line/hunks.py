"""A change asked about hunk by hunk, for the line mode. Pure: no I/O here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vtcode.frontends.line.wording import diff_lines
from vtcode.questions import Answer

if TYPE_CHECKING:
    from vtcode.frontends.line.palette import Palette
    from vtcode.hunks import Hunk

KEY = "h"
"""Typed as the answer to a question about a change, it asks about each hunk."""
ALLOWING = "once"
"""The choice that can leave hunks out."""


@dataclass(slots=True, kw_only=True)
class HunkByHunk:
    """The hunks of one change, each with a yes or a no of its own."""

    hunks: tuple[Hunk, ...]
    refusal: str
    palette: Palette
    _left_out: list[int] = field(default_factory=list)
    _number: int = 1

    @property
    def prompt(self) -> str:
        """What stands before the line that the user types."""
        return f"Write hunk {self._number} of {len(self.hunks)}? y or n: "

    def text(self) -> str:
        """Return the hunk that is asked about."""
        return diff_lines(self.hunks[self._number - 1].text, self.palette)

    def answered(self, typed: str) -> Answer | None:
        """Take one line; None while more is to be asked. An empty line refuses the whole change."""
        word = typed.strip().lower()
        if not word:
            return Answer(choice=self.refusal)
        if word not in {"y", "n"}:
            return None
        if word == "n":
            self._left_out.append(self._number)
        self._number += 1
        if self._number <= len(self.hunks):
            return None
        if len(self._left_out) == len(self.hunks):
            return Answer(choice=self.refusal)
        return Answer(choice=ALLOWING, left_out=tuple(self._left_out))
