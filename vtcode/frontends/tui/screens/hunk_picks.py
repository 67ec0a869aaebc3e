"""Which hunks of a change the user takes: the state behind the keys, free of any widget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from vtcode.actions import WriteAction
from vtcode.frontends.tui.rendering.diff import Picking
from vtcode.hunks import hunks_of
from vtcode.questions import PermissionQuestion

if TYPE_CHECKING:
    from vtcode.questions import Choice, ChoiceQuestion

ALLOWING: Final = "once"
"""The choice that can leave hunks out."""
_GRANTS: Final = frozenset({"session", "always", "workspace"})


class HunkPicks:
    """The hunks of one change; all are taken at first."""

    def __init__(self, count: int) -> None:
        """Take the number of hunks; below two there is nothing to choose."""
        self._count = count
        self._current = 1
        self._left_out: frozenset[int] = frozenset()

    @property
    def current(self) -> int:
        """The number of the hunk that a key takes or leaves out, from 1."""
        return self._current

    @property
    def left_out(self) -> tuple[int, ...]:
        """Numbers of the hunks that are not to be written, in order."""
        return tuple(sorted(self._left_out))

    @property
    def picking(self) -> Picking | None:
        """What the diff shows of it; None where there is nothing to choose."""
        return Picking(current=self._current, left_out=self._left_out) if self else None

    @property
    def words(self) -> str:
        """How many are taken: `2 of 3 hunks`."""
        return f"{self._count - len(self._left_out)} of {self._count} hunks"

    def __bool__(self) -> bool:
        return self._count > 1

    def move(self, step: int) -> None:
        """Go to another hunk, around the ends."""
        self._current = (self._current - 1 + step) % self._count + 1

    def toggle(self) -> None:
        """Leave the current hunk out, or take it again."""
        self._left_out ^= {self._current}

    def choices(self, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        """Return what can be answered: no grant where something is left out, no yes where all is."""
        if not self._left_out:
            return choices
        gone = _GRANTS | ({ALLOWING} if len(self._left_out) == self._count else frozenset())
        return tuple(
            replace(choice, label=f"{choice.label}: {self.words}") if choice.id == ALLOWING else choice
            for choice in choices
            if choice.id not in gone
        )


def picks_for(question: PermissionQuestion | ChoiceQuestion) -> HunkPicks:
    """Return the choice of hunks that a question leaves."""
    if not isinstance(question, PermissionQuestion) or not isinstance(question.action, WriteAction):
        return HunkPicks(0)
    can_allow = any(choice.id == ALLOWING for choice in question.choices)
    return HunkPicks(len(hunks_of(question.action.diff)) if can_allow else 0)
