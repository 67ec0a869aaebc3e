"""What LM Studio has in memory, in the user's hands; downloads are a part of their own."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.errors import (
    LmsFailed,
    LmsMissing,
    LoadRefused,
    ModelNotFound,
    ProviderError,
    ReplyCut,
    ServerSilent,
    ServerUnreachable,
    Unauthorized,
    WrongEndpoint,
)
from vtcode.providers.http import ServerClient
from vtcode.providers.lms import lms_of
from vtcode.providers.lmstudio_download import LmStudioDownloads
from vtcode.providers.lmstudio_load import Loaded, load_by_chat, load_by_lms, load_by_request
from vtcode.providers.load_fit import (
    beyond_the_window,
    bounded,
    fits,
    instances_of,
    named_model,
    needs_lms,
)
from vtcode.providers.model_choice import key_of
from vtcode.providers.shared_load import running_load, start_load

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from vtcode.providers.lifecycle import DownloadJob, DownloadProgress, LoadProgress, LoadRequest
    from vtcode.providers.lms import Lms
    from vtcode.providers.model_info import ModelInfo
    from vtcode.providers.server_memory import ServerMemory
    from vtcode.providers.server_words import Server
    from vtcode.providers.shared_load import LoadGauge, SharedLoad

_SETTLED = (LoadRefused, Unauthorized, ServerUnreachable, ServerSilent, ReplyCut)
"""Failures of one way to load that another way would only repeat."""
_NOT_ABOUT_THE_LOAD = (ServerSilent, Unauthorized, WrongEndpoint, ModelNotFound, LmsMissing, LmsFailed)
"""Failures that stay what they are when they come while a model is loaded."""
_UNLOAD_S = 120.0
"""A model that is answering is let finish, in part."""
_SMALL_WINDOW_TOKENS = 8_192
log = logging.getLogger(__name__)


class LmStudioLifecycle:
    """Loads, unloads and downloads models on one LM Studio.

    Args:
        client: Speaks to the server.
        list_models: Its list, as it is now.
        memory: What is remembered of it.
    """

    def __init__(
        self,
        client: ServerClient,
        list_models: Callable[[], Awaitable[Sequence[ModelInfo]]],
        memory: ServerMemory,
    ) -> None:
        self._client = client
        self._server = client.server
        self._list_models = list_models
        self._memory = memory
        self._downloads = LmStudioDownloads(client, list_models, memory)
        self._begun: list[SharedLoad] = []
        self._idle_ttl_s: dict[str, int] = {}
        """Of the instances that were loaded from here and are unloaded when idle."""

    async def load(self, request: LoadRequest) -> AsyncGenerator[LoadProgress | ModelInfo, None]:
        """Get or load a model, as the protocol says.

        Where an instance would do but for its window or its settings, and is neither `request.replaces` nor
        asked for as `another`, it stays, since it may be somebody else's, and the model is loaded beside it.

        Raises:
            ModelNotFound: The server has no such model.
            LoadRefused: The server refused, or what was asked for can't be set together.
            LmsMissing: What was asked for takes `lms`, which is not at hand.
            ProviderError: The server can't be reached.
        """
        model = named_model(await self._list_models(), request.model, self._server)
        request = bounded(request, model)
        key = (self._server.address, key_of(model))
        while (running := running_load(key)) and running.request != request:
            async with aclosing(running.wait()) as steps:
                async for step in steps:
                    yield step
        if running is None:
            running = start_load(key, request, lambda gauge: self._get_or_load(request, model, gauge))
            self._begun = [load for load in self._begun if load.runs] + [running]
        async with aclosing(running.watch()) as progress:
            async for told in progress:
                yield told

    async def unload(self, instance_id: str) -> None:
        """Take an instance out of memory.

        Raises:
            ModelNotFound: There is none of this id; the hint names those that there are.
            ProviderError: The server can't, or did not answer.
        """
        loaded = [model for model in await self._list_models() if model.state == "loaded"]
        named = [model for model in loaded if model.id == instance_id]
        named = named or [model for model in loaded if instance_id in (model.key, *model.aliases)]
        if len(named) != 1:
            known = ", ".join(model.id for model in loaded)
            what = "is loaded more than once" if named else "is not loaded"
            raise ModelNotFound(
                f"{instance_id} {what} on {self._server.place}.",
                hint=f"Loaded: {known}." if known else "Nothing is loaded there.",
            )
        await self._unload(named[0].id)
        await self._list_models()

    async def unload_all(self) -> tuple[str, ...]:
        """Take all instances out of memory, and return their ids.

        Raises:
            ProviderError: As `unload`; those before it are out.
        """
        ids = tuple(model.id for model in await self._list_models() if model.state == "loaded")
        for instance_id in ids:
            await self._unload(instance_id)
        if ids:
            await self._list_models()
        return ids

    def download(self, name: str, quantization: str = "") -> AsyncGenerator[DownloadProgress, None]:
        """Have the server download a model, and follow it, as the protocol says."""
        return self._downloads.begin(name, quantization)

    def follow(self, job_id: str) -> AsyncGenerator[DownloadProgress, None]:
        """Follow a download that was begun earlier, as the protocol says."""
        return self._downloads.follow(job_id)

    def downloads(self) -> tuple[DownloadJob, ...]:
        """Return the downloads that were begun from here and whose end nobody has seen yet."""
        return self._memory.downloads()

    def marked(self, models: Sequence[ModelInfo]) -> list[ModelInfo]:
        """Return listed models with what no list tells: when they are unloaded, if loaded from here."""
        loaded = {model.id for model in models if model.state == "loaded"}
        self._idle_ttl_s = {name: ttl_s for name, ttl_s in self._idle_ttl_s.items() if name in loaded}
        return [
            replace(model, idle_ttl_s=self._idle_ttl_s[model.id]) if model.id in self._idle_ttl_s else model
            for model in models
        ]

    async def aclose(self) -> None:
        """Give up the loads that were begun here; the server may go on with them."""
        for load in self._begun:
            await load.give_up()

    async def _get_or_load(self, request: LoadRequest, model: ModelInfo, gauge: LoadGauge) -> ModelInfo:
        models = await self._list_models()
        there = instances_of(models, model)
        fitting = [one for one in there if fits(one, request)]
        if fitting and not request.another:
            return next((one for one in fitting if one.id == request.replaces), fitting[0])
        _check_identifier(request, models)
        lms = await self._lms_for(request)
        memory_is_empty = all(one.state != "loaded" for one in models)
        gone = await self._make_room(there, request)
        kept = [one.id for one in there if one.id != gone]
        gauge.begin(
            self._memory.expected_load_s(key_of(model), model.size_bytes),
            beside=kept[0] if kept and not request.another else "",
        )
        try:
            loaded = await self._load(request, gauge, lms, can_chat=model.kind == "llm" and memory_is_empty)
        except ProviderError as error:
            raise _as_refusal(error, request, gone, self._server) from error
        self._memory.note_load(key_of(model), model.size_bytes, loaded.load_s or gauge.elapsed_s)
        return await self._granted(model, loaded, set(kept))

    async def _make_room(self, there: Sequence[ModelInfo], request: LoadRequest) -> str:
        """Unload the instance that the new one is to replace, and return its id; empty: there is none."""
        if request.another or request.replaces not in {one.id for one in there}:
            return ""
        await self._unload(request.replaces)
        return request.replaces

    async def _lms_for(self, request: LoadRequest) -> Lms | None:
        """Return `lms` where it has to do the load, or can: it tells how far it is, and sets no time to live.

        Of a model's variants it takes the one that it likes.
        """
        asked, others = needs_lms(request), beyond_the_window(request.config)
        if asked and others:
            raise LoadRefused(
                f"{', '.join(asked)} can only be set through lms, and {', '.join(others)} only without it.",
                hint="Leave the one or the other to LM Studio's own settings of the model.",
            )
        if others or ("@" in request.model and not asked):
            return None
        try:
            return await lms_of(self._server)
        except LmsMissing as error:
            if not asked:
                return None
            message = f"{', '.join(asked)} can only be set through lms. {error.message}"
            raise LmsMissing(message, hint=error.hint) from error
        except LmsFailed:
            if not asked:
                return None
            raise

    async def _load(
        self, request: LoadRequest, gauge: LoadGauge, lms: Lms | None, *, can_chat: bool
    ) -> Loaded:
        """Load by the way that can set what is asked, and of those by the one that tells how far it is.

        A load through a chat does, but what is loaded so may take the place of what was, and is unloaded when
        idle: it is chosen only where nothing is in memory.
        """
        if lms:
            return await load_by_lms(lms, request, gauge)
        # Connections of its own: what goes over a kept one is sent again where that has died, and a model
        # would be loaded twice.
        client = ServerClient(self._server, self._client.limits)
        try:
            if can_chat and not beyond_the_window(request.config):
                try:
                    return await load_by_chat(client, request, gauge)
                except _SETTLED:
                    raise
                except ProviderError as error:
                    log.info("no load through a chat: %s", error.message)
            return await load_by_request(client, request)
        except WrongEndpoint as error:
            raise _too_old(self._server) from error
        finally:
            await client.aclose()

    async def _granted(self, model: ModelInfo, loaded: Loaded, before: set[str]) -> ModelInfo:
        """Return the new instance as the list tells it."""
        instances = instances_of(await self._list_models(), model)
        by_id = [one for one in instances if one.id == loaded.instance_id]
        found = by_id or [one for one in instances if one.id not in before]
        if not found:
            raise LoadRefused(
                f"{self._server} says that it has loaded {key_of(model)}, but does not list it as loaded.",
                hint="Look into its log: it may have crashed, or been unloaded for another model.",
            )
        instance = found[0]
        if instance.window_tokens is None and loaded.load_config:
            instance = replace(instance, window_tokens=loaded.load_config.context_length)
        if loaded.idle_ttl_s is not None:
            self._idle_ttl_s[instance.id] = loaded.idle_ttl_s
            instance = replace(instance, idle_ttl_s=loaded.idle_ttl_s)
        return instance

    async def _unload(self, instance_id: str) -> None:
        try:
            await self._client.post_json(
                f"{self._server.address}/api/v1/models/unload",
                {"instance_id": instance_id},
                expected_key="instance_id",
                model=instance_id,
                answer_s=_UNLOAD_S,
            )
        except WrongEndpoint as error:
            try:
                lms = await lms_of(self._server)
            except LmsMissing:
                raise _too_old(self._server) from error
            await lms.unload(instance_id)


def _too_old(server: Server) -> WrongEndpoint:
    return WrongEndpoint(
        f"{server} can't load and unload models on request: it is older than 0.4.",
        hint="Update LM Studio, or use its app, or lms on its machine: lms load, lms unload.",
    )


def _check_identifier(request: LoadRequest, models: Sequence[ModelInfo]) -> None:
    taken = (one.id for one in models if one.state == "loaded" and one.id != request.replaces)
    if request.identifier and request.identifier in taken:
        raise LoadRefused(
            f"{request.identifier} is in memory already, and not as it is asked for now.",
            hint="Unload it first, or choose another --identifier.",
        )


def _as_refusal(error: ProviderError, request: LoadRequest, gone: str, server: Server) -> ProviderError:
    """Return the error of a load with what to do about it: less window helps only against a refusal."""
    lost = f" {gone} was unloaded for it." if gone else ""
    if isinstance(error, ReplyCut | ServerUnreachable):  # it answered when it was asked for its list
        return ServerUnreachable(
            f"{server} went away while it loaded {request.model}.",
            hint=f"Is it still running? Start it again, and load the model then.{lost}",
        )
    if isinstance(error, _NOT_ABOUT_THE_LOAD):
        return type(error)(error.message, hint=f"{error.hint}{lost}")
    if not isinstance(error, LoadRefused):
        return LoadRefused(error.message, hint=f"{error.hint}{lost}")
    asked = request.config.context_length or 0
    smaller = (
        f" (--context-length {max(_SMALL_WINDOW_TOKENS, asked // 2)})" if asked > _SMALL_WINDOW_TOKENS else ""
    )
    hint = f"Ask for a smaller window{smaller}, choose a smaller model, or unload another one first.{lost}"
    return LoadRefused(error.message, hint=hint)
