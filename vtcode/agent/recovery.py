"""What is done about a reply that fails: one table, from the failure to its remedies.

Each remedy is used once for a reply, and MAX_RECOVERIES times in a turn all in all; what fails after that
ends the turn. A request that ran into a time limit is not repeated: the server may still be working on it,
and would then do so twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from vtcode.agent.compaction import Shortening, shortening
from vtcode.agent.loaded_model import have_back, read_again
from vtcode.agent.tool_mode import next_mode, switch_mode
from vtcode.errors import (
    EmptyReply,
    ModelCrashed,
    ModelNotFound,
    NoModelLoaded,
    ProviderError,
    ReplyLimitReached,
    TemplateRefused,
    ToolsRefused,
    UnreadableCall,
    WindowExceeded,
)
from vtcode.events import ContextCompacted, Notice
from vtcode.messages import UserMessage
from vtcode.providers.estimates import CHARACTERS_PER_TOKEN, estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.agent.agent import Agent
    from vtcode.agent.answer_schema import RequiredAnswer
    from vtcode.messages import AssistantMessage
    from vtcode.providers.base import CompletedPart, Request, ToolMode

MAX_RECOVERIES = 8
"""Replies that one turn asks for again. Shortening does not count: it ends when nothing is left to go."""
_FILLED_SHARE = 0.6
"""Of the window, by a shortened conversation: the rest is for the reply, and for an estimate that is off."""
_FULL_SHARE = 0.9
"""Of the window: a reply of nothing to such a prompt means that there was no room for it."""

_AFTER_EMPTY = (
    "Your last reply was empty. Answer now, or call a tool: exactly one JSON object as its arguments."
)
_AFTER_BAD_CALL = (
    "Your last tool call was malformed and did not run. Call the tool again, with exactly one valid JSON "
    "object as its arguments."
)
_AFTER_THOUGHT_ALONE = "You reasoned, but gave no answer. Give it now, or call a tool."


class Recovery:
    """What one turn does about failed replies; implements `reply.Judge`."""

    def __init__(self, agent: Agent, required: RequiredAnswer | None = None) -> None:
        self._agent = agent
        self._required = required
        self._left = MAX_RECOVERIES
        self._tried: set[_Remedy] = set()
        self._correction = ""
        self._mode_before: ToolMode | None = None
        """The tool mode that was left for another one, for this reply."""

    def begin_step(self) -> None:
        """Forget what was tried for the reply before."""
        self._tried.clear()
        self._correction = ""
        self._mode_before = None

    def give_up(self) -> None:
        """Take back what was to hold for later replies, and did not help."""
        agent = self._agent
        if self._mode_before:
            agent.tool_modes.remember(agent.provider.address, agent.model, self._mode_before)
            agent.asked = replace(agent.asked, tool_mode=self._mode_before)

    def fitted(self, request: Request) -> Request:
        """Return the request as what happened so far wants it; a correction is said, and not remembered."""
        messages = request.messages
        if self._correction:
            messages = (*messages, UserMessage(text=self._correction))
        strict = self._agent.model.id in self._agent.strict_models
        return replace(request, messages=messages, strict_roles=strict)

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
        thought_alone = _ThoughtAlone("The model reasoned but gave no answer.", hint="Ask it to go on.")
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
            done = await remedy.act(self, failure)
        except ProviderError as problem:
            raise type(problem)(f"{failure.message} {problem.message}", hint=problem.hint) from failure
        if done:
            text = f"{failure.message} {done}; asking once more."
            await self._agent.emit(Notice(level="warning", text=text))

    def _remedy(self, failure: ProviderError) -> _Remedy | None:
        remedies = next((remedies for kind, remedies in _REMEDIES if isinstance(failure, kind)), ())
        for remedy in remedies:
            has_budget = self._left > 0 or not remedy.counts
            if remedy not in self._tried and has_budget and remedy.applies(self, failure):
                return remedy
        return None

    def _is_required(self, message: AssistantMessage) -> bool:
        return self._required is not None and self._required.fitted(message) is not message

    async def _have_back(self, _: ProviderError) -> str:
        return await have_back(self._agent)

    def _was_loaded(self, _: ProviderError) -> bool:
        return self._agent.model.state == "loaded"

    async def _shorten(self, failure: ProviderError) -> str:
        agent = self._agent
        await read_again(agent)
        plan = self._shortening()
        if plan is None:
            raise failure
        before = agent.history.characters()
        await agent.emit(
            ContextCompacted(
                before_tokens=estimated_tokens(before),
                after_tokens=estimated_tokens(before - plan.saved_characters),
                stubbed=plan.stubbed,
                dropped=plan.dropped,
            )
        )
        return _shortened_words(plan)

    def _shortening(self) -> Shortening | None:
        history, window = self._agent.history, self._agent.window_tokens
        characters = history.characters()
        # What was refused holds at least a window's tokens, however few characters a token has here.
        whole = min(characters, window * CHARACTERS_PER_TOKEN) if window else characters
        surplus = characters - round(whole * _FILLED_SHARE)
        return shortening(history.said(), turn_start=history.turn_start, surplus_characters=surplus)

    def _can_shorten(self, _: ProviderError) -> bool:
        return self._shortening() is not None

    def _is_full(self, failure: ProviderError) -> bool:
        window, tokens = self._agent.window_tokens, estimated_tokens(self._agent.history.characters())
        return window is not None and tokens >= window * _FULL_SHARE and self._can_shorten(failure)

    async def _send_strictly(self, _: ProviderError) -> str:
        self._agent.strict_models.add(self._agent.model.id)
        return "From now on the messages are sent in the strictest order, user and model in turns"

    def _is_lenient(self, _: ProviderError) -> bool:
        return self._agent.model.id not in self._agent.strict_models

    async def _correct(self, failure: ProviderError) -> str:
        match failure:
            case UnreadableCall():
                self._correction = _AFTER_BAD_CALL
            case _ThoughtAlone():
                self._correction = _AFTER_THOUGHT_ALONE
            case _:
                self._correction = _AFTER_EMPTY
        return "The model was told so"

    async def _switch_mode(self, failure: ProviderError) -> str:
        self._mode_before = self._agent.asked.tool_mode
        await switch_mode(self._agent, failure)
        return ""  # it tells by itself

    async def _ask_in_words(self, _: ProviderError) -> str:
        assert self._required
        self._required.sends_schema = False
        return "The answer's schema goes to the model in words alone"

    def _sends_schema(self, _: ProviderError) -> bool:
        return self._required is not None and self._required.sends_schema

    def _has_next_mode(self, failure: ProviderError) -> bool:
        agent = self._agent
        return (
            bool(agent.history.tools) and next_mode(agent.model, agent.asked.tool_mode, failure) is not None
        )


class _ThoughtAlone(EmptyReply):
    """The reply is reasoning and nothing else."""


@dataclass(frozen=True, slots=True)
class _Remedy:
    """One way to meet a failure."""

    act: Callable[[Recovery, ProviderError], Awaitable[str]]
    """Does it, and returns what was done, as words that a semicolon may follow; empty: it was told."""
    applies: Callable[[Recovery, ProviderError], bool] = lambda *_: True
    counts: int = 1
    """Of MAX_RECOVERIES."""


_SHORTEN = _Remedy(Recovery._shorten, Recovery._can_shorten, counts=0)
_SHORTEN_IF_FULL = _Remedy(Recovery._shorten, Recovery._is_full, counts=0)
_HAVE_BACK = _Remedy(Recovery._have_back)
_HAVE_BACK_IF_LOADED = _Remedy(Recovery._have_back, Recovery._was_loaded)
_SEND_STRICTLY = _Remedy(Recovery._send_strictly, Recovery._is_lenient)
_CORRECT = _Remedy(Recovery._correct)
_SWITCH_MODE = _Remedy(Recovery._switch_mode, Recovery._has_next_mode)
_ASK_IN_WORDS = _Remedy(Recovery._ask_in_words, Recovery._sends_schema)

_Remedies: TypeAlias = tuple[_Remedy, ...]
_REMEDIES: tuple[tuple[type[ProviderError], _Remedies], ...] = (
    # The first row that fits counts; its remedies are tried in order, one for each failure.
    (WindowExceeded, (_SHORTEN,)),
    (ModelCrashed, (_HAVE_BACK,)),
    (NoModelLoaded, (_HAVE_BACK_IF_LOADED,)),
    (ModelNotFound, (_HAVE_BACK_IF_LOADED,)),
    (TemplateRefused, (_SEND_STRICTLY, _SWITCH_MODE)),
    (ToolsRefused, (_ASK_IN_WORDS, _SWITCH_MODE)),
    (UnreadableCall, (_CORRECT, _SWITCH_MODE)),
    (_ThoughtAlone, (_CORRECT,)),
    # The same prompt would reach the same limit again.
    (ReplyLimitReached, (_SHORTEN_IF_FULL,)),
    (EmptyReply, (_SHORTEN_IF_FULL, _CORRECT, _ASK_IN_WORDS, _SWITCH_MODE)),
)


def _shortened_words(plan: Shortening) -> str:
    left_out = []
    if plan.stubbed:
        left_out.append(f"{len(plan.stubbed)} old tool results")
    if plan.dropped:
        left_out.append(f"{len(plan.dropped)} old messages")
    return f"To make it fit, {' and '.join(left_out)} were left out"
