"""Who a line is for that is typed while commands run: one that waits, one that had its answer just now."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vtcode.actions import CommandAction
from vtcode.events import ToolAwaitingInput, ToolFinished, ToolStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.events import Event

_ASKS_AGAIN_S = 1.0
"""What is typed so soon after an answer, or after another such line, is the next one: see a REPL."""
END_OF_INPUT = "\x04"
"""What a terminal sends for Ctrl-D."""


@dataclass(slots=True)
class RunningCommands:
    """Follows the commands that run, and keeps what is typed for one until it asks for it."""

    clock: Callable[[], float] = time.monotonic
    awaiting: str = ""
    """The call of the command that waits for input; empty: none."""
    _ids: list[str] = field(default_factory=list)
    _answered: str = ""
    _typed_at: float = 0.0
    """When it was answered, or had something kept for it, last."""
    _kept: list[str] = field(default_factory=list)
    """What is typed into the command that was answered last, once it asks again."""

    def follow(self, event: Event) -> list[str]:
        """Take notice of an event; return the lines that were kept for a command that has ended."""
        match event:
            case ToolStarted(action=CommandAction()):
                self._ids.append(event.call.id)
            case ToolAwaitingInput():
                self.awaiting = event.call_id
            case ToolFinished(call_id=call_id) if call_id in self._ids:
                self._ids.remove(call_id)
                self.awaiting = "" if self.awaiting == call_id else self.awaiting
                if call_id == self._answered:
                    return self._release()
            case _:
                pass
        return []

    def takes(self, text: str) -> bool:
        """Keep what is typed for a command that had its answer just now; False: it is for nobody here.

        What begins with a slash never is for a command that does not wait.
        """
        is_soon = self.clock() - self._typed_at < _ASKS_AGAIN_S
        if self._answered not in self._ids or not is_soon or text.lstrip().startswith("/"):
            return False
        self._kept.append(text)
        self._typed_at = self.clock()
        return True

    def next_kept(self) -> str:
        """Return what was typed first for the command that waits now; empty: nothing."""
        return self._kept.pop(0) if self._kept and self.awaiting == self._answered else ""

    def answer(self) -> str:
        """Return the call that gets what was typed; from now on it no longer waits."""
        self._answered, self.awaiting = self.awaiting, ""
        self._typed_at = self.clock()
        return self._answered

    def _release(self) -> list[str]:
        kept, self._kept, self._answered = self._kept, [], ""
        return [line for text in kept if (line := text.removesuffix("\n")).strip(f" {END_OF_INPUT}")]
