"""A front end that records what it is shown and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from vtcode.events import Event
from vtcode.questions import Answer, Question

EventT = TypeVar("EventT")


class Recorder:
    """Records events; answers questions from `answers`, else with the refusal."""

    def __init__(self, *answers: str | Answer) -> None:
        self.events: list[Event] = []
        self.questions: list[Question] = []
        self.answers = [Answer(choice=answer) if isinstance(answer, str) else answer for answer in answers]
        self.hold_question = False
        """Leave a question unanswered until it is cancelled."""
        self._changed = asyncio.Event()

    async def show(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    async def ask(self, question: Question) -> Answer:
        self.questions.append(question)
        self._changed.set()
        if self.hold_question:
            await asyncio.Event().wait()
        return self.answers.pop(0) if self.answers else Answer(choice=question.refusal)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until `condition` holds after some event or question."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def of(self, kind: type[EventT]) -> list[EventT]:
        """Return the recorded events of one type."""
        return [event for event in self.events if isinstance(event, kind)]
