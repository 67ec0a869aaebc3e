"""Work on a server's models: loading with progress, a window that is large enough, unloading."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.agent.cancellation import despite_cancellation
from vtcode.errors import LoadRefused, ProviderError, UsageError, WrongEndpoint
from vtcode.events import ModelLoading, Notice
from vtcode.providers.lifecycle import LoadProgress, LoadRequest
from vtcode.providers.load_options import load_request
from vtcode.providers.model_info import LoadConfig, ModelInfo
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.session.attachments import require_vision

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from vtcode.config.schema import Settings
    from vtcode.frontend import Emit
    from vtcode.messages import Image
    from vtcode.providers.base import Provider
    from vtcode.providers.lifecycle import ModelLifecycle
    from vtcode.questions import Answer, Question
    from vtcode.session.servers import Servers

SMALL_TOKENS = 8_192
"""Less leaves no room for work: the instructions and tools alone take a good part of it."""
RECOMMENDED_TOKENS = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWork:
    """What work on models needs."""

    servers: Servers
    settings: Settings
    ask: Callable[[Question], Awaitable[Answer]] | None
    """None: nobody is there to ask."""
    emit: Emit
    in_use: tuple[str, str] | None = None
    """The server and the instance that answer now, which a load may replace; None: none does."""
    images: tuple[Image, ...] = ()
    """What the model has to see: one that can't is not loaded."""


def lifecycle_of(provider: Provider) -> ModelLifecycle:
    """Return what loads, unloads and downloads the models of a server.

    Raises:
        UsageError: It does not do that for us.
    """
    if provider.lifecycle is None:
        raise UsageError(
            f"Models at {provider.address} can't be loaded, unloaded or downloaded from here.",
            hint="That takes LM Studio 0.4 or newer; elsewhere, do it where the server runs.",
        )
    return provider.lifecycle


def wanted_window(settings: Settings, model: ModelInfo) -> int:
    """Return the window to load a model with: the configured one, else the recommended, up to its limit."""
    own = settings.models.get(model.id) or settings.models.get(model.key)
    wanted = (own.context_length if own else None) or RECOMMENDED_TOKENS
    return min(wanted, model.max_window_tokens or wanted)


async def load(work: ModelWork, provider: Provider, request: LoadRequest) -> ModelInfo:
    """Load a model as it is asked for, telling how far that is; return the instance.

    Raises:
        UsageError: The server loads nothing for us.
        ProviderError: It refused.
        CancelledError: After the user was told that the server goes on.
    """
    steps = lifecycle_of(provider).load(request)
    loaded: ModelInfo | None = None
    telling = _Telling(work.emit, request.model)
    try:
        async with aclosing(steps):
            async for step in steps:
                loaded = await telling.tell(step)
    except asyncio.CancelledError:
        text = f"No longer waiting for {request.model}; the server goes on loading it."
        await despite_cancellation(
            work.emit(Notice(level="info", text=text, hint="/model lists it when it is there."))
        )
        raise
    if loaded is None:
        raise LoadRefused(f"{provider.address} did not say what became of {request.model}.")
    if not telling.has_told:
        window = f", with a window of {loaded.window_tokens:,} tokens" if loaded.window_tokens else ""
        await work.emit(Notice(level="info", text=f"{loaded.id} is loaded already{window}."))
    await _tell_less(work, request, loaded)
    await _tell_idle(work, request, loaded)
    return loaded


class _Telling:
    """Turns a load's steps into events, as few as tell how far it is; none where nothing is loaded."""

    def __init__(self, emit: Emit, model: str) -> None:
        self._emit = emit
        self._model = model
        self._told: ModelLoading | None = None
        self._told_beside = False

    @property
    def has_told(self) -> bool:
        """Whether anything was to be told."""
        return self._told is not None

    async def tell(self, step: LoadProgress | ModelInfo) -> ModelInfo | None:
        """Tell a step, where it says more than the one before; return the instance once it is there."""
        if isinstance(step, ModelInfo):
            return step
        if step.beside and not self._told_beside:
            self._told_beside = True
            text = f"{step.beside} is in memory otherwise and stays: {self._model} is loaded beside it."
            hint = f"/model unload {step.beside}, or vtcode models unload {step.beside}, takes it out."
            await self._emit(Notice(level="warning", text=text, hint=hint))
        progress = None if step.progress is None else round(step.progress, 2)
        event = ModelLoading(model=self._model, progress=progress, estimated=step.estimated)
        if event != self._told:
            self._told = event
            await self._emit(event)
        return None


async def _tell_less(work: ModelWork, request: LoadRequest, loaded: ModelInfo) -> None:
    """Tell where the server granted another window than the one that was asked for."""
    asked, granted = request.config.context_length, loaded.window_tokens
    if asked and granted and granted < asked:
        text = f"{loaded.id} was asked for {asked:,} tokens and has {granted:,}: the server gave it no more."
        hint = "Memory may be short, or its engine sets the window by itself."
        await work.emit(Notice(level="warning", text=text, hint=hint))


