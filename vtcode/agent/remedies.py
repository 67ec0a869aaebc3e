"""What can be done about a reply that failed: one table, from the failure to its remedies.

A request that ran into a time limit has none: the server may still be working on it, and would then do so
twice. A reply whose text was cut off has none: the text is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.agent.compaction import can_shorten, fits_by_far, is_full, shorten
from vtcode.agent.loaded_model import have_back, read_again
from vtcode.agent.tool_mode import MODE_WORDS, next_mode
from vtcode.errors import (
    EmptyReply,
    EndlessReply,
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
from vtcode.events import Notice, UserMessageAdded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.agent.agent import Agent
    from vtcode.agent.answer_schema import RequiredAnswer
    from vtcode.providers.model_info import ToolMode

_AFTER_EMPTY = (
    "Your last reply was empty. Answer now, or call a tool: exactly one JSON object as its arguments."
)
_AFTER_BAD_CALL = (
    "Your last tool call was malformed and did not run. Call the tool again, with exactly one valid JSON "
    "object as its arguments."
)
_AFTER_ENDLESS = "Your last reply was the same text over and over. Answer without repeating, or call a tool."
_AFTER_THOUGHT_ALONE = "You reasoned, but gave no answer. Give it now, or call a tool."


class ThoughtAlone(EmptyReply):
    """The reply is reasoning and nothing else."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """The tries to get one reply, and what they left behind."""

    agent: Agent
    required: RequiredAnswer | None
    mode_before: ToolMode | None = None
    """The tool mode that was left for another one."""
    made_strict: tuple[str, str] | None = None
    """The model, by server and id, that is asked in the strictest order for the first time."""

    def take_back(self) -> None:
        """Undo what was to hold for later replies, too, and did not help."""
        agent = self.agent
        if self.mode_before:
            agent.tool_modes.remember(agent.provider.address, agent.model, self.mode_before)
            agent.asked = replace(agent.asked, tool_mode=self.mode_before)
        if self.made_strict:
            agent.strict_models.discard(self.made_strict)


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to meet a failure."""

    act: Callable[[Attempt, ProviderError], Awaitable[str]]
    """Does it, and returns what was done, as words that a semicolon may follow; empty: it was told."""
    applies: Callable[[Attempt, ProviderError], bool] = lambda *_: True
    counts: int = 1
    """Of the recoveries that a turn may make; 0: it comes to its end by itself, and may be repeated."""


def remedies_for(failure: ProviderError) -> tuple[Remedy, ...]:
    """Return the remedies in the order in which they are tried."""
    return next((remedies for kind, remedies in _REMEDIES if isinstance(failure, kind)), ())


async def _have_back(attempt: Attempt, _: ProviderError) -> str:
    return await have_back(attempt.agent)


def _was_loaded(attempt: Attempt, _: ProviderError) -> bool:
    return attempt.agent.model.state == "loaded"


async def _shorten(attempt: Attempt, failure: ProviderError) -> str:
    await read_again(attempt.agent)
    if told := fits_by_far(attempt.agent):
        raise WindowExceeded(f"The conversation is not shortened for that. {told}", hint=failure.hint)
    went = await shorten(attempt.agent, was_refused=isinstance(failure, WindowExceeded))
    if not went:
        raise failure
    return f"To make it fit, {went} were left out"


def _can_shorten(attempt: Attempt, _: ProviderError) -> bool:
    return can_shorten(attempt.agent)


def _can_shorten_what_is_full(attempt: Attempt, _: ProviderError) -> bool:
    return is_full(attempt.agent) and can_shorten(attempt.agent)


async def _send_strictly(attempt: Attempt, _: ProviderError) -> str:
    attempt.made_strict = (attempt.agent.provider.address, attempt.agent.model.id)
    attempt.agent.strict_models.add(attempt.made_strict)
    return "From now on the messages are sent in the strictest order, user and model in turns"


def _is_lenient(attempt: Attempt, _: ProviderError) -> bool:
    return not attempt.agent.is_strict


async def _correct(attempt: Attempt, failure: ProviderError) -> str:
    """Tell the model; it stays in the conversation, so that the server's cache holds for the next request."""
    match failure:
        case UnreadableCall():
            correction = _AFTER_BAD_CALL
        case ThoughtAlone():
            correction = _AFTER_THOUGHT_ALONE
        case EndlessReply():
            correction = _AFTER_ENDLESS
        case _:
            correction = _AFTER_EMPTY
    await attempt.agent.emit(UserMessageAdded(text=correction))
    return "The model was told so"


async def _switch_mode(attempt: Attempt, failure: ProviderError) -> str:
    """Ask the model in its next mode for the rest of the session, and tell the user."""
    agent, mode = attempt.agent, _next_mode(attempt, failure)
    if mode is not None:
        attempt.mode_before = agent.asked.tool_mode
        agent.tool_modes.remember(agent.provider.address, agent.model, mode)
        agent.asked = replace(agent.asked, tool_mode=mode)
        text = f"{failure.message} Asking again with tool mode {mode}: {MODE_WORDS[mode]}."
        await agent.emit(Notice(level="warning", text=text, hint="vtcode doctor finds the mode that fits."))
    return ""


def _has_next_mode(attempt: Attempt, failure: ProviderError) -> bool:
    return _next_mode(attempt, failure) is not None


def _next_mode(attempt: Attempt, failure: ProviderError) -> ToolMode | None:
    agent = attempt.agent
    return next_mode(agent.model, agent.asked.tool_mode, failure) if agent.history.tools else None


async def _ask_in_words(attempt: Attempt, failure: ProviderError) -> str:
    if attempt.required is None:
        raise failure
    attempt.required.sends_schema = False
    return "The answer's schema goes to the model in words alone"


def _sends_schema(attempt: Attempt, _: ProviderError) -> bool:
    return attempt.required is not None and attempt.required.sends_schema


_SHORTEN = Remedy(_shorten, _can_shorten, counts=0)
_SHORTEN_IF_FULL = Remedy(_shorten, _can_shorten_what_is_full, counts=0)
_HAVE_BACK = Remedy(_have_back)
_HAVE_BACK_IF_LOADED = Remedy(_have_back, _was_loaded)
_SEND_STRICTLY = Remedy(_send_strictly, _is_lenient)
_CORRECT = Remedy(_correct)
_SWITCH_MODE = Remedy(_switch_mode, _has_next_mode)
_ASK_IN_WORDS = Remedy(_ask_in_words, _sends_schema)

_REMEDIES: tuple[tuple[type[ProviderError], tuple[Remedy, ...]], ...] = (
    # The first row that fits counts; its remedies are tried in order, one for each failure.
    (WindowExceeded, (_SHORTEN,)),
    (ModelCrashed, (_HAVE_BACK,)),
    (NoModelLoaded, (_HAVE_BACK_IF_LOADED,)),
    (ModelNotFound, (_HAVE_BACK_IF_LOADED,)),
    (TemplateRefused, (_SEND_STRICTLY, _SWITCH_MODE)),
    (ToolsRefused, (_ASK_IN_WORDS, _SWITCH_MODE)),
    (UnreadableCall, (_CORRECT, _SWITCH_MODE)),
    (ThoughtAlone, (_CORRECT,)),
    (EndlessReply, (_CORRECT,)),
    # The same prompt would reach the same limit again.
    (ReplyLimitReached, (_SHORTEN_IF_FULL,)),
    (EmptyReply, (_SHORTEN_IF_FULL, _CORRECT, _ASK_IN_WORDS, _SWITCH_MODE)),
)
