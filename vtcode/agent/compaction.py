"""The conversation made to fit the window of the model that answers: before it is full, when the user wants
it, and when a server has refused it.

`shortening` decides what goes and `summary` what stands in its place; here is what is known of the window.
Every time costs the server's cache from the first change on, so it happens rarely, and then goes deep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.agent.notes import notes_request, written_notes
from vtcode.agent.shortening import Shortening, already_read, last_resort, shortening, stubbing
from vtcode.agent.summary import Summary, read_summary
from vtcode.errors import WindowExceeded
from vtcode.events import ContextCompacted
from vtcode.providers.estimates import CHARACTERS_PER_TOKEN, estimated_tokens

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent
    from vtcode.providers.base import Request

Trigger: TypeAlias = Literal["auto", "manual", "recovery"]

_STUBBED_SHARE = 0.6
"""Of what may be filled, at most, where old results alone make room."""
_SUMMARISED_SHARE = 0.45
"""Likewise, where messages have to go: a summary is dear, and is to last."""
_ENOUGH_SHARE = 0.9
"""Likewise, where old results make less room than they should, and messages hardly more."""
_WORTH_NOTES = 2
"""Messages go when that makes room for so many times the notes that take their place."""
_REFUSED_SHARE = 0.6
"""Of the window, after a refusal: the rest is for the reply, and for an estimate that is off."""
_FULL_SHARE = 0.9
"""Of the window: a reply of nothing to such a prompt means that there was no room for it."""
_FAR_SHARE = 0.5
"""Of the window: what is estimated at less fits, however far off the estimate is."""


def tokens_of(agent: Agent, request: Request | None = None) -> int:
    """Return the tokens of a request's prompt, as far as they are known; None: of the next request."""
    return agent.room.tokens(request or agent.next_request(), agent.characters_per_token)