async def _tell_idle(work: ModelWork, request: LoadRequest, loaded: ModelInfo) -> None:
    """Tell where the server will unload the instance by itself and nobody asked for that."""
    if loaded.idle_ttl_s and request.ttl_s is None:
        idle_min = loaded.idle_ttl_s // 60
        text = f"{loaded.id} is unloaded by its server when it has been idle for {idle_min} minutes."
        hint = "It is loaded again when it is needed. Where lms is on the server's machine, models stay."
        await work.emit(Notice(level="info", text=text, hint=hint))


async def in_memory(
    work: ModelWork, provider: Provider, model: ModelInfo, options: Mapping[str, str] | None = None
) -> ModelInfo:
    """Return a model in memory, with a window to work in, as far as the server lets us.

    Args:
        work: What that needs.
        provider: The model's server.
        model: The model.
        options: Load it in this way, as `load_request` reads that: with exactly the window that they name;
            where they name none, with the usual one, or the larger one that it has. None: only where it is
            not loaded, or the user wants a larger window.

    Raises:
        UsageError: It can't have so large a window.
        NoVision: It can't see what it has to.
        UserFacingError: It can't be loaded, or not in this way.
    """
    require_vision(model, work.images)
    if options is None:
        return await _ready(work, provider, model)
    request = load_request(model.key or model.id, options)
    asked, most = request.config.context_length, model.max_window_tokens
    if asked and most and asked > most:
        raise UsageError(
            f"{model.id} can have a window of {most:,} tokens at most, not {asked:,}.",
            hint="Nothing was loaded or unloaded.",
        )
    request = replace(request, replaces=_replaced(work, provider, model))
    if asked:
        request = replace(request, exact_window=True)
    else:
        has = 0 if request.another else model.window_tokens or 0
        usual = max(wanted_window(work.settings, model), has)
        request = replace(request, config=replace(request.config, context_length=usual))
    loaded = await load(work, provider, request)
    work.servers.kept_windows.add((provider.name, loaded.id))
    return loaded


async def _ready(work: ModelWork, provider: Provider, model: ModelInfo) -> ModelInfo:
    """Load a model that is not loaded, since a server left to itself does that with 4,096 tokens.

    One that is too old to be told does it with the first message all the same.
    """
    if provider.lifecycle is None:
        return model
    if model.state != "downloaded":
        return await _roomy(work, provider, model)
    try:
        loaded = await load(work, provider, _request(work, model))
    except WrongEndpoint:
        return model
    work.servers.kept_windows.add((provider.name, loaded.id))
    return loaded


def _request(work: ModelWork, model: ModelInfo) -> LoadRequest:
    """Return the request to load a model anew, as it was loaded but for its window."""
    config = replace(model.load_config or LoadConfig(), context_length=wanted_window(work.settings, model))
    return LoadRequest(model=model.key or model.id, config=config)


def _replaced(work: ModelWork, provider: Provider, model: ModelInfo) -> str:
    """Return the instance that may make room: the one in use; where none is, the one that was named."""
    if work.in_use is None:
        return model.id if model.state == "loaded" else ""
    server, instance_id = work.in_use
    return instance_id if server == provider.name else ""


async def _roomy(work: ModelWork, provider: Provider, model: ModelInfo) -> ModelInfo:
    """Offer to load a model once more where its window is small and could be larger."""
    request = _request(work, model)
    wanted, name = request.config.context_length or 0, (provider.name, model.id)
    cap = work.settings.context.max_context_tokens or wanted
    small = model.window_tokens is not None and model.window_tokens < min(SMALL_TOKENS, wanted, cap)
    if not small or not model.max_window_tokens or name in work.servers.kept_windows:
        return model
    work.servers.kept_windows.add(name)
    text = f"{model.id} is loaded with a window of {model.window_tokens:,} tokens."
    if work.ask is None:
        hint = f"vtcode models load {model.key or model.id} --context-length {wanted} loads it with more."
        await work.emit(Notice(level="warning", text=text, hint=hint))
        return model
    answer = await work.ask(_small_window_question(model, text, wanted))
    if answer.choice != "reload":
        return model
    try:
        return await load(work, provider, replace(request, replaces=model.id))
    except ProviderError as error:
        await work.emit(Notice(level="warning", text=error.message, hint=error.hint))
        return await provider.resolve_model(request.model)


def _small_window_question(model: ModelInfo, text: str, wanted: int) -> ChoiceQuestion:
    return ChoiceQuestion(
        kind="small_window",
        title="A small window",
        body=f"{text} The instructions and tools alone take a good part of that. "
        f"It could have up to {model.max_window_tokens:,}.\n\nReload it with {wanted:,}?",
        choices=(
            Choice(id="reload", label=f"Reload with {wanted:,} tokens", key="r"),
            Choice(id="keep", label=f"Keep {model.window_tokens:,}", key="k"),
        ),
        refusal="keep",
    )
