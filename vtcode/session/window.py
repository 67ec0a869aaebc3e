"""How full the context window is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.events import (
    ContextCompacted,
    Event,
    HistoryCleared,
    ModelLoading,
    ModelSelected,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ToolCallDelta,
    ToolOutputDelta,
)
from vtcode.providers.estimates import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.agent.history import History

_CHANGES_NOTHING = (
    ModelLoading,
    PromptProgress,
    ReasoningDelta,
    ReplyDelta,
    ToolCallDelta,
    ToolOutputDelta,
)
"""Events that come by the hundred and change nothing that is sent."""


class WindowMeter:
    """Counts what the next request will hold: by the server's own count where it gave one, else estimated."""

    def __init__(self, history: History, characters_per_token: Callable[[], float]) -> None:
        """Measure a history.

        Args:
            history: What is sent.
            characters_per_token: As it is now for the model that answers.
        """
        self._history = history
        self._characters_per_token = characters_per_token
        self._counted: ReplyCompleted | None = None
        self._characters_then = 0
        self.tokens_per_s: float | None = None
        """Of the last reply, as is what follows; None where it is not known."""
        self.first_token_s: float | None = None
        self.cached_share: float | None = None
        """What part of its prompt came out of the server's cache."""
        self.cached_estimated = False
        self.tokens, self.estimated = self._measured()

    def apply(self, event: Event) -> None:
        """Take an event, after the history did."""
        if isinstance(event, _CHANGES_NOTHING):
            return
        if isinstance(event, HistoryCleared | ContextCompacted | ModelSelected):
            self._counted = None
        if isinstance(event, ReplyCompleted):
            self._take_figures(event)
            self._counted = None if event.usage.estimated else event
            self._characters_then = self._history.characters()
        self.tokens, self.estimated = self._measured()

    def _take_figures(self, reply: ReplyCompleted) -> None:
        self.tokens_per_s, self.first_token_s = reply.tokens_per_s, reply.first_token_s
        usage = reply.usage
        if usage.prompt_tokens and usage.cached_tokens is not None:
            self.cached_share = usage.cached_tokens / usage.prompt_tokens
            self.cached_estimated = usage.cached_estimated

    def _measured(self) -> tuple[int, bool]:
        characters = self._history.characters()
        if self._counted is None:
            return estimated_tokens(characters, self._characters_per_token()), True
        usage = self._counted.usage
        added = max(0, characters - self._characters_then)
        added_tokens = estimated_tokens(added, self._characters_per_token())
        return usage.prompt_tokens + usage.completion_tokens + added_tokens, added > 0
