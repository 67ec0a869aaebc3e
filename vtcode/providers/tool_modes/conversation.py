"""A conversation without function calling: calls and their results become text of the two that speak."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, assert_never

from vtcode.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage

Spoken: TypeAlias = Callable[[str, ToolCall | None], str]
"""Writes what a model said, and one call that it made, as the model is to write such a thing."""


def as_text(
    messages: Sequence[Message], write: Spoken, result: Callable[[ToolMessage], str]
) -> list[Message]:
    """Return the conversation as text in which user and assistant alternate.

    A model that made several calls at once is shown to have made them one after the other: each call is
    followed by its result, however the calls stood together.

    Args:
        messages: With every call's result after it, as a history has them.
        write: How an assistant's words and one call are written.
        result: How a call's result is written.
    """
    results = {message.call_id: result(message) for message in messages if isinstance(message, ToolMessage)}
    return _alternating(turn for message in messages for turn in _turns(message, write, results))


def _turns(message: Message, write: Spoken, results: Mapping[str, str]) -> Iterator[Message]:
    match message:
        case SystemMessage() | UserMessage():
            yield message
        case AssistantMessage(tool_calls=()):
            if message.text:
                yield AssistantMessage(text=write(message.text, None))
        case AssistantMessage(text=text, tool_calls=calls):
            for number, call in enumerate(calls):
                yield AssistantMessage(text=write("" if number else text, call))
                if call.id in results:
                    yield UserMessage(text=results[call.id])
        case ToolMessage():
            pass  # stands after its call
        case _:
            assert_never(message)


def compact(value: object) -> str:
    """Return JSON as small models copy it best: without blanks, and as it reads."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def call_json(call: ToolCall) -> dict[str, Any]:
    """Return a call as `{"name", "arguments"}`; arguments that can't be read are none."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = {}
    return {"name": call.name, "arguments": arguments if isinstance(arguments, dict) else {}}


def _alternating(messages: Iterable[Message]) -> list[Message]:
    """Make one message of those that one side says in a row."""
    joined: list[Message] = []
    for message in messages:
        match joined[-1] if joined else None, message:
            case UserMessage() as before, UserMessage():
                text = f"{before.text}\n\n{message.text}"
                joined[-1] = UserMessage(text=text, images=(*before.images, *message.images))
            case AssistantMessage() as before, AssistantMessage():
                joined[-1] = AssistantMessage(text=f"{before.text}\n\n{message.text}")
            case _:
                joined.append(message)
    return joined
