"""A reply that may hold calls as text: in text mode all of them, in native mode those the server missed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.errors import UnreadableCall
from vtcode.providers.tool_calls import CallAssembler
from vtcode.providers.tool_modes.conversation import call_json, compact
from vtcode.providers.tool_modes.rescue import RescueParser, rescue
from vtcode.providers.wires.draft import call_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import AssistantMessage, FinishReason, ToolCall
    from vtcode.providers.base import CompletedPart, Part, Request
    from vtcode.providers.tool_modes.rescue import RescuedCall


class RescuedReply:
    """Takes the calls out of a reply's text while it streams.

    Args:
        request: What was asked, with its tools.
    """

    def __init__(self, request: Request) -> None:
        self._tools = request.tools
        self._used_ids = call_ids(request.messages)
        self._parser = RescueParser(request.tools)

    def take_text(self, text: str) -> Sequence[Part]:
        """Take a piece of the answer; what can't be part of a call is given out at once."""
        return self._parser.feed(text)

    def complete(self, reply: CompletedPart) -> Sequence[Part]:
        """Take the end of the reply; return what was held back, and the whole with its calls.

        Reasoning is searched for calls only where there is nothing else.

        Raises:
            UnreadableCall: The model wrote a call that can't be read, and no other.
        """
        held_back = self._parser.flush()
        message = reply.message
        if message.tool_calls:
            found = rescue(message.text, "", self._tools)
            message = replace(message, text=found.text)
        else:
            found = rescue(message.text, message.reasoning, self._tools)
            message = replace(message, text=found.text, reasoning=found.reasoning)
        message = replace(message, tool_calls=(*message.tool_calls, *self._missed(message, found.calls)))
        if found.lost_call and not message.tool_calls and reply.finish != "length":
            raise UnreadableCall(
                "The model wrote a tool call that can't be read.",
                hint="Ask again, or choose a model that is trained for tool use with /model.",
            )
        finish: FinishReason = "tool_calls" if message.tool_calls and reply.finish == "stop" else reply.finish
        return [*held_back, replace(reply, message=message, finish=finish)]

    def break_off(self) -> Sequence[Part]:
        """Return what was held back of a reply that broke off."""
        return self._parser.flush()

    def _missed(self, message: AssistantMessage, found: Sequence[RescuedCall]) -> tuple[ToolCall, ...]:
        """Return the calls in the text that the server did not pass on as calls as well."""
        passed_on = [call_json(call) for call in message.tool_calls]
        calls = CallAssembler(used_ids=self._used_ids | {call.id for call in message.tool_calls})
        for index, call in enumerate(found):
            written = {"name": call.name, "arguments": call.arguments}
            if written not in passed_on:
                calls.feed({"index": index, "function": {**written, "arguments": compact(call.arguments)}})
        return calls.calls()
