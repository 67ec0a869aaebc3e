"""Downloads that LM Studio makes for us: begun, followed, and checked against its list at the end."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import quote

from vtcode.errors import ModelNotFound, ProviderError, ServerSilent, ServerUnreachable, WrongEndpoint
from vtcode.providers.fields import count_in, text_in
from vtcode.providers.lifecycle import DownloadJob, DownloadProgress, DownloadState
from vtcode.providers.model_choice import key_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from vtcode.providers.http import ServerClient
    from vtcode.providers.model_info import ModelInfo
    from vtcode.providers.server_memory import ServerMemory

_RESOLVE_S = 120.0
"""To answer a request for a download the server asks the internet first."""
_FILE_REPOSITORY = re.compile(r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/([^/\s?#]+)/([^/\s?#@]+)")
_ENDED = ("completed", "failed", "already_downloaded")
_MAX_LOST_POLLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a download is asked about, and when it counts as standing still."""

    first_s: float = 0.5
    growth: float = 1.5
    slowest_s: float = 5.0
    standstill_s: float = 300.0
    """Without one more byte."""
    listing_tries: int = 4
    """How often the list is read until a model that was downloaded is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be downloaded, as the server takes it."""

    model: str
    """An id of the catalogue, or `https://huggingface.co/<owner>/<repository>`."""
    quantization: str = ""

    @property
    def is_repository(self) -> bool:
        """It is an address, for which the quantisation can be chosen."""
        return "://" in self.model


def read_name(name: str, quantization: str = "") -> Wanted:
    """Read a name as people write it: `name@quantization`, a Hugging Face link of any depth.

    A quantisation can be asked for with a link alone; of the catalogue's models it is a part of the name.
    """
    repository = _FILE_REPOSITORY.match(name.strip())
    plain_name, _, suffix = name.strip().partition("@")
    quantization = quantization or suffix
    if repository:
        return Wanted(
            model=f"https://huggingface.co/{repository[1]}/{repository[2]}", quantization=quantization
        )
    return Wanted(model=f"{plain_name}@{quantization}" if quantization else plain_name)


