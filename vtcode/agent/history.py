"""The conversation as the next request holds it.

A History is a fold over the event stream and nothing else. A running session applies each event as it
happens; a resumed one applies those in its log. Both take the same path, so both send the same bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.agent.ledger import Ledger
from vtcode.agent.request import size_of_request
from vtcode.agent.shortening import SHORTENED, Said
from vtcode.agent.stubs import stub
from vtcode.events import (
    ContextCompacted,
    Event,
    HistoryCleared,
    ModelSelected,
    ReplyCompleted,
    SessionStarted,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import AssistantMessage, Message, Prefix, SystemMessage, ToolMessage, UserMessage

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vtcode.messages import InstructionFile, ToolDefinition

NOT_RUN = "Not run: the user interrupted."
"""What the model reads for a call that was never taken up."""


class History:
    """What was said so far, in the order in which the model reads it."""

    def __init__(self) -> None:
        self.system_prompt = ""
        self.tools: tuple[ToolDefinition, ...] = ()
        self.instructions: tuple[str, ...] = ()
        """The files that the system prompt ends with, in words for a person."""
        self.instruction_files: tuple[InstructionFile, ...] = ()
        """The same, whole; empty also where they are not known any more."""
        self.fitted_window_tokens: int | None = None
        """The window that the system prompt, the tools and the instructions were made for."""
        self.turn_start = 0
        """Position of the running turn's first message."""
        self.ledger = Ledger()
        """What happened, also in messages that are no longer sent."""
        self._said: list[UserMessage | AssistantMessage] = []
        self._results: dict[str, str] = {}
        """By call id; holds what commands of the user's own returned too, which no message refers to."""
        self._stubs: dict[str, str] = {}
        """By call id: the line that may take a result's place."""
        self._used_call_ids: set[str] = set()
        self._begins: dict[int, int] = {}
        """By turn: the position of its first message; of those that the conversation can go back to."""
        self.left_out = ""
        """What the model reads, after the first message, of the messages that are no longer sent."""
        self._requests_left_out: list[str] = []

    @property
    def prefix(self) -> Prefix:
        """What every request begins with."""
        return Prefix(system_prompt=self.system_prompt, tools=self.tools, instructions=self.instructions)

    def apply(self, event: Event) -> None:
        """Take one event; those that the model does not read change nothing."""
        self.ledger.apply(event)
        match event:
            case SessionStarted(resumed=False):
                self.system_prompt = event.system_prompt
                self.tools = event.tools
                self.instructions = event.instructions
                self.instruction_files = event.instruction_files
                self.fitted_window_tokens = event.window_tokens
            case ModelSelected(prefix=Prefix() as prefix):
                self.system_prompt = prefix.system_prompt
                self.tools = prefix.tools
                self.instructions = prefix.instructions
                self.fitted_window_tokens = event.window_tokens
            case HistoryCleared(from_turn=from_turn):
                self._rewind(from_turn)
            case ContextCompacted():
                self._shorten(event)
            case TurnStarted(text=text, images=images):
                self.turn_start = self._begins[event.turn] = len(self._said)
                self._said.append(UserMessage(text=text, images=images))
            case UserMessageAdded(text=text, images=images):
                self._said.append(UserMessage(text=text, images=images))
            case ReplyCompleted(message=message):
                self._said.append(message)
                self._used_call_ids |= {call.id for call in message.tool_calls}
            case ToolFinished(call_id=call_id, text=text):
                self._results[call_id] = text
                self._stubs[call_id] = stub(event, self.ledger.action_of(call_id))
            case TurnEnded():
                self._drop_unanswered_turn()
            case _:
                pass

    def messages(
        self, *, with_images: bool = True, until: int | None = None, stubbed: Collection[str] = ()
    ) -> tuple[Message, ...]:
        """Return the messages of the next request: the system prompt first, every call with its result.

        Results follow their calls in the order of the calls, whatever the order in which they came.

        Args:
            with_images: Without them, for a model that can't see, words stand in their place.
            until: Leave out the messages from this position on; None: none.
            stubbed: Ids of calls whose results are one line here.
        """
        messages: list[Message] = [SystemMessage(text=self.system_prompt)]
        for place, said in enumerate(self.said()[:until]):
            messages.append(said.message if with_images else _in_words(said.message))
            messages += [
                replace(result, text=line) if result.call_id in stubbed else result
                for result, line in zip(said.results, said.stubs, strict=True)
            ]
            if self.left_out and not place:
                messages.append(UserMessage(text=self.left_out))
        return tuple(messages)

    def said(self) -> list[Said]:
        """Return what was said, each message with the results of its calls."""
        return [self._with_results(message) for message in self._said]

    def turns(self) -> dict[int, str]:
        """Return the turns before which the conversation can go back, with the messages that began them."""
        begins = ((turn, self._said[place : place + 1]) for turn, place in self._begins.items())
        return {turn: said[0].text for turn, said in begins if said and isinstance(said[0], UserMessage)}

    def requests_left_out(self, dropped: Sequence[int] = ()) -> list[str]:
        """Return the user's messages that are no longer sent once those at `dropped` go, too."""
        going = (self._said[place] for place in dropped)
        return self._requests_left_out + [said.text for said in going if isinstance(said, UserMessage)]

    def characters(self) -> int:
        """Return the size of the next request's texts: the base of an estimate of its tokens."""
        return size_of_request(self.messages(), self.tools)

    def used_call_ids(self) -> frozenset[str]:
        """Return the ids of all calls so far, also of those that are no longer sent."""
        return frozenset(self._used_call_ids)

    def _with_results(self, message: UserMessage | AssistantMessage) -> Said:
        if isinstance(message, UserMessage):
            return Said(message=message)
        results = tuple(
            ToolMessage(call_id=call.id, name=call.name, text=self._results.get(call.id, NOT_RUN))
            for call in message.tool_calls
        )
        stubs = tuple(self._stubs.get(result.call_id, result.text) for result in results)
        return Said(message=message, results=results, stubs=stubs)

    def _rewind(self, from_turn: int) -> None:
        """Forget what was said from a turn on; what was shortened before stays so."""
        start = self._begins.get(from_turn, 0)
        if not start:
            self._clear()
            return
        del self._said[start:]
        self._begins = {turn: place for turn, place in self._begins.items() if turn < from_turn}
        self.turn_start = start

    def _clear(self) -> None:
        self._begins.clear()
        self._said.clear()
        self._results.clear()
        self._stubs.clear()
        self._used_call_ids.clear()
        self._requests_left_out.clear()
        self.left_out = ""

    def _shorten(self, event: ContextCompacted) -> None:
        for call_id in event.stubbed:
            self._results[call_id] = self._stubs.get(call_id, "")
        if not event.dropped:
            return
        self._requests_left_out = self.requests_left_out(event.dropped)
        dropped = set(event.dropped)
        self.turn_start -= sum(place < self.turn_start for place in dropped)
        last = max(dropped)
        # What the summary tells of can't be untold, so a turn that it reaches into is no place to go back to.
        self._begins = {
            turn: place - len(dropped) if place else 0
            for turn, place in self._begins.items()
            if not place or place > last
        }
        self._said = [message for place, message in enumerate(self._said) if place not in dropped]
        self.left_out = event.summary or SHORTENED

    def _drop_unanswered_turn(self) -> None:
        # A message that got no reply at all (server down, stopped at once) would stand before its own
        # repetition, and chat templates want alternating roles.
        if all(isinstance(message, UserMessage) for message in self._said[self.turn_start :]):
            del self._said[self.turn_start :]
            self._begins = {turn: place for turn, place in self._begins.items() if place < self.turn_start}


def _in_words(message: UserMessage | AssistantMessage) -> UserMessage | AssistantMessage:
    if not isinstance(message, UserMessage) or not message.images:
        return message
    names = ", ".join(image.name for image in message.images)
    return UserMessage(text=f"{message.text}\n\n[Left out, because you can't see pictures: {names}]")
