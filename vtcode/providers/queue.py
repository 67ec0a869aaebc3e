"""One server, one queue: no more requests at a time than its model answers, and the user's go first.

Servers that are given more fail them, answer nothing, or crash. They are let through in the order in which
they came. What is asked beside a conversation (`Request.side`: the calls of the self-test; vectors) runs only
while no request of the user's runs or waits, and is broken off when one comes.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from vtcode.errors import GaveWay
from vtcode.providers.base import WaitingPart

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable

    from vtcode.providers.base import Part, Request
    from vtcode.providers.model_info import ModelInfo

T = TypeVar("T")
OpenStream: TypeAlias = "Callable[[Request], AsyncGenerator[Part, None]]"

_queues: WeakValueDictionary[str, ServerQueue] = WeakValueDictionary()


def queue_of(address: str) -> ServerQueue:
    """Return the queue of the server at `address`: the same for all who speak to it in this process."""
    queue = _queues.get(address)
    if queue is None:
        queue = _queues[address] = ServerQueue()
    return queue


@dataclass(eq=False, slots=True)
class _Ticket:
    """A request's place in the queue, or among those that run."""

    side: bool
    limit: int
    """Requests that may run at a time, this one among them."""
    admitted: asyncio.Event = field(default_factory=asyncio.Event)
    reading: asyncio.Task[Any] | None = None
    """What reads a side request's reply, so that it can be broken off whatever its reader does."""


class ServerQueue:
    """Lets requests through to one server; see `queue_of`."""

    def __init__(self) -> None:
        self._limits: dict[str, int] = {}
        self._waiting: list[_Ticket] = []
        self._running: list[_Ticket] = []

    def learn(self, models: Iterable[ModelInfo]) -> None:
        """Take how many requests each model answers at a time: one, where that is not known, and with MLX."""
        for model in models:
            self._limits[model.id] = 1 if model.format == "mlx" else model.parallel or 1

    async def stream(self, request: Request, open_stream: OpenStream) -> AsyncGenerator[Part, None]:
        """Stream a reply once it is its turn; begins with WaitingParts where others of the user's go first.

        Closing the generator, or cancelling who waits in it, gives its place to the next one.

        Raises:
            GaveWay: A side request was broken off for one of the user's.
            ProviderError: As `open_stream` does.
        """
        ticket = _Ticket(side=request.side, limit=self._limits.get(request.model, 1))
        self._waiting.append(ticket)
        self._go_on()
        try:
            if not ticket.admitted.is_set() and any(not other.side for other in self._running):
                yield WaitingPart()
                await ticket.admitted.wait()
                yield WaitingPart(over=True)
            while not ticket.admitted.is_set():
                await ticket.admitted.wait()
            reply = self._aside(ticket, request, open_stream) if ticket.side else open_stream(request)
            async with aclosing(reply) as parts:
                async for part in parts:
                    yield part
        finally:
            self._leave(ticket)

    async def aside(self, model: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do what a model answers in one piece, as a side request, and return what comes of it.

        Raises:
            GaveWay: It was broken off for a request of the user's.
            Exception: As `work` does.
        """
        ticket = _Ticket(side=True, limit=self._limits.get(model, 1))
        self._waiting.append(ticket)
        self._go_on()
        try:
            while not ticket.admitted.is_set():
                await ticket.admitted.wait()
            reading = asyncio.create_task(work())
            ticket.reading = reading
            try:
                await asyncio.wait([reading])
            finally:
                await _broken_off(reading)
            return _result_of(reading)
        finally:
            self._leave(ticket)

    async def _aside(
        self, ticket: _Ticket, request: Request, open_stream: OpenStream
    ) -> AsyncGenerator[Part, None]:
        """Stream a reply that a task of its own reads, which `_go_on` may cancel at any time."""
        arrived: asyncio.Queue[Part | None] = asyncio.Queue()

        async def read() -> None:
            async with aclosing(open_stream(request)) as parts:
                async for part in parts:
                    arrived.put_nowait(part)

        def ended(_: asyncio.Task[None]) -> None:
            self._leave(ticket)
            arrived.put_nowait(None)

        reading = ticket.reading = asyncio.create_task(read())
        reading.add_done_callback(ended)
        try:
            while (part := await arrived.get()) is not None:
                yield part
            _result_of(reading)
        finally:
            await _broken_off(reading)

    def _go_on(self) -> None:
        """Let through whoever may run now; break off what runs aside, where the user waits."""
        is_user_there = any(not ticket.side for ticket in (*self._running, *self._waiting))
        if is_user_there:
            self._break_off_asides()
        for ticket in [ticket for ticket in self._waiting if ticket.side != is_user_there]:
            if len(self._running) >= ticket.limit:
                break
            self._waiting.remove(ticket)
            self._running.append(ticket)
            ticket.admitted.set()

    def _break_off_asides(self) -> None:
        for ticket in [ticket for ticket in reversed(self._running) if ticket.side]:
            if ticket.reading:
                _break_off(ticket.reading)  # it leaves when its connection is closed
                continue
            self._running.remove(ticket)
            self._waiting.insert(0, ticket)
            ticket.admitted.clear()

    def _leave(self, ticket: _Ticket) -> None:
        for tickets in (self._waiting, self._running):
            if ticket in tickets:
                tickets.remove(ticket)
        self._go_on()


def _result_of(reading: asyncio.Task[T]) -> T:
    if reading.cancelled():
        raise GaveWay("A request of the user's came first.", hint="Try it again once that is answered.")
    return reading.result()


async def _broken_off(reading: asyncio.Task[Any]) -> None:
    _break_off(reading)
    await asyncio.wait([reading])
    reading.cancelled() or reading.exception()  # seen, also where nobody reads on


def _break_off(reading: asyncio.Task[Any]) -> None:
    """Cancel once: a second time would disturb the closing of its connection."""
    if not reading.cancelling():
        reading.cancel()
