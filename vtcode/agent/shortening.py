"""What goes of a conversation that fills its window: a plan, made without a model. Nothing here does I/O.

First old tool results become one line each, the oldest first. Where that is not enough, the oldest exchanges
are left out behind a summary. Always kept: the user's first message, which is the goal; the running turn's
messages of the user; its step whose results the model has not read yet; the last answer, while nothing was
said after it. A call and its result go and stay together, because only whole messages are left out. As a last
resort even unread results become one line, so that the model can call again for less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from vtcode.agent.request import size_of
from vtcode.messages import AssistantMessage, ToolMessage, UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHORTENED = "[Earlier messages were shortened: they no longer fit.]"
"""What the model reads in place of what was left out, in records without a summary of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the conversation, with the results of its calls."""

    message: UserMessage | AssistantMessage
    results: tuple[ToolMessage, ...] = ()
    stubs: tuple[str, ...] = ()
    """For each result the line that may take its place; the result itself where it has become that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """What is left out."""

    stubbed: tuple[str, ...]
    """Ids of the calls whose results become one line."""
    dropped: tuple[int, ...]
    """Positions of the messages that go, in ascending order."""
    saved_characters: int


_Saving: TypeAlias = tuple[tuple[int, ...], int]
"""Positions that go together, and the characters that this saves."""


def stubbing(conversation: Sequence[Said], *, turn_start: int, surplus_characters: int) -> Shortening | None:
    """Return which old results become one line to save `surplus_characters`, or as much as that can save.

    Args:
        conversation: All that was said, in order.
        turn_start: The position of the running turn's first message.
        surplus_characters: How many characters are too many; more than 0.
    """
    stubbed = _stubbed(conversation[: _first_unread(conversation, turn_start)], surplus_characters)
    if not stubbed:
        return None
    return Shortening(stubbed=tuple(stubbed), dropped=(), saved_characters=sum(stubbed.values()))


def shortening(
    conversation: Sequence[Said], *, turn_start: int, surplus_characters: int
) -> Shortening | None:
    """Return what to leave out to save `surplus_characters`, or as much as can be saved; None: nothing can.

    The arguments are those of `stubbing`.
    """
    unread = _first_unread(conversation, turn_start)
    stubbed = _stubbed(conversation[:unread], surplus_characters)
    saved_characters = sum(stubbed.values())
    dropped: list[int] = []
    kept = {*_kept(conversation, turn_start), *range(unread, len(conversation))}
    for positions, saved in _drops(conversation, turn_start, kept, stubbed):
        if saved_characters >= surplus_characters:
            break
        dropped += positions
        saved_characters += saved
    if not saved_characters:
        return None
    gone = {result.call_id for place in dropped for result in conversation[place].results}
    return Shortening(
        stubbed=tuple(call_id for call_id in stubbed if call_id not in gone),
        dropped=tuple(dropped),
        saved_characters=saved_characters,
    )


def last_resort(
    conversation: Sequence[Said], *, turn_start: int, surplus_characters: int
) -> Shortening | None:
    """Return which results that the model has not read become one line, the largest first; None: none can.

    The arguments are those of `stubbing`.
    """
    unread = conversation[_first_unread(conversation, turn_start) :]
    largest_first = sorted(_savings(unread), key=lambda saving: saving[1], reverse=True)
    stubbed = _enough(largest_first, surplus_characters)
    if not stubbed:
        return None
    return Shortening(stubbed=tuple(stubbed), dropped=(), saved_characters=sum(stubbed.values()))


def already_read(conversation: Sequence[Said], turn_start: int) -> int:
    """Return how many messages, from the first on, the model has answered to."""
    for place in range(len(conversation) - 1, turn_start - 1, -1):
        if isinstance(conversation[place].message, AssistantMessage):
            return _first_unread(conversation, turn_start)
    return turn_start


def _stubbed(conversation: Sequence[Said], surplus_characters: int) -> dict[str, int]:
    return _enough(_savings(conversation), surplus_characters)


def _enough(savings: Iterable[tuple[str, int]], surplus_characters: int) -> dict[str, int]:
    """Return as many as are needed, by the call's id."""
    taken: dict[str, int] = {}
    left = surplus_characters
    for call_id, saved in savings:
        if left <= 0:
            break
        taken[call_id] = saved
        left -= saved
    return taken


def _savings(conversation: Sequence[Said]) -> Iterator[tuple[str, int]]:
    """Yield the calls whose results are worth it, the oldest first, with what each saves."""
    for said in conversation:
        for result, line in zip(said.results, said.stubs, strict=True):
            saved = len(result.text) - len(line)
            if saved > 0:
                yield result.call_id, saved


def _first_unread(conversation: Sequence[Said], turn_start: int) -> int:
    """Return where the step begins whose results the model has not read: in the running turn, or nowhere."""
    for place in range(len(conversation) - 1, turn_start - 1, -1):
        if isinstance(conversation[place].message, AssistantMessage):
            return place if conversation[place].results else len(conversation)
    return len(conversation)


def _kept(conversation: Sequence[Said], turn_start: int) -> Iterator[int]:
    """Yield the positions that stay in any case."""
    if not conversation:
        return
    of_user = [place for place, said in enumerate(conversation) if isinstance(said.message, UserMessage)]
    yield from of_user[:1]
    yield from (place for place in of_user if place >= turn_start)
    last = conversation[-1]
    if isinstance(last.message, AssistantMessage) and not last.results:
        yield len(conversation) - 1


def _drops(
    conversation: Sequence[Said], turn_start: int, kept: set[int], stubbed: dict[str, int]
) -> Iterator[_Saving]:
    """Yield what goes together, the oldest first: earlier exchanges whole, the running turn step by step."""
    exchange: list[int] = []
    for place, said in enumerate(conversation):
        if exchange and (place >= turn_start or isinstance(said.message, UserMessage)):
            yield _saving(conversation, exchange, stubbed)
            exchange = []
        if place not in kept:
            exchange.append(place)
    if exchange:
        yield _saving(conversation, exchange, stubbed)


def _saving(conversation: Sequence[Said], positions: list[int], stubbed: dict[str, int]) -> _Saving:
    going = [conversation[place] for place in positions]
    results = [result for said in going for result in said.results]
    size = sum(size_of(said.message) for said in going) + sum(size_of(result) for result in results)
    return tuple(positions), size - sum(stubbed.get(result.call_id, 0) for result in results)
