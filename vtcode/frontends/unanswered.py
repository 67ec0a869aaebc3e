"""The message whose turn failed before the model's first reply was whole: it is to be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.events import ReplyCompleted, TurnEnded, TurnStarted
from vtcode.messages import program_note

if TYPE_CHECKING:
    from vtcode.events import Event

BACK_IN_PROMPT = "Your message is in the prompt again: Enter tries again."


class Unanswered:
    """Follows a session's events for such a message."""

    def __init__(self) -> None:
        self._text = ""

    def follow(self, event: Event) -> None:
        """Take one event."""
        match event:
            case TurnStarted(text=text):
                self._text = "" if program_note(text) else text
            case ReplyCompleted(finish=finish) if finish != "cut":
                self._text = ""
            case TurnEnded(outcome=outcome) if outcome != "failed":
                self._text = ""
            case _:
                pass

    def take(self) -> str:
        """Return the message of the last turn, where it failed so, once; empty: there is none."""
        text, self._text = self._text, ""
        return text