class LmStudioDownloads:
    """The downloads of one server.

    Args:
        client: Speaks to the server.
        list_models: Its list, as it is now.
        memory: Keeps the downloads that run, so that they can be followed after a restart.
        pace: How often to ask.
    """

    def __init__(
        self,
        client: ServerClient,
        list_models: Callable[[], Awaitable[Sequence[ModelInfo]]],
        memory: ServerMemory,
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._server = client.server
        self._list_models = list_models
        self._memory = memory
        self._pace = pace or Pace()

    async def begin(self, name: str, quantization: str = "") -> AsyncGenerator[DownloadProgress, None]:
        """Have the server download a model, and follow it.

        Raises:
            ModelNotFound: The server knows no such model.
            WrongEndpoint: The server is older than 0.4.
            ProviderError: The download failed or stands still, or its result is not on the server's list.
        """
        wanted = read_name(name, quantization)
        known = {key_of(model) for model in await self._list_models()}
        answer = await self._ask_for(wanted)
        progress = _read(answer)
        if not progress.job_id or progress.state in _ENDED:
            yield await self._checked(progress, wanted, known) if progress.state in _ENDED else progress
            return
        self._memory.note_download(
            DownloadJob(
                job_id=progress.job_id,
                name=wanted.model,
                quantization=wanted.quantization,
            )
        )
        yield progress
        async with aclosing(self._follow(progress, wanted, known)) as steps:
            async for step in steps:
                yield step

    async def follow(self, job_id: str) -> AsyncGenerator[DownloadProgress, None]:
        """Follow a download that was begun earlier.

        Raises:
            ProviderError: The server knows no such download; else as `begin`.
        """
        jobs = [job for job in self._memory.downloads() if job.job_id == job_id]
        wanted = Wanted(model=jobs[0].name, quantization=jobs[0].quantization) if jobs else Wanted(model="")
        known = {key_of(model) for model in await self._list_models()}
        start = DownloadProgress(state="downloading", job_id=job_id)
        async with aclosing(self._follow(start, wanted, known)) as steps:
            async for step in steps:
                yield step

    async def _follow(
        self, progress: DownloadProgress, wanted: Wanted, known: set[str]
    ) -> AsyncGenerator[DownloadProgress, None]:
        pause_s, speed = self._pace.first_s, _Speed()
        while progress.state not in _ENDED:
            progress = speed.filled_in(await self._status(progress))
            if progress.state in _ENDED:
                break
            yield progress
            if speed.standstill_s > self._pace.standstill_s:
                raise self._stands_still(progress, wanted)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * self._pace.growth, self._pace.slowest_s)
        self._memory.forget_download(progress.job_id)
        yield await self._checked(progress, wanted, known)

    async def _ask_for(self, wanted: Wanted) -> dict[str, Any]:
        body = {"model": wanted.model}
        if wanted.quantization:
            body["quantization"] = wanted.quantization
        try:
            return await self._client.post_json(
                f"{self._server.address}/api/v1/models/download",
                body,
                expected_key="status",
                model=wanted.model,
                answer_s=_RESOLVE_S,
            )
        except (ModelNotFound, WrongEndpoint) as error:
            raise await self._not_found(error, wanted) from error

    async def _not_found(self, error: ProviderError, wanted: Wanted) -> ProviderError:
        """Tell a server that knows no such model from one that is too old to be asked: both say 404."""
        try:
            await self._client.get_json(f"{self._server.address}/api/v1/models", expected_key="models")
        except WrongEndpoint:
            return WrongEndpoint(
                f"{self._server} can't download on request: it is older than 0.4.",
                hint=f"Update LM Studio, or run on its machine: lms get {wanted.model}",
            )
        return ModelNotFound(
            f"{self._server} finds nothing to download as {wanted.model}.",
            hint="Names are those of https://lmstudio.ai/models (qwen/qwen3-8b), or addresses of GGUF and "
            f"MLX repositories on Hugging Face. On the server's machine: lms get {wanted.model}",
        )

    async def _status(self, progress: DownloadProgress) -> DownloadProgress:
        """Ask how far a download is; a server that is away for a moment is asked again."""
        job_id = progress.job_id
        url = f"{self._server.address}/api/v1/models/download/status/{quote(job_id, safe='')}"
        for attempt in range(_MAX_LOST_POLLS):
            try:
                answer = await self._client.get_json(url, expected_key="status")
                return replace(_read(answer), job_id=job_id)
            except (ServerUnreachable, ServerSilent):
                if attempt == _MAX_LOST_POLLS - 1:
                    raise
                await asyncio.sleep(self._pace.first_s)
            except WrongEndpoint as error:
                self._memory.forget_download(job_id)
                raise ProviderError(
                    f"{self._server} knows no download {job_id}.",
                    hint="It forgets downloads when it ends: ask for the model again, and it goes on.",
                ) from error
        raise AssertionError("the last attempt returns or raises")

    def _stands_still(self, progress: DownloadProgress, wanted: Wanted) -> ProviderError:
        what = "is paused" if progress.state == "paused" else "stands still"
        return ProviderError(
            f"The download of {wanted.model or progress.job_id} on {self._server.place} {what}.",
            hint="Look into LM Studio's downloads; it can be followed again from here when it goes on.",
        )

    async def _checked(self, progress: DownloadProgress, wanted: Wanted, known: set[str]) -> DownloadProgress:
        """Find on the server's list what it says it has; it says so of half a download, too.

        Seen with 0.4, where a part of the model was still a `.part` file.
        """
        if progress.state == "failed":
            raise ProviderError(
                f"{self._server} could not download {wanted.model or progress.job_id}.",
                hint="LM Studio's downloads may say why: a full disk, no network, a gated repository.",
            )
        for attempt in range(self._pace.listing_tries):
            if attempt:
                await asyncio.sleep(self._pace.first_s * self._pace.growth**attempt)
            models = await self._list_models()
            if listed := _listed_as(wanted, models, known):
                return replace(progress, listed_as=listed)
        if wanted.is_repository or not wanted.model:
            return progress  # What a repository is called on the list, no document says.
        raise ProviderError(
            f"{self._server} says that {wanted.model} is downloaded, but does not list it.",
            hint="A part of it may be missing: look into LM Studio's downloads, or run on its machine: "
            f"lms get {wanted.model}",
        )


