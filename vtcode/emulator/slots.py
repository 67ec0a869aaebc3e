"""Who is answered now on each instance, who waits, and how much of the window they take together."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.emulator.refusals import Refused


class Seat:
    """The place of one reply on its instance."""

    def __init__(self, instance_id: str, prompt_tokens: int) -> None:
        self.instance_id = instance_id
        self.tokens = prompt_tokens
        """Of the window: the prompt, and what was written so far."""
        self._loop = asyncio.get_running_loop()
        self._free = asyncio.Event()
        self._struck = asyncio.Event()
        self.struck_by: Refused | None = None
        """Why the reply has to die; None while it lives."""

    def strike(self, reason: Refused) -> None:
        """Kill the reply; from any thread."""
        self.struck_by = self.struck_by or reason
        self._loop.call_soon_threadsafe(self._struck.set)

    async def until_struck(self) -> None:
        """Wait until the reply is killed."""
        await self._struck.wait()

    def offer(self) -> None:
        """Tell the reply that its turn has come."""
        self._loop.call_soon_threadsafe(self._free.set)

    async def until_offered(self) -> None:
        """Wait for the reply's turn."""
        await self._free.wait()


class Slots:
    """The seats of all instances."""

    def __init__(self) -> None:
        self._seated: defaultdict[str, list[Seat]] = defaultdict(list)
        self._waiting: defaultdict[str, deque[Seat]] = defaultdict(deque)
        self.most_at_once = 0
        """The most requests that one instance ever had at once, running and waiting."""
        self._grown = threading.Condition()

    async def enter(self, seat: Seat, parallel: int) -> None:
        """Wait until fewer than `parallel` replies run on the instance, in the order of arrival."""
        seats, queue = self._seated[seat.instance_id], self._waiting[seat.instance_id]
        is_free = len(seats) < parallel
        (seats if is_free else queue).append(seat)
        with self._grown:
            self.most_at_once = max(self.most_at_once, len(seats) + len(queue))
            self._grown.notify_all()
        if not is_free:
            await seat.until_offered()

    def wait_for(self, count: int, timeout_s: float) -> bool:
        """Wait, in another thread, until `most_at_once` is `count`; False where it takes longer."""
        with self._grown:
            return self._grown.wait_for(lambda: self.most_at_once >= count, timeout_s)

    def leave(self, seat: Seat) -> None:
        """Free the seat for who waits longest, or leave the queue."""
        queue, seats = self._waiting[seat.instance_id], self._seated[seat.instance_id]
        if seat in queue:
            queue.remove(seat)
        elif seat in seats:
            seats.remove(seat)
            self._seat_next(seat.instance_id)

    def seated(self, instance_id: str) -> list[Seat]:
        """Return who is answered on an instance."""
        return self._seated[instance_id]

    def waiting(self, instance_id: str) -> int:
        """Return how many wait for an instance."""
        return len(self._waiting[instance_id])

    def tokens_in_use(self, instance_id: str) -> int:
        """Return how much of an instance's window is taken."""
        return sum(seat.tokens for seat in self.seated(instance_id))

    def strike(self, instance_id: str, reason: Refused) -> None:
        """Kill all replies on an instance, and those that wait for it."""
        for seat in [*self.seated(instance_id), *self._waiting[instance_id]]:
            seat.strike(reason)
        while self._waiting[instance_id]:
            self._seat_next(instance_id)

    def _seat_next(self, instance_id: str) -> None:
        queue = self._waiting[instance_id]
        if queue:
            seat = queue.popleft()
            self._seated[instance_id].append(seat)
            seat.offer()
