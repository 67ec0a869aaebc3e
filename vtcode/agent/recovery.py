"""Replies that fail, met within a turn: which remedy is next, how often, and what the user is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.remedies import Attempt, Remedy, ThoughtAlone, remedies_for
from vtcode.errors import ProviderError, UnreadableCall
from vtcode.events import Notice

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent
    from vtcode.agent.answer_schema import RequiredAnswer
    from vtcode.messages import AssistantMessage
    from vtcode.providers.base import CompletedPart

MAX_RECOVERIES = 8
"""Replies that one turn asks for again. Shortening does not count: it ends when nothing is left to go."""


class Recovery:
    """What one turn does about failed replies; implements `reply.Judge`.

    Each remedy is used once for a reply, and MAX_RECOVERIES times in a turn all in all; those that do not
    count, as long as they apply. What fails after that ends the turn.
    """

    def __init__(self, agent: Agent, required: RequiredAnswer | None = None) -> None:
        self._agent = agent
        self._required = required
        self._left = MAX_RECOVERIES
        self._tried: set[Remedy] = set()
        self._attempt = Attempt(agent=agent, required=required)

    def begin_step(self) -> None:
        """Forget what was tried for the reply before."""
        self._tried.clear()
        self._attempt = Attempt(agent=self._agent, required=self._required)

    def give_up(self) -> None:
        """Take back what was to hold for later replies, and did not help."""
        self._attempt.take_back()

    def problem_with(self, completed: CompletedPart) -> ProviderError | None:
        """Return what is wrong with a reply that came whole; None: it is good, or as good as can be had."""
        message = completed.message
        if message.tool_calls:
            return None
        if completed.finish == "tool_calls" and self._agent.history.tools:
            return UnreadableCall(
                "The model called a tool, but the call did not arrive.",
                hint="Try again, or choose a model that is trained for tool use with /model.",
            )
        if message.text or completed.finish == "length" or self._is_required(message):
            return None
        thought_alone = ThoughtAlone("The model reasoned but gave no answer.", hint="Ask it to go on.")
        return thought_alone if self.meets(thought_alone) else None

    def meets(self, failure: ProviderError) -> bool:
        """Tell whether there is a remedy left."""
        return self._remedy(failure) is not None

    async def meet(self, failure: ProviderError) -> None:
        """Do what can be done before the reply is asked for again, and tell the user.

        Raises:
            ProviderError: It was in vain; both failures are told.
        """
        remedy = self._remedy(failure)
        if remedy is None:
            raise failure
        self._tried.add(remedy)
        self._left -= remedy.counts
        try:
            done = await remedy.act(self._attempt, failure)
        except ProviderError as problem:
            if problem is failure:
                raise
            raise type(problem)(f"{failure.message} {problem.message}", hint=problem.hint) from failure
        if done:
            text = f"{failure.message} {done}; asking once more."
            await self._agent.emit(Notice(level="warning", text=text))

    def _remedy(self, failure: ProviderError) -> Remedy | None:
        for remedy in remedies_for(failure):
            has_budget = self._left > 0 or not remedy.counts
            is_new = remedy not in self._tried or not remedy.counts
            if is_new and has_budget and remedy.applies(self._attempt, failure):
                return remedy
        return None

    def _is_required(self, message: AssistantMessage) -> bool:
        return self._required is not None and self._required.fitted(message) is not message
