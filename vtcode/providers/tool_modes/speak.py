"""One reply in the tool mode that fits the model; the wire below only ever sees `native`."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, assert_never

from vtcode.errors import ProviderError
from vtcode.providers.base import CompletedPart, TextPart
from vtcode.providers.tool_modes.described import as_described
from vtcode.providers.tool_modes.rescued_reply import RescuedReply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from vtcode.providers.base import Part, Provider, Request


class Reading(Protocol):
    """Finds the calls in a reply's text."""

    def take_text(self, text: str) -> Sequence[Part]:
        """Return what a piece of the text says."""

    def complete(self, reply: CompletedPart) -> Sequence[Part]:
        """Return what was not told yet, and at last the whole reply with its calls.

        Raises:
            ProviderError: It can't be understood.
        """

    def break_off(self) -> Sequence[Part]:
        """Return what was held back, where the reply ends without its end."""


class _Unchanged:
    """Takes a reply as it comes: nothing was offered that could be called in its text."""

    def take_text(self, text: str) -> Sequence[Part]:
        return [TextPart(text=text)]

    def complete(self, reply: CompletedPart) -> Sequence[Part]:
        return [reply]

    def break_off(self) -> Sequence[Part]:
        return []


async def speak(provider: Provider, request: Request) -> AsyncGenerator[Part, None]:
    """Stream one reply in the request's tool mode; calls come out as calls in every mode.

    Raises:
        UnreadableCall: A call in the reply can't be read, or was cut.
        ProviderError: As `Provider.stream_reply` says.
    """
    asked, reading = _prepared(request)
    try:
        async with aclosing(_read(provider, asked, reading)) as parts:
            async for part in parts:
                yield part
    except ProviderError:
        for told in reading.break_off():
            yield told
        raise


def as_sent(request: Request) -> Request:
    """Return the request as the wire gets it: what its tool mode makes of it."""
    asked, _ = _prepared(request)
    return asked


async def _read(provider: Provider, asked: Request, reading: Reading) -> AsyncGenerator[Part, None]:
    async with aclosing(provider.stream_reply(asked)) as parts:
        async for part in parts:
            for told in _told(part, reading):
                yield told


def _told(part: Part, reading: Reading) -> Sequence[Part]:
    match part:
        case TextPart(text=text):
            return reading.take_text(text)
        case CompletedPart():
            return reading.complete(part)
        case _:
            return [part]


def _prepared(request: Request) -> tuple[Request, Reading]:
    """Return the request as the wire is to send it, and what reads the reply."""
    asked = replace(request, tool_mode="native")
    if not request.tools:
        has_native_calls = request.tool_mode == "native"
        return asked if has_native_calls else as_described(asked), _Unchanged()
    match request.tool_mode:
        case "native":
            return asked, RescuedReply(request)
        case "structured":
            from vtcode.providers.tool_modes.structured import as_structured
            from vtcode.providers.tool_modes.structured_reply import StructuredReply

            return as_structured(asked), StructuredReply(request)
        case "text":
            return as_described(asked), RescuedReply(request)
        case _:
            assert_never(request.tool_mode)
