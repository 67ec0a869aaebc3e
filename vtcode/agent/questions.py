"""The questions of a session, and how long the user took to answer them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.questions import Answer, Question


@dataclass(slots=True)
class TimedQuestions:
    """Asks the user, one question at a time, and adds up the time until each answer."""

    ask: Callable[[Question], Awaitable[Answer]]
    clock: Callable[[], float] = time.monotonic
    waited_s: float = 0.0
    """Of all questions so far, those withdrawn included."""

    async def __call__(self, question: Question) -> Answer:
        """Put a question and wait for the answer."""
        began = self.clock()
        try:
            return await self.ask(question)
        finally:
            self.waited_s += self.clock() - began
