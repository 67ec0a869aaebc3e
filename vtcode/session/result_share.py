"""How much text one tool's result may put into the window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vtcode.agent.compaction import answer_reserve
from vtcode.events import ReplyCompleted
from vtcode.providers.estimates import CHARACTERS_PER_TOKEN, most_tokens

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent
    from vtcode.events import Event
    from vtcode.tools.base import ToolContext

_FEWEST_CHARACTERS = 1_000
_STEADY_SHARE = 0.2
"""A change by less than this part is none: the same call is to bring the same result again."""


class ResultShare:
    """Keeps a session's results to their share of the window, by what is known of its model's tokens."""

    def __init__(self, agent: Agent, context: ToolContext, share: float) -> None:
        """Follow an agent.

        Args:
            agent: Whose model and window count.
            context: What its tools work on; has the limit for a window that nobody knows.
            share: Of what the answer leaves of the window.
        """
        self._agent = agent
        self._context = context
        self._share = share
        self._default_characters = context.max_result_chars
        context.takes = self._takes

    def apply(self, event: Event) -> None:
        """Take one event: a reply tells how many tokens its prompt had."""
        if isinstance(event, ReplyCompleted):
            self.update()

    def update(self) -> None:
        """Take the agent's model, its window and what its tokens stand for as they are now."""
        wanted, now = self._characters(), self._context.max_result_chars
        if abs(wanted - now) > now * _STEADY_SHARE:
            self._context.max_result_chars = wanted

    def _characters(self) -> int:
        tokens = self._tokens()
        if tokens is None:
            return self._default_characters
        return max(_FEWEST_CHARACTERS, round(tokens * self._agent.characters_per_token))

    def _tokens(self) -> float | None:
        """Return what one result may take of the window; None: nobody knows the window."""
        window = self._agent.window_tokens
        if not window:
            return None
        room = window - answer_reserve(window, self._agent.asked.sampling.max_tokens)
        return room * self._share

    def _takes(self, text: str) -> int:
        """Return how many characters of its share a text takes.

        What is learnt of a model's tokens is learnt from English and code: other scripts are guessed high.
        """
        if text.isascii():
            return len(text)
        tokens = self._tokens() or self._default_characters / CHARACTERS_PER_TOKEN
        share_taken = most_tokens(text) / max(tokens, _FEWEST_CHARACTERS / CHARACTERS_PER_TOKEN)
        return max(len(text), math.ceil(share_taken * self._context.max_result_chars))
