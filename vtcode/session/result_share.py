"""How much text one tool's result may put into the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.shortening import answer_reserve
from vtcode.events import ReplyCompleted

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
        agent = self._agent
        window = agent.window_tokens
        if not window:
            return self._default_characters
        room = window - answer_reserve(window, agent.asked.sampling.max_tokens)
        return max(_FEWEST_CHARACTERS, round(room * self._share * agent.characters_per_token))
