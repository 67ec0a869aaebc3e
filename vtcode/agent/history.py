"""The conversation as the next request holds it.

A History is a fold over the event stream and nothing else. A running session applies each event as it
happens; a resumed one applies those in its log. Both take the same path, so both send the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.events import (
    Event,
    HistoryCleared,
    ReplyCompleted,
    SessionStarted,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage

if TYPE_CHECKING:
    from vtcode.messages import ToolDefinition

NOT_RUN = "Not run: the user interrupted."
"""What the model reads for a call that was never taken up."""


class History:
    """What was said so far, in the order in which the model reads it."""

    def __init__(self) -> None:
        self.system_prompt = ""
        self.tools: tuple[ToolDefinition, ...] = ()
        self._said: list[UserMessage | AssistantMessage] = []
        self._results: dict[str, str] = {}
        """By call id; holds what commands of the user's own returned too, which no message refers to."""
        self._turn_start = 0
        """Index in `_said` of the running turn's first message."""

    def apply(self, event: Event) -> None:
        """Take one event; those that the model does not read change nothing."""
        match event:
            case SessionStarted(resumed=False):
                self.system_prompt = event.system_prompt
                self.tools = event.tools
            case HistoryCleared():
                self._said.clear()
                self._results.clear()
            case TurnStarted(text=text):
                self._turn_start = len(self._said)
                self._said.append(UserMessage(text=text))
            case UserMessageAdded(text=text):
                self._said.append(UserMessage(text=text))
            case ReplyCompleted(message=message):
                self._said.append(message)
            case ToolFinished(call_id=call_id, text=text):
                self._results[call_id] = text
            case TurnEnded():
                self._drop_unanswered_turn()
            case _:
                pass

    def messages(self) -> tuple[Message, ...]:
        """Return the messages of the next request: the system prompt first, every call with its result.

        Results follow their calls in the order of the calls, whatever the order in which they came.
        """
        messages: list[Message] = [SystemMessage(text=self.system_prompt)]
        for message in self._said:
            messages.append(message)
            if isinstance(message, AssistantMessage):
                messages.extend(self._results_of(message))
        return tuple(messages)

    def characters(self) -> int:
        """Return the size of the next request's texts: the base of an estimate of its tokens."""
        total = len(self.system_prompt)
        total += sum(len(tool.description) + len(str(tool.parameters)) for tool in self.tools)
        return total + sum(_size(message) for message in self.messages()[1:])

    def used_call_ids(self) -> frozenset[str]:
        """Return the ids of all calls so far."""
        return frozenset(
            call.id
            for message in self._said
            if isinstance(message, AssistantMessage)
            for call in message.tool_calls
        )

    def _results_of(self, message: AssistantMessage) -> list[ToolMessage]:
        return [
            ToolMessage(call_id=call.id, name=call.name, text=self._results.get(call.id, NOT_RUN))
            for call in message.tool_calls
        ]

    def _drop_unanswered_turn(self) -> None:
        # A message that got no reply at all (server down, stopped at once) would stand before its own
        # repetition, and chat templates want alternating roles.
        if all(isinstance(message, UserMessage) for message in self._said[self._turn_start :]):
            del self._said[self._turn_start :]


def _size(message: Message) -> int:
    marks = 16  # role and turn marks of a chat template
    if isinstance(message, AssistantMessage):
        marks += sum(len(call.name) + len(call.arguments) + 16 for call in message.tool_calls)
    return len(message.text) + marks
