"""LM Studio, on this machine or another one."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.address import parse_base_url
from vtcode.errors import ModelNotFound, WrongEndpoint
from vtcode.providers.base import LoadingPart, WaitingPart
from vtcode.providers.embeddings import embeddings
from vtcode.providers.http import Limits, ServerClient
from vtcode.providers.lifecycle import LoadRequest
from vtcode.providers.lmstudio_lifecycle import LmStudioLifecycle
from vtcode.providers.lmstudio_models import read_beta, read_native, read_plain
from vtcode.providers.model_cache import ModelCache
from vtcode.providers.model_choice import choose_model, key_of
from vtcode.providers.model_info import LoadConfig
from vtcode.providers.queue import queue_of
from vtcode.providers.server_memory import ServerMemory
from vtcode.providers.server_words import Server
from vtcode.providers.wire_stream import WireStream
from vtcode.providers.wires.choice import WireSettings, chosen_wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from vtcode.providers.base import Part, Request
    from vtcode.providers.lifecycle import LoadProgress, ModelLifecycle
    from vtcode.providers.model_info import ModelInfo
    from vtcode.providers.wires.choice import WireName

_LISTS = (
    ("/api/v1/models", "models", read_native),
    ("/api/v0/models", "data", read_beta),
    ("/v1/models", "data", read_plain),
)
"""The lists of models, the newest first: path, key and reader of each."""


class LmStudioProvider:
    """An LM Studio server, by way of its native lists and one of its four wires.

    Args:
        name: What the user calls it.
        base_url: With or without scheme, trailing slash, `/v1`, `/api/v1`.
        api_key: Sent with every request; None or blank: nothing is sent.
        limits: How long to wait; None: the defaults.
        state_folder: Where its last list, downloads and times of loading are kept; None: nowhere.
        wire: Which of the server's APIs carries the conversation; with settings, also what goes along.

    Raises:
        ValueError: The base URL is no address.
        ConfigError: The key can't be used.
    """

    finishes_prompts = True

    def __init__(
        self,
        name: str = "lmstudio",
        base_url: str = "http://localhost:1234",
        api_key: str | None = None,
        limits: Limits | None = None,
        state_folder: Path | None = None,
        wire: WireName | WireSettings = "chat_completions",
    ) -> None:
        self.name = name
        self._root = parse_base_url(base_url).root
        self.address = self._root
        self._server = Server(address=self._root, lm_studio=True, secret=(api_key or "").strip())
        self._client = ServerClient(self._server, limits or Limits())
        self._known: dict[str, ModelInfo] = {}
        """The models as they were last listed, by id."""
        chosen = wire if isinstance(wire, WireSettings) else WireSettings(name=wire)
        self._wire = chosen_wire(chosen, self._known)
        self._wire_name = chosen.name
        self._integrations = chosen.usable_integrations
        self._replies = WireStream(self._client, self._root + chosen.api_path, self._wire)
        self._queue = queue_of(self._root)
        self._cache = ModelCache(state_folder)
        memory = ServerMemory(state_folder, self._root)
        self._lifecycle = LmStudioLifecycle(self._client, self.list_models, memory)
        self._is_open = False

    async def open(self) -> None:
        """Reach the server and make sure that it is LM Studio.

        Raises:
            ProviderError: It can't be reached, or something else answers.
        """
        if self._is_open:
            return
        try:
            await self._client.get_json(f"{self._root}/lmstudio-greeting", expected_key="lmstudio")
        except WrongEndpoint:
            # Something answers: an LM Studio behind a proxy that lets only the API through, or an old one.
            await self._make_sure_by_its_lists()
        self._is_open = True

    async def _make_sure_by_its_lists(self) -> None:
        try:
            await self.list_models()
        except WrongEndpoint as error:
            what_it_does = error.message.removeprefix(f"{self._server} ")
            raise WrongEndpoint(
                f"What answers at {self._root} is not LM Studio: it {what_it_does}",
                hint="Check the address and the port. Another kind of server is reached with "
                "--provider openai_compatible.",
            ) from error

    async def list_models(self) -> Sequence[ModelInfo]:
        """Return all downloaded models, a loaded one once for each instance; loads nothing.

        Raises:
            ProviderError: None of the server's three lists can be had.
        """
        modes, integrations = self._wire.tool_modes, self._integrations
        models = [
            replace(model, tool_modes=modes, integrations=integrations)
            for model in self._lifecycle.marked(await self._newest_list())
        ]
        self._known.clear()
        self._known.update((model.id, model) for model in models)
        await self._cache.keep(self._root, models)
        self._queue.learn(models)
        return models

    async def resolve_model(self, wanted: str) -> ModelInfo:
        """Return the model that answers to `wanted`: an instance where one is loaded.

        A model that is downloaded and not loaded is returned as such; the server loads it when it is asked.

        Raises:
            ModelNotFound: With the nearest ids in the hint.
            NoModelLoaded: `wanted` is empty and no chat model is loaded.
        """
        return choose_model(await self.list_models(), wanted, self._server)

    @property
    def lifecycle(self) -> ModelLifecycle:
        """What loads, unloads and downloads its models; servers before 0.4 can do so through `lms` alone."""
        return self._lifecycle

    async def restore(self, model: ModelInfo) -> AsyncGenerator[LoadProgress | ModelInfo, None]:
        """Yield the model where it is still loaded; else load it as it was, and yield the new instance last.

        Where the server can't load on request, the model is yielded as it is: it is loaded when it is asked.

        Raises:
            ProviderError: It is no longer there, or could not be loaded.
        """
        there = [one for one in await self.list_models() if one.id == model.id and one.state == "loaded"]
        if there:
            yield there[0]
            return
        config = model.load_config or LoadConfig(context_length=model.window_tokens)
        request = LoadRequest(model=key_of(model), config=config)
        try:
            async with aclosing(self._lifecycle.load(request)) as steps:
                async for step in steps:
                    yield step
        except WrongEndpoint:
            yield await self.resolve_model(model.id)

    async def stream_reply(self, request: Request) -> AsyncGenerator[Part, None]:
        """Stream one reply; begins with a LoadingPart where the model was not loaded when last looked.

        Raises:
            ProviderError: As the protocol says.
        """
        asked = self._known.get(request.model)
        unloaded = asked if asked and asked.state == "downloaded" else None
        if unloaded:
            yield LoadingPart(model=unloaded.id, progress=None)
        async with aclosing(self._queue.stream(request, self._stream)) as parts:
            async for part in parts:
                if unloaded and not isinstance(part, LoadingPart | WaitingPart):
                    self._known[unloaded.id], unloaded = replace(unloaded, state="loaded"), None
                yield part

    async def _stream(self, request: Request) -> AsyncGenerator[Part, None]:
        """Stream one reply over the wire, once it is its turn."""
        try:
            async with aclosing(self._replies.stream(request)) as parts:
                async for part in parts:
                    yield part
        except WrongEndpoint as error:
            if self._wire_name == "chat_completions":
                raise
            raise WrongEndpoint(
                f'{self._server} has not the API of wire = "{self._wire_name}".',
                hint='A newer LM Studio has it; wire = "chat_completions" works with every version.',
            ) from error

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in their order.

        Raises:
            ModelNotFound: It is no embedding model of this server.
            ProviderError: The server said no, or its answer can't be understood.
        """
        of_the_name = [one for one in await self.list_models() if model in (one.id, *one.aliases)]
        fitting = [one for one in of_the_name if one.kind == "embedding"]
        if not fitting:
            what = "is no embedding model" if of_the_name else "is no model of its"
            raise ModelNotFound(
                f"{self._server} can't embed with {model}: it {what}.",
                hint="vtcode models lists the server's models.",
            )
        asked = fitting[0].id
        return await self._queue.aside(
            asked, lambda: embeddings(self._client, f"{self._root}/v1", asked, texts)
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._lifecycle.aclose()
        await self._client.aclose()

    async def surfaces(self) -> Sequence[str]:
        """Return the APIs that answer: `/api/v1` (since 0.4), `/api/v0` (since 0.3.6), `/v1` (all).

        Raises:
            ProviderError: The server can't be asked.
        """
        answering = []
        for path, key, _ in _LISTS:
            try:
                await self._client.get_json(self._root + path, expected_key=key)
            except WrongEndpoint:
                continue
            answering.append(path.removesuffix("/models"))
        return answering

    async def _newest_list(self) -> list[ModelInfo]:
        """Ask for the native list, and for older ones where the server does not have it."""
        for path, key, read in _LISTS[:-1]:
            try:
                return read(await self._client.get_json(self._root + path, expected_key=key))
            except WrongEndpoint:
                continue
        path, key, read = _LISTS[-1]
        return read(await self._client.get_json(self._root + path, expected_key=key))
