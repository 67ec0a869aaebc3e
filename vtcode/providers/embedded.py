"""The provider for machines without a server: llama.cpp in a child process.

It runs the starter model or any GGUF. A model is loaded when it is chosen or first asked, and one at a time:
asking another one replaces it. An engine that died is started again at the next request.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.errors import ModelCrashed, ReplyCut, ServerUnreachable
from vtcode.providers.base import LoadingPart
from vtcode.providers.embedded_catalog import LocalModels, with_tilde
from vtcode.providers.embedded_engine import check_engine_is_installed, start_engine
from vtcode.providers.embedded_gguf import check_gguf
from vtcode.providers.embedded_starter import STARTER, fetch_starter
from vtcode.providers.unmanaged import Unmanaged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from vtcode.providers.base import Part, Request
    from vtcode.providers.embedded_engine import Engine
    from vtcode.providers.embedded_starter import FetchProgress
    from vtcode.providers.model_info import ModelInfo
    from vtcode.providers.openai_compatible import OpenAICompatibleProvider

_WINDOW_TOKENS = 16_384
"""For other models than the starter: enough for an agent, and 1 GB or less for most models of up to 8B."""
_STARTER_TEMPERATURE = 0.2
"""What SmolLM2's model card recommends; at llama.cpp's own 0.8 it rambles."""
_STARTER_MAX_TOKENS = 1_024
"""So small a model falls into loops, and would fill its window with one."""
_CONNECT_S = 10.0
_SILENCE_S = 300.0


class EmbeddedProvider(Unmanaged):
    """Models that run inside the program's own child process."""

    finishes_prompts = False

    def __init__(
        self,
        name: str,
        model_path: Path | None,
        window_tokens: int | None,
        cache_folder: Path,
        progress: FetchProgress | None = None,
    ) -> None:
        """Prepare; nothing is started, fetched or imported yet.

        Args:
            name: As in the Provider protocol.
            model_path: The GGUF to use where no other is asked for, `~` allowed; None: the starter model.
            window_tokens: The context to allocate; None: a default that fits the model.
            cache_folder: The program's own; the starter model goes there.
            progress: Told of the fetching.
        """
        self.name = name
        self._models = LocalModels(model_path, cache_folder)
        self._window_tokens = window_tokens
        self._cache_folder = cache_folder
        self._progress = progress
        self._engine: Engine | None = None
        self._client: OpenAICompatibleProvider | None = None
        self._served: ModelInfo | None = None
        """What the running engine says of its model."""
        self._starting = asyncio.Lock()

    @property
    def address(self) -> str:
        """The model's file."""
        return with_tilde(self._engine.model_path if self._engine else self._models.default_path)

    @property
    def engine(self) -> Engine | None:
        """The process that holds the model; None where none was started."""
        return self._engine

    async def open(self) -> None:
        """Make sure that the engine is installed and the default file is a model; loads and fetches nothing.

        Raises:
            EngineFailed: With the next step as its hint.
        """
        check_engine_is_installed()
        if not self._models.is_starter(self._models.default_path):
            check_gguf(self._models.default_path)

    async def list_models(self) -> Sequence[ModelInfo]:
        """Return the models on this machine that can be run, and the starter model in any case."""
        paths = await asyncio.to_thread(self._models.paths)
        models = [self._describe(path) for path in paths]
        return sorted(models, key=lambda model: model.state != "loaded")

    async def resolve_model(self, wanted: str) -> ModelInfo:
        """Load the model that `wanted` names, and return it with the window that was really allocated.

        Args:
            wanted: An id, a file's name without `.gguf`, or a path; empty: the default model.

        Raises:
            ModelNotFound: With the nearest ids in the hint.
            EngineFailed: It can't be fetched or loaded.
        """
        path = await asyncio.to_thread(self._models.find, wanted)
        await self._ready(path)
        return self._describe(path)

    async def stream_reply(self, request: Request) -> AsyncGenerator[Part, None]:
        """Stream one reply; loads the model first where it is not the one in memory.

        Raises:
            ModelCrashed: The engine died meanwhile; the next request starts it again.
            ProviderError: As in the Provider protocol.
        """
        path = await asyncio.to_thread(self._models.find, request.model)
        request = self._fitted(request, path)
        if not self._serves(path):
            yield LoadingPart(model=request.model, progress=None)
        client = await self._ready(path)
        try:
            async with aclosing(client.stream_reply(request)) as parts:
                async for part in parts:
                    yield part
        except (ReplyCut, ServerUnreachable) as error:
            cause = await self._engine.cause_of_death() if self._engine else ""
            if not cause:
                raise
            raise ModelCrashed(
                f"The embedded engine ended while it answered ({cause}).",
                hint="Send the message again: the engine is started anew. If that happens again, "
                "choose a smaller model or window.",
            ) from error

    async def aclose(self) -> None:
        """Close the connection and end the engine."""
        client, self._client = self._client, None
        engine, self._engine = self._engine, None
        if client:
            await client.aclose()
        if engine:
            await engine.stop()

    async def _ready(self, path: Path) -> OpenAICompatibleProvider:
        """Return a client of an engine that serves `path`; start one where there is none."""
        async with self._starting:
            if self._client and self._serves(path):
                return self._client
            await self.aclose()
            if self._models.is_starter(path):
                await fetch_starter(self._cache_folder, self._progress)
            else:
                check_gguf(path)
            window = STARTER.window_tokens if self._models.is_starter(path) else _WINDOW_TOKENS
            alias = self._models.id_of(path)
            engine = await start_engine(path, alias=alias, window_tokens=self._window_tokens or window)
            self._engine, self._client = engine, self._connect(engine)
            self._served = await self._client.resolve_model(alias)
            return self._client

    def _connect(self, engine: Engine) -> OpenAICompatibleProvider:
        from vtcode.providers.http import Limits
        from vtcode.providers.openai_compatible import OpenAICompatibleProvider

        limits = Limits(connect_s=_CONNECT_S, silence_s=_SILENCE_S)
        return OpenAICompatibleProvider(
            name=self.name, base_url=engine.base_url, api_key=engine.key, limits=limits
        )

    def _fitted(self, request: Request, path: Path) -> Request:
        """Return the request under the model's id, with the starter model's limits where none were chosen."""
        request = replace(request, model=self._models.id_of(path))
        if not self._models.is_starter(path):
            return request
        asked = request.sampling
        fitted = replace(
            asked,
            temperature=_STARTER_TEMPERATURE if asked.temperature is None else asked.temperature,
            max_tokens=asked.max_tokens or _STARTER_MAX_TOKENS,
        )
        return replace(request, sampling=fitted)

    def _describe(self, path: Path) -> ModelInfo:
        loaded = self._serves(path)
        model = self._models.describe(path, loaded=loaded)
        if not loaded or self._served is None:
            return model
        served = self._served
        return replace(
            model,
            window_tokens=served.window_tokens,
            parallel=served.parallel,
            tool_modes=served.tool_modes,
        )

    def _serves(self, path: Path) -> bool:
        return self._engine is not None and self._engine.alive and self._engine.model_path == path
