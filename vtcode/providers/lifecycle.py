"""The seam to a server that loads, unloads and downloads models for us."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from vtcode.providers.model_info import LoadConfig

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vtcode.providers.model_info import ModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """A model to be loaded, and how."""

    model: str
    """Its key."""
    config: LoadConfig = field(default_factory=LoadConfig)
    gpu: str = ""
    """`off`, `max`, or a share from 0 to 1; empty: the server decides."""
    ttl_s: int | None = None
    """Unloaded when idle for so long; None: the server decides."""
    parallel: int | None = None
    identifier: str = ""
    """The id that the instance gets; empty: its key."""
    exact_window: bool = False
    """An instance with a larger window than the one asked for does not do."""
    another: bool = False
    """Load it once more even where an instance is there that would do."""
    replaces: str = ""
    """The instance in use, which may be unloaded to make room; empty: none is. No other one is ever unloaded:
    it may be another program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProgress:
    """How far loading is."""

    progress: float | None
    """0 to 1; None where nobody knows."""
    elapsed_s: float
    estimated: bool = False
    """True where `progress` is our own guess: time against size and earlier loads."""
    beside: str = ""
    """An instance of the model that would not do, and that stays beside the new one; empty: there is none."""


DownloadState: TypeAlias = Literal["downloading", "paused", "completed", "failed", "already_downloaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadProgress:
    """How far a download is, as the server tells it."""

    state: DownloadState
    job_id: str = ""
    """Names the download when it is asked about again; empty where there is nothing to ask about."""
    downloaded_bytes: int | None = None
    total_bytes: int | None = None
    bytes_per_s: float | None = None
    remaining_s: float | None = None
    listed_as: str = ""
    """Once it is on the disk: the model's key; empty where the server's list does not tell which it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadJob:
    """A download that was begun from here."""

    job_id: str
    name: str
    """What was asked for: an id of the catalogue, or a Hugging Face address."""
    quantization: str = ""


class ModelLifecycle(Protocol):
    """Changes what a server has in memory and on disk."""

    def load(self, request: LoadRequest) -> AsyncGenerator[LoadProgress | ModelInfo, None]:
        """Get or load a model; the last thing yielded is the instance, with the window it really got.

        An instance that is as asked for is used. Else the model is loaded: in the place of `request.replaces`
        where that is an instance of it, else beside those that there are, which the steps tell.

        One load of a model runs at a time: who asks meanwhile gets the same instance. Closing the generator
        stops the waiting, not the server.

        Raises:
            ProviderError: The server refused, or ran out of memory; its words are in the message.
        """

    async def unload(self, instance_id: str) -> None:
        """Take an instance out of memory.

        Args:
            instance_id: Its id; the model's key does where only one instance of it is loaded.

        Raises:
            ModelNotFound: There is none of this id; the hint names those that there are.
            ProviderError: The server can't, or did not answer.
        """

    async def unload_all(self) -> tuple[str, ...]:
        """Take all instances out of memory, and return their ids.

        Raises:
            ProviderError: As `unload`; those before it are out.
        """

    def download(self, name: str, quantization: str = "") -> AsyncGenerator[DownloadProgress, None]:
        """Have the server download a model, and follow it; the server goes on when nobody follows.

        Args:
            name: An id of LM Studio's catalogue, or a Hugging Face address; `@Q4_K_M` may follow.
            quantization: `Q4_K_M`; empty: what the name says, else the server chooses.

        Raises:
            ModelNotFound: The server knows no such model.
            ProviderError: The download failed or stands still, or its result is not on the server's list.
        """

    def follow(self, job_id: str) -> AsyncGenerator[DownloadProgress, None]:
        """Follow a download that was begun earlier.

        Raises:
            ProviderError: The server knows no such download; else as `download`.
        """

    def downloads(self) -> tuple[DownloadJob, ...]:
        """Return the downloads that were begun from here and whose end nobody has seen yet."""
