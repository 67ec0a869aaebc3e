"""The conversation as wires send it: one system prompt, first; nothing empty; no role twice in a row."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, assert_never

from vtcode.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vtcode.messages import ToolCall


def spoken(messages: Sequence[Message], *, strict_roles: bool) -> list[Message]:
    """Return messages in the form that chat templates take.

    The system prompt comes first; empty answers are left out; messages of one role in a row become one, tool
    results excepted. With `strict_roles` only user and assistant are left, in turns.
    """
    told = alternating(messages) if strict_roles else messages
    return _joined(sorted(_not_empty(told), key=lambda message: message.role != "system"))


def alternating(messages: Iterable[Message]) -> list[Message]:
    """Return the conversation as text of the user and of the assistant, in turns, the user first.

    The system prompt opens the user's first message; calls and their results are written out.
    """
    system: list[str] = []
    turns: list[Message] = []
    for message in messages:
        match message:
            case SystemMessage(text=text):
                system.append(text)
            case UserMessage():
                turns.append(message)
            case AssistantMessage():
                turns.append(AssistantMessage(text=written_answer(message)))
            case ToolMessage():
                turns.append(UserMessage(text=written_result(message)))
            case _:
                assert_never(message)
    if system:
        turns.insert(0, UserMessage(text="\n\n".join(system)))
    return _joined(_not_empty(turns))


def written_answer(message: AssistantMessage) -> str:
    """Return an answer as text, its calls written as most models write them by themselves."""
    calls = (f"<tool_call>\n{_written_call(call)}\n</tool_call>" for call in message.tool_calls)
    return "\n".join(text for text in (message.text, *calls) if text)


def written_result(message: ToolMessage) -> str:
    """Return a tool's result as text."""
    return f"<tool_response>\n{message.text}\n</tool_response>"


def _written_call(call: ToolCall) -> str:
    return f'{{"name": {json.dumps(call.name, ensure_ascii=False)}, "arguments": {call.arguments}}}'


def _not_empty(messages: Iterable[Message]) -> list[Message]:
    return [message for message in messages if not _is_empty(message)]


def _is_empty(message: Message) -> bool:
    return isinstance(message, AssistantMessage) and not message.text and not message.tool_calls


def _joined(messages: Iterable[Message]) -> list[Message]:
    joined: list[Message] = []
    for role, group in groupby(messages, key=lambda message: message.role):
        together = list(group)
        joined += together if role == "tool" else [_one(together)]
    return joined


def _one(messages: list[Message]) -> Message:
    """Join messages of one role, other than tool results."""
    first = messages[0]
    if len(messages) == 1:
        return first
    text = "\n\n".join(message.text for message in messages if message.text)
    if isinstance(first, AssistantMessage):
        answers = [message for message in messages if isinstance(message, AssistantMessage)]
        calls = tuple(call for answer in answers for call in answer.tool_calls)
        return AssistantMessage(text=text, tool_calls=calls)
    if isinstance(first, UserMessage):
        asked = [message for message in messages if isinstance(message, UserMessage)]
        return UserMessage(text=text, images=tuple(image for message in asked for image in message.images))
    return replace(first, text=text)
