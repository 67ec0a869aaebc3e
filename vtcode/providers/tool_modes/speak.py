"""One reply in the tool mode that fits the model; the wire below only ever sees `native`."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vtcode.providers.base import Part, Provider, Request


async def speak(provider: Provider, request: Request) -> AsyncGenerator[Part, None]:
    """Stream one reply in the request's tool mode; calls come out as calls in every mode.

    Raises:
        ProviderError: As `Provider.stream_reply` says.
    """
    async with aclosing(provider.stream_reply(request)) as parts:
        async for part in parts:
            yield part
