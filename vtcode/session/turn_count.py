"""How many turns a session had, and whether it may have another one."""

from __future__ import annotations

from dataclasses import dataclass

from vtcode.events import Notice


@dataclass(slots=True)
class TurnCount:
    """Numbers a session's turns; another try of one has a number of its own, and is not counted again."""

    number: int = 0
    """Of the last turn; 0: there was none."""
    _retries: int = 0

    def begin(self) -> int:
        """Count a turn, and return its number."""
        self.number += 1
        return self.number

    def allow_retry(self) -> None:
        """Have the next turn be another try of the last one."""
        self._retries += 1

    def refusal(self, limit: int) -> Notice | None:
        """Return what to tell where the session had its turns (a limit of 0: none); None: it may go on."""
        if not limit or self.number - self._retries < limit:
            return None
        return Notice(
            level="error",
            text=f"This session has had its {limit} turns (agent.max_conversation_turns).",
            hint="/clear begins a new session; vtcode -c agent.max_conversation_turns=N goes on with more.",
        )
