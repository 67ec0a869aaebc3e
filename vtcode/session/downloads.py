"""Downloads that a session follows while the user goes on working."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from vtcode.errors import UserFacingError
from vtcode.events import ModelDownloading, Notice
from vtcode.providers.lifecycle import DownloadProgress

if TYPE_CHECKING:
    from vtcode.agent.reply import Emit
    from vtcode.providers.lifecycle import ModelLifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """What is wanted of a server."""

    name: str
    """An id of LM Studio's catalogue, or a Hugging Face address."""
    quantization: str = ""
    """`Q4_K_M`; empty: the server chooses."""

    def __str__(self) -> str:
        """Return it as it is typed: `acme/coder@Q4_K_M`."""
        return f"{self.name}@{self.quantization}" if self.quantization else self.name


def wanted_download(text: str) -> Download:
    """Read `NAME[@QUANTIZATION]`."""
    name, _, quantization = text.strip().partition("@")
    return Download(name=name, quantization=quantization)


class Downloads:
    """One task a download; what it comes to is told by events. The server goes on when nobody follows."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def running(self) -> tuple[str, ...]:
        """What is being downloaded, as it was asked for."""
        return tuple(self._running)

    def start(self, lifecycle: ModelLifecycle, wanted: Download) -> bool:
        """Have the server download a model, and follow it; False: that is done already."""
        name = str(wanted)
        if name in self._running:
            return False
        task = asyncio.create_task(self._follow(lifecycle, wanted))
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))
        return True

    async def close(self) -> None:
        """Follow none any longer."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, lifecycle: ModelLifecycle, wanted: Download) -> None:
        try:
            last = await follow(lifecycle, wanted, self._emit)
        except UserFacingError as error:
            await self._emit(Notice(level="error", text=error.message, hint=error.hint))
            return
        hint = f"/model {last.listed_as or wanted.name} uses it."
        match last.state:
            case "completed":
                await self._emit(Notice(level="info", text=f"{wanted} is downloaded.", hint=hint))
            case "already_downloaded":
                await self._emit(Notice(level="info", text=f"{wanted} is on the server already.", hint=hint))
            case "paused" | "downloading":
                text = f"The server has not finished downloading {wanted}."
                hint = "Asking for it again goes on with it."
                await self._emit(Notice(level="warning", text=text, hint=hint))
            case "failed":
                await self._emit(Notice(level="error", text=f"The server could not download {wanted}."))
            case _:
                assert_never(last.state)


async def follow(lifecycle: ModelLifecycle, wanted: Download, emit: Emit) -> DownloadProgress:
    """Have a server download a model and tell how far it is; return the last word of it.

    Raises:
        ProviderError: The server knows no such model, or can't be asked any longer.
    """
    telling = _Telling(wanted, emit)
    last = DownloadProgress(state="failed")
    try:
        async with aclosing(lifecycle.download(wanted.name, wanted.quantization)) as steps:
            async for last in steps:
                await telling.tell(last)
    except UserFacingError:
        await telling.give_up()
        raise
    return last


class _Telling:
    """Turns the server's words into as few events as tell them: another state, or a percent more."""

    def __init__(self, wanted: Download, emit: Emit) -> None:
        self._name = str(wanted)
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
