"""Downloads that a session follows while the user goes on working."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, assert_never

from vtcode.errors import UserFacingError
from vtcode.events import ModelDownloading, Notice
from vtcode.providers.lifecycle import DownloadProgress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vtcode.frontend import Emit
    from vtcode.providers.lifecycle import ModelLifecycle


class Downloads:
    """One task a download; what it comes to is told by events. The server goes on when nobody follows."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def running(self) -> tuple[str, ...]:
        """What is being downloaded, as it was asked for."""
        return tuple(self._running)

    def start(self, lifecycle: ModelLifecycle, name: str) -> bool:
        """Have the server download a model, and follow it; False: this is being done already.

        Args:
            lifecycle: The server's.
            name: As `ModelLifecycle.download` takes it: `acme/coder@Q4_K_M`.
        """
        return self._start(name, lifecycle.download(name))

    def resume(self, lifecycle: ModelLifecycle) -> None:
        """Follow what an earlier session began and nobody has seen the end of."""
        for job in lifecycle.downloads():
            name = f"{job.name}@{job.quantization}" if job.quantization else job.name
            self._start(name, lifecycle.follow(job.job_id))

    async def close(self) -> None:
        """Follow none any longer."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, steps: AsyncGenerator[DownloadProgress, None]) -> bool:
        if name in self._running:
            return False
        task = asyncio.create_task(self._follow(name, steps))
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))
        return True

    async def _follow(self, name: str, steps: AsyncGenerator[DownloadProgress, None]) -> None:
        try:
            last = await follow(name, steps, self._emit)
        except UserFacingError as error:
            await self._emit(Notice(level="error", text=error.message, hint=error.hint))
            return
        hint = f"/model {last.listed_as} uses it." if last.listed_as else "/model lists it."
        match last.state:
            case "completed":
                await self._emit(Notice(level="info", text=f"{name} is downloaded.", hint=hint))
            case "already_downloaded":
                await self._emit(Notice(level="info", text=f"{name} is on the server already.", hint=hint))
            case "paused" | "downloading":
                text = f"The server has not finished downloading {name}."
                again = f"/model download {name} goes on with it."
                await self._emit(Notice(level="warning", text=text, hint=again))
            case "failed":
                await self._emit(Notice(level="error", text=f"The server could not download {name}."))
            case _:
                assert_never(last.state)


async def follow(name: str, steps: AsyncGenerator[DownloadProgress, None], emit: Emit) -> DownloadProgress:
    """Tell how far a download is, to its end; return the last word of it.

    Raises:
        ProviderError: The server knows no such model, or can't be asked any longer.
    """
    telling = _Telling(name, emit)
    last = DownloadProgress(state="failed")
    try:
        async with aclosing(steps):
            async for last in steps:
                await telling.tell(last)
    except UserFacingError:
        await telling.give_up()
        raise
    return last


class _Telling:
    """Turns the server's words into as few events as tell them: another state, or a percent more."""

    def __init__(self, name: str, emit: Emit) -> None:
        self._name = name
        self._emit = emit
        self._told: ModelDownloading | None = None

    async def tell(self, step: DownloadProgress) -> None:
        event = ModelDownloading(
            model=self._name,
            state=step.state,
            downloaded_bytes=step.downloaded_bytes,
            total_bytes=step.total_bytes,
            bytes_per_s=step.bytes_per_s,
            remaining_s=step.remaining_s,
        )
        if self._told is None or (event.state, _percent(event)) != (self._told.state, _percent(self._told)):
            self._told = event
            await self._emit(event)

    async def give_up(self) -> None:
        if self._told:
            await self._emit(ModelDownloading(model=self._name, state="failed"))


def _percent(event: ModelDownloading) -> int | None:
    if event.downloaded_bytes is None or not event.total_bytes:
        return event.downloaded_bytes
    return event.downloaded_bytes * 100 // event.total_bytes
