"""The seam between the agent and whatever shows it: facts go up, questions go up, answers come down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from vtcode.events import Event
    from vtcode.questions import Answer, Question

Emit: TypeAlias = "Callable[[Event], Coroutine[Any, Any, None]]"
"""Takes an event, as `FrontEnd.show` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What the user wants of a running command."""

    kind: Literal["input", "background", "kill"]
    text: str = ""
    """For `input`: what to type, as it goes to the terminal."""


class FrontEnd(Protocol):
    """The Textual app, the line mode, the JSONL writer, a recorder in a test."""

    async def show(self, event: Event) -> None:
        """Show one fact. Awaited in order, so a slow front end slows the stream instead of losing it."""

    async def ask(self, question: Question) -> Answer:
        """Put a question and wait for the answer.

        May be cancelled at any time (an interrupt): the question must then vanish from the screen.
        A front end that cannot ask answers `question.refusal`.
        """
