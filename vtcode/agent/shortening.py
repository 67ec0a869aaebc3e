"""The conversation made to fit the window of the model that answers.

`compaction` decides what goes; here is what a turn knows of the window, and the event that makes it so. A
summary by a model would be the event's `summary`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.compaction import Shortening, shortening
from vtcode.events import ContextCompacted
from vtcode.providers.estimates import CHARACTERS_PER_TOKEN, estimated_tokens

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent

_FILLED_SHARE = 0.6
"""Of the window, by a shortened conversation: the rest is for the reply, and for an estimate that is off."""
_FULL_SHARE = 0.9
"""Of the window: a reply of nothing to such a prompt means that there was no room for it."""

_FAR_SHARE = 0.5
"""Of the window: what is estimated at less fits, however far off the estimate is."""


def can_shorten(agent: Agent) -> bool:
    """Tell whether there is anything left that may go."""
    return _plan(agent) is not None


def is_full(agent: Agent) -> bool:
    """Tell whether the conversation leaves hardly any room for a reply; False: it does, or nobody knows."""
    tokens = estimated_tokens(agent.history.characters())
    return agent.window_tokens is not None and tokens >= agent.window_tokens * _FULL_SHARE


def fits_by_far(agent: Agent) -> str:
    """Return, in words, that what is called too long can't be; empty: it may be, or nobody knows the window.

    A failure that was taken for another one must not cost the conversation.
    """
    window = agent.window_tokens
    # By octets: of a script with three for each character, each character has a token or so.
    texts = [message.text for message in agent.history.messages()]
    octets = agent.history.characters() + sum(len(text.encode()) - len(text) for text in texts)
    tokens = estimated_tokens(octets)
    if window is None or tokens >= window * _FAR_SHARE:
        return ""
    return f"It has about {tokens:,} tokens, and the window {window:,}."


async def shorten(agent: Agent) -> str:
    """Leave out what has to go; return what went, in words. Empty: nothing is left that may go."""
    plan = _plan(agent)
    if plan is None:
        return ""
    before = agent.history.characters()
    await agent.emit(
        ContextCompacted(
            before_tokens=estimated_tokens(before),
            after_tokens=estimated_tokens(before - plan.saved_characters),
            stubbed=plan.stubbed,
            dropped=plan.dropped,
        )
    )
    results = f"{len(plan.stubbed)} old tool results" if plan.stubbed else ""
    messages = f"{len(plan.dropped)} old messages" if plan.dropped else ""
    return " and ".join(filter(None, (results, messages)))


def _plan(agent: Agent) -> Shortening | None:
    history, window = agent.history, agent.window_tokens
    characters = history.characters()
    # What was refused holds at least a window's tokens, however few characters a token has here.
    whole = min(characters, window * CHARACTERS_PER_TOKEN) if window else characters
    surplus = characters - round(whole * _FILLED_SHARE)
    return shortening(history.said(), turn_start=history.turn_start, surplus_characters=surplus)
