"""What all questions share: one answer, a refusal on Escape, and no trace once they are withdrawn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.screen import ModalScreen

from vtcode.questions import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

ROOMY_ROWS = 16
"""A terminal that is lower gets a question without its frame."""


class QuestionScreen(ModalScreen[None]):
    """A question on the screen; `answered` holds the answer. Who put it up takes it down."""

    def __init__(self, *, refusal: str, interrupt: Callable[[], bool]) -> None:
        """`interrupt` stops the running turn, and with it the question; False where no turn runs."""
        super().__init__()
        self.mode_words = ""
        """The session's mode, which stands at the panel's foot: the status line is covered."""
        self.answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._refusal = refusal
        self._interrupt = interrupt

    def on_mount(self) -> None:
        """Have the mode stay in sight."""
        self.query_one("#panel").border_subtitle = self.mode_words

    def answer(self, choice: str, text: str = "", left_out: tuple[int, ...] = ()) -> None:
        """Give the answer; only the first one counts."""
        if not self.answered.done():
            self.answered.set_result(Answer(choice=choice, text=text, left_out=left_out))

    def action_refuse(self) -> None:
        """Answer what stands for Escape."""
        self.answer(self._refusal)

    def action_stop(self) -> None:
        """Interrupt the turn that asks, or refuse where none runs."""
        if not self._interrupt():
            self.action_refuse()


def panel_cells(columns: int, *, framed: bool) -> int:
    """Return how wide a panel's lines are in a terminal of so many columns: less its frame and margins."""
    return columns - (5 if framed else 2)