class _Speed:
    """Measures a download whose server does not say how fast it is, and notes when it stands still."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._last_bytes: int | None = None
        self._grew_s = time.monotonic()

    @property
    def standstill_s(self) -> float:
        """Seconds since the last byte came."""
        return time.monotonic() - self._grew_s

    def filled_in(self, progress: DownloadProgress) -> DownloadProgress:
        """Return the progress with its speed and the time that remains, where both can be known.

        The time is computed from bytes and speed: the server's own estimate is a time of day by its clock.
        """
        now, done = time.monotonic(), progress.downloaded_bytes
        if done is not None and done != self._last_bytes:
            self._last_bytes, self._grew_s = done, now
        if done is None or progress.state != "downloading":
            return progress
        self._first = self._first or (now, done)
        began_s, began_bytes = self._first
        bytes_per_s = progress.bytes_per_s
        if bytes_per_s is None and now > began_s and done > began_bytes:
            bytes_per_s = (done - began_bytes) / (now - began_s)
        remaining_s = progress.remaining_s
        if bytes_per_s and progress.total_bytes is not None:
            remaining_s = max(0, progress.total_bytes - done) / bytes_per_s
        return replace(progress, bytes_per_s=bytes_per_s, remaining_s=remaining_s)


def _read(answer: dict[str, Any]) -> DownloadProgress:
    """Read a job; a status that nobody has documented counts as going on."""
    status, speed = text_in(answer.get("status")), answer.get("bytes_per_second")
    state: DownloadState = "downloading"
    for known in get_args(DownloadState):
        state = known if known == status else state
    return DownloadProgress(
        state=state,
        job_id=text_in(answer.get("job_id")),
        downloaded_bytes=count_in(answer.get("downloaded_bytes")),
        total_bytes=count_in(answer.get("total_size_bytes")),
        bytes_per_s=float(speed) if isinstance(speed, int | float) and speed > 0 else None,
        remaining_s=_seconds_until(text_in(answer.get("estimated_completion"))),
    )


def _seconds_until(moment: str) -> float | None:
    try:
        return max(0.0, (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no time, or one without its zone
        return None


def _listed_as(wanted: Wanted, models: Sequence[ModelInfo], known: set[str]) -> str:
    """Return the key of what was downloaded; empty: the list does not have it, or does not tell.

    A model of the catalogue is listed by its name. For a repository LM Studio makes up a name: it is what is
    new on the list, or what is called like the repository.
    """
    if wanted.is_repository:
        new = {key_of(model) for model in models} - known
        called = {key_of(model) for model in models if _is_called(model, wanted.model)}
        return next(iter(new & called or (new if len(new) == 1 else called)), "")
    name = wanted.model.casefold()
    base, _, quantization = name.partition("@")
    for model in models:
        names = {one.casefold() for one in (model.id, model.key, *model.aliases)}
        if name in names or (base in names and model.quantization.casefold() == quantization):
            return key_of(model)
    return ""


def _is_called(model: ModelInfo, repository: str) -> bool:
    name = repository.rpartition("/")[2].casefold().removesuffix("-gguf")
    return key_of(model).rpartition("/")[2].partition("@")[0].casefold() == name
