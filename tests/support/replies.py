"""Asking a provider for a reply, in one line."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtcode.messages import Message, ToolDefinition, UserMessage
from vtcode.providers.base import CompletedPart, Part, Request

if TYPE_CHECKING:
    from vtcode.providers.base import Provider

READ_FILE = ToolDefinition(name="read_file", description="Reads a file.")


def asking(model: str, *messages: Message) -> Request:
    """Return a request with one tool; without messages, the user says hello."""
    return Request(model=model, messages=messages or (UserMessage(text="hello"),), tools=(READ_FILE,))


async def reply_of(provider: Provider, model: str, *messages: Message) -> list[Part]:
    """Return all parts of one reply."""
    async with aclosing(provider.stream_reply(asking(model, *messages))) as parts:
        return [part async for part in parts]


async def completed_of(provider: Provider, model: str, *messages: Message) -> CompletedPart:
    """Return the whole reply."""
    last = (await reply_of(provider, model, *messages))[-1]
    assert isinstance(last, CompletedPart)
    return last