def answer_reserve(window_tokens: int, max_tokens: int | None) -> int:
    """Return the tokens that are kept free for an answer: an eighth, or its limit, up to a quarter."""
    return min(max(max_tokens or 0, window_tokens // 8), window_tokens // 4)


def fill_limit(agent: Agent) -> int | None:
    """Return how many tokens a request may have before older parts make room; None: nobody knows."""
    window = agent.window_tokens
    if window is None:
        return None
    reserve = answer_reserve(window, agent.asked.sampling.max_tokens)
    return min(round(window * (agent.compact_at_share or 1.0)), window - reserve)


async def make_room(agent: Agent) -> None:
    """Shorten the conversation where the next request would fill the window.

    Raises:
        WindowExceeded: It fills it even so, and no more can be done.
    """
    limit, window = fill_limit(agent), agent.window_tokens
    if limit is None or window is None or agent.compact_at_share is None:
        return
    tokens = tokens_of(agent)
    if tokens <= limit:
        agent.cramped.fits()
        return
    compacted = await compact(agent, trigger="auto")
    tokens = compacted.after_tokens if compacted else tokens
    if agent.cramped.is_hopeless(tokens, limit=limit, window_tokens=window):
        raise _no_room(agent, window, limit, tokens)


def _no_room(agent: Agent, window: int, limit: int, tokens: int) -> WindowExceeded:
    """Return what to tell of a conversation that can't be made to fit, and of what helps."""
    larger = "the model with a larger window: /model load <model> --context-length 16384."
    request = agent.next_request()
    prefix = tokens_of(agent, replace(request, messages=request.messages[:1]))
    if prefix > limit:
        return WindowExceeded(
            f"The window of {window:,} tokens is too small: the system prompt, the tools and AGENTS.md alone "
            f"take about {prefix:,}, and the answer needs room.",
            hint=f"/clear would not help. Load {larger}",
        )
    return WindowExceeded(
        f"The conversation does not fit the window of {window:,} tokens: about {tokens:,} are what can't "
        "be left out of it.",
        hint="/context tells what fills it. Start afresh with /clear, ask for less at a time, or load "
        f"{larger}",
    )


async def compact(agent: Agent, *, trigger: Trigger, keep: str = "") -> ContextCompacted | None:
    """Leave out what may go; return what was done, None where nothing can be gained.

    Nothing has changed where this is cancelled.

    Args:
        agent: Whose conversation it is.
        trigger: `auto` goes as far as is needed; `manual` as far as can be; `recovery` asks no model.
        keep: What the summary is to keep in mind, in the user's words.
    """
    history = agent.history
    before = tokens_of(agent)
    per_token = history.characters() / before
    plan = _plan(agent, trigger, before, per_token)
    if plan is None:
        return None
    saved, summary = plan.saved_characters, ""
    if plan.dropped:
        summary = await _summary(agent, plan, trigger, keep)
        saved += len(history.left_out) - len(summary)
    if saved <= 0:
        return None
    compacted = ContextCompacted(
        before_tokens=before,
        after_tokens=before - round(saved / per_token),
        trigger=trigger,
        summary=summary,
        stubbed=plan.stubbed,
        dropped=plan.dropped,
    )
    await agent.emit(compacted)
    return compacted


def can_shorten(agent: Agent) -> bool:
    """Tell whether there is anything left that may go."""
    before = tokens_of(agent)
    return _plan(agent, "recovery", before, agent.history.characters() / before) is not None


def is_full(agent: Agent) -> bool:
    """Tell whether the conversation leaves hardly any room for a reply; False: it does, or nobody knows."""
    window = agent.window_tokens
    return window is not None and tokens_of(agent) >= window * _FULL_SHARE


def fits_by_far(agent: Agent) -> str:
    """Return, in words, that what is called too long can't be; empty: it may be, or nobody knows the window.

    A failure that was taken for another one must not cost the conversation.
    """
    window = agent.window_tokens
    # By octets: of a script with three for each character, each character has a token or so.
    texts = [message.text for message in agent.history.messages()]
    octets = agent.history.characters() + sum(len(text.encode()) - len(text) for text in texts)
    # What was learnt counts where it makes for more tokens: the newest part may be of another kind.
    tokens = estimated_tokens(octets, min(agent.characters_per_token, CHARACTERS_PER_TOKEN))
    if window is None or tokens >= window * _FAR_SHARE:
        return ""
    return f"It has about {tokens:,} tokens, and the window {window:,}."


async def shorten(agent: Agent, *, was_refused: bool) -> str:
    """Leave out what has to go after a failure; return what went, in words. Empty: nothing may.

    Args:
        agent: Whose conversation it is.
        was_refused: The server said that the prompt is too long for its window.
    """
    if was_refused:
        agent.room.did_not_fit()
        _learn_of_refusal(agent)
    compacted = await compact(agent, trigger="recovery")
    if compacted is None:
        return ""
    results = f"{len(compacted.stubbed)} old tool results" if compacted.stubbed else ""
    messages = f"{len(compacted.dropped)} old messages" if compacted.dropped else ""
    return " and ".join(filter(None, (results, messages)))


def _learn_of_refusal(agent: Agent) -> None:
    """Take it that what was refused has a window's tokens at least, whatever its characters."""
    characters, window = agent.history.characters(), agent.window_tokens
    if window and tokens_of(agent) < window:
        agent.token_scale.learn(agent.provider.address, agent.model.id, characters=characters, tokens=window)


def _plan(agent: Agent, trigger: Trigger, before: int, per_token: float) -> Shortening | None:
    """Return what goes; None: nothing may, or nothing has to."""
    history = agent.history
    conversation, start = history.said(), history.turn_start
    if trigger == "manual":
        everything = history.characters()
        return shortening(conversation, turn_start=start, surplus_characters=everything)

    def surplus(target: float) -> int:
        return max(1, round((before - target) * per_token))

    limit = fill_limit(agent) or before
    if trigger == "recovery":
        most = deepest = (agent.window_tokens or before) * _REFUSED_SHARE
    else:
        most, deepest = limit * _STUBBED_SHARE, limit * _SUMMARISED_SHARE - _notes_tokens(agent)
    plan = stubbing(conversation, turn_start=start, surplus_characters=surplus(most))
    if _saved(plan) < surplus(most):
        deeper = shortening(conversation, turn_start=start, surplus_characters=surplus(deepest))
        gain = _saved(deeper) - _saved(plan)
        is_enough = _saved(plan) >= surplus(limit * _ENOUGH_SHARE)
        if trigger == "recovery" or not is_enough or gain >= _WORTH_NOTES * _notes_tokens(agent) * per_token:
            plan = deeper
    missing = surplus(limit) - _saved(plan)
    resort = last_resort(conversation, turn_start=start, surplus_characters=missing) if missing > 0 else None
    return _together(plan, resort)


def _saved(plan: Shortening | None) -> int:
    return plan.saved_characters if plan else 0


def _together(plan: Shortening | None, more: Shortening | None) -> Shortening | None:
    if plan is None or more is None:
        return plan or more
    return replace(
        plan,
        stubbed=(*plan.stubbed, *more.stubbed),
        saved_characters=plan.saved_characters + more.saved_characters,
    )


async def _summary(agent: Agent, plan: Shortening, trigger: Trigger, keep: str) -> str:
    """Return what stands in place of the messages that go, with the model's notes where they are worth it."""
    history = agent.history
    before = read_summary(history.left_out)
    facts = tuple(history.ledger.facts(history.requests_left_out(plan.dropped)))
    known = Summary(facts=facts, keep=before.kept_with(keep), notes=before.notes)
    if trigger == "recovery":
        return known.text()
    notes = await _notes(agent, plan, known)
    whole = replace(known, notes=notes or before.notes).text()
    gain = plan.saved_characters + len(history.left_out)
    return whole if len(whole) < gain else replace(known, notes="").text()


async def _notes(agent: Agent, plan: Shortening, known: Summary) -> str:
    """Return the model's notes about what it has read; empty: there are none, or it is not worth asking."""
    history, max_tokens = agent.history, _notes_tokens(agent)
    if estimated_tokens(plan.saved_characters, agent.characters_per_token) < max_tokens:
        return ""
    until = already_read(history.said(), history.turn_start)
    for stubbed in ((), plan.stubbed):
        asked = agent.next_request()
        messages = history.messages(
            with_images=agent.model.vision is not False, until=until, stubbed=frozenset(stubbed)
        )
        request = notes_request(replace(asked, messages=messages), max_tokens, known.keep)
        tokens = tokens_of(agent, request)
        if agent.window_tokens is None or tokens + max_tokens <= agent.window_tokens:
            return await written_notes(agent, request, tokens) if until else ""
    return ""


def _notes_tokens(agent: Agent) -> int:
    """Return how long the model's notes may be: a tenth of the window."""
    return min(1_024, max(128, (agent.window_tokens or 8_192) // 10))
