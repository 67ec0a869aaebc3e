"""Loads that several may wait for: one of a model at a time on each server, and how far it is."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeAlias

from vtcode.errors import ProviderError
from vtcode.providers.lifecycle import LoadProgress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from vtcode.providers.lifecycle import LoadRequest
    from vtcode.providers.model_info import ModelInfo

_TICK_S = 0.5
"""How often the time that passed is told."""
_ESTIMATE_ENDS_AT = 0.95
"""Where a guess stops: that it is done, only the server can say."""
LoadKey: TypeAlias = tuple[str, str]
"""A server's address and a model's key."""


class LoadGauge:
    """How far a load is: by the server's word, else by the time that passed against the time expected."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._expected_s: float | None = None
        self._told: float | None = None
        self._beside = ""
        self._news = asyncio.Event()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the load began; 0: it has not."""
        return 0.0 if self._began_s is None else time.monotonic() - self._began_s

    def begin(self, expected_s: float | None, *, beside: str = "") -> None:
        """Note that the load begins.

        Args:
            expected_s: How long it will probably take; None: there is no telling.
            beside: As `LoadProgress` has it.
        """
        self._began_s, self._expected_s, self._beside = time.monotonic(), expected_s, beside
        self.wake()

    def tell(self, progress: float) -> None:
        """Note the server's own word."""
        self._told = max(0.0, min(1.0, progress))
        self.wake()

    def reading(self) -> LoadProgress | None:
        """Return how far it is; None: nothing is being loaded yet, and maybe nothing need be."""
        if self._began_s is None:
            return None
        elapsed_s, progress = self.elapsed_s, self._told
        is_guess = progress is None and bool(self._expected_s)
        if progress is None and self._expected_s:
            progress = min(_ESTIMATE_ENDS_AT, elapsed_s / self._expected_s)
        return LoadProgress(progress=progress, elapsed_s=elapsed_s, estimated=is_guess, beside=self._beside)

    def wake(self) -> None:
        """Have those look who wait for a change."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def changed(self, *, within_s: float) -> None:
        """Wait for a change, but no longer than this."""
        news = self._news
        try:
            async with asyncio.timeout(within_s):
                await news.wait()
        except TimeoutError:
            return


class SharedLoad:
    """A load that runs in a task of its own, and goes on when nobody waits for it.

    To give up the waiting does not make a server give up the load: whoever asks for the model next finds
    this one still running and waits for it, where a second request would load the model twice.
    """

    def __init__(self, request: LoadRequest, task: asyncio.Task[ModelInfo], gauge: LoadGauge) -> None:
        self.request = request
        self._task = task
        self._gauge = gauge

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return not self._task.done()

    async def watch(self) -> AsyncGenerator[LoadProgress | ModelInfo, None]:
        """Yield how far the load is, and the instance at its end.

        Raises:
            ProviderError: It failed, or was given up by who began it.
        """
        async with aclosing(self.wait()) as steps:
            async for step in steps:
                yield step
        if self._task.cancelled():
            raise ProviderError(f"Loading {self.request.model} was given up.", hint="Load it again.")
        loaded = self._task.result()
        if last := self._gauge.reading():
            yield last
        yield loaded

    async def wait(self) -> AsyncGenerator[LoadProgress, None]:
        """Yield how far the load is until it has ended, however it ends."""
        while self.runs:
            if progress := self._gauge.reading():
                yield progress
            await self._gauge.changed(within_s=_TICK_S)

    async def give_up(self) -> None:
        """Cancel the load."""
        self._task.cancel()
        await asyncio.wait({self._task})


_running: dict[LoadKey, SharedLoad] = {}
"""The loads of this process."""


def running_load(key: LoadKey) -> SharedLoad | None:
    """Return the load of this model that runs on this server."""
    return _running.get(key)


def start_load(
    key: LoadKey, request: LoadRequest, work: Callable[[LoadGauge], Awaitable[ModelInfo]]
) -> SharedLoad:
    """Begin a load; none of this key may run."""
    gauge = LoadGauge()

    async def run() -> ModelInfo:
        return await work(gauge)

    task = asyncio.create_task(run())
    load = _running[key] = SharedLoad(request, task, gauge)

    def ended(task: asyncio.Task[ModelInfo]) -> None:
        del _running[key]
        gauge.wake()
        if not task.cancelled():
            task.exception()  # Retrieved, also where nobody waits any more.

    task.add_done_callback(ended)
    return load
