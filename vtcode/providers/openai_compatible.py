"""Any server with an OpenAI-style API: llama.cpp's, vLLM, Ollama and others."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vtcode.address import parse_base_url
from vtcode.errors import ProviderError
from vtcode.providers.embeddings import embeddings
from vtcode.providers.fields import count_in, flag_in, object_in, objects_in, text_in
from vtcode.providers.http import Limits, ServerClient
from vtcode.providers.model_cache import ModelCache
from vtcode.providers.model_choice import choose_model
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.queue import queue_of
from vtcode.providers.server_words import Server
from vtcode.providers.unmanaged import Unmanaged
from vtcode.providers.wire_stream import WireStream
from vtcode.providers.wires.chat_completions import ChatCompletions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from vtcode.providers.base import Part, Request
    from vtcode.providers.model_info import ToolMode

_PROGRESS = {"return_progress": True}
"""llama.cpp's alone: other servers refuse a key that they do not know."""


class OpenAICompatibleProvider(Unmanaged):
    """A server that answers `/models` and `/chat/completions`.

    Args:
        name: What the user calls it.
        base_url: With or without scheme, trailing slash, `/v1`.
        api_key: Sent with every request; None or blank: nothing is sent.
        limits: How long to wait; None: the defaults.
        state_folder: Where its last list is kept; None: nowhere.

    Raises:
        ValueError: The base URL is no address.
        ConfigError: The key can't be used.
    """

    finishes_prompts = False

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str | None = None,
        limits: Limits | None = None,
        state_folder: Path | None = None,
    ) -> None:
        self.name = name
        url = parse_base_url(base_url)
        self.address = url.root
        self._api = url.api
        self._server = Server(address=url.root, secret=(api_key or "").strip())
        self._client = ServerClient(self._server, limits or Limits())
        self._wire = ChatCompletions()
        self._replies = WireStream(self._client, url.api, self._wire)
        self._queue = queue_of(url.root)
        self._cache = ModelCache(state_folder)
        self._is_open = False

    async def open(self) -> None:
        """Reach the server.

        Raises:
            ProviderError: It can't be reached, or does not list models.
        """
        if not self._is_open:
            await self.list_models()
            self._is_open = True

    async def list_models(self) -> Sequence[ModelInfo]:
        """Return the server's models, loaded ones first, with the window that is allocated where it says so.

        Raises:
            ProviderError: The server does not list them.
        """
        entries = objects_in(
            (await self._client.get_json(f"{self._api}/models", expected_key="data"))["data"]
        )
        models = await self._as_its_server_says(entries)
        await self._cache.keep(self.address, models)
        return models

    async def _as_its_server_says(self, entries: Sequence[dict[str, Any]]) -> list[ModelInfo]:
        models = [_model(entry) for entry in entries if text_in(entry.get("id"))]
        owners = {text_in(entry.get("owned_by")) for entry in entries}
        if "llamacpp" in owners:
            self._wire.extra = _PROGRESS
            props = await self._details("/props", "default_generation_settings")
            models = _as_llama_cpp_says(models, props)
            self._queue.learn(models)
            return models
        if "library" in owners:
            return _as_ollama_says(models, await self._details("/api/ps", "models"))
        return models

    async def resolve_model(self, wanted: str) -> ModelInfo:
        """Return the model that answers to `wanted`; any name, where the server lists none.

        Raises:
            ModelNotFound: With the nearest ids in the hint.
            NoModelLoaded: `wanted` is empty and there is no telling which one is loaded.
        """
        models = await self.list_models()
        if not models and wanted:
            return ModelInfo(id=wanted, display_name=wanted)
        return choose_model(models, wanted, self._server)

    async def stream_reply(self, request: Request) -> AsyncGenerator[Part, None]:
        """Stream one reply.

        Raises:
            ProviderError: As the protocol says.
        """
        async with aclosing(self._queue.stream(request, self._replies.stream)) as parts:
            async for part in parts:
                yield part

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in their order.

        The server decides whether the model can do so: most lists do not say what a model is for.

        Raises:
            ProviderError: The server said no, or its answer can't be understood.
        """
        return await self._queue.aside(model, lambda: embeddings(self._client, self._api, model, texts))

    async def is_idle(self) -> bool:
        """Tell whether no slot of llama.cpp's server is at work; False for servers that do not tell.

        Raises:
            ProviderError: The server can't be asked.
        """
        slots = await self._client.get_list(f"{self.address}/slots")
        return bool(slots) and not any(object_in(slot).get("is_processing", True) for slot in slots)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _details(self, path: str, expected_key: str) -> dict[str, Any]:
        """Return what one kind of server tells in a place of its own; empty where this one does not."""
        try:
            return await self._client.get_json(self.address + path, expected_key=expected_key)
        except ProviderError:
            return {}


def _model(entry: dict[str, Any]) -> ModelInfo:
    """Read an entry; vLLM tells the window as `max_model_len`, llama.cpp the training window in `meta`."""
    model_id, window_tokens = text_in(entry.get("id")), count_in(entry.get("max_model_len"))
    trained_tokens = count_in(object_in(entry.get("meta")).get("n_ctx_train"))
    return ModelInfo(
        id=model_id,
        display_name=model_id,
        kind="embedding" if "embed" in model_id.lower() else "llm",
        state="loaded" if window_tokens else "unknown",
        window_tokens=window_tokens,
        max_window_tokens=window_tokens or trained_tokens,
        size_bytes=count_in(object_in(entry.get("meta")).get("size")),
    )


def _as_llama_cpp_says(models: list[ModelInfo], props: dict[str, Any]) -> list[ModelInfo]:
    """Fill in llama.cpp's one window (`n_ctx` there: what a slot has), and what its model can do."""
    window_tokens = count_in(object_in(props.get("default_generation_settings")).get("n_ctx"))
    modes = _tool_modes(object_in(props.get("chat_template_caps")), text_in(props.get("chat_template")))
    vision = flag_in(object_in(props.get("modalities")).get("vision"))
    parallel = count_in(props.get("total_slots"))
    return [
        replace(
            model,
            state="loaded",
            window_tokens=window_tokens,
            vision=vision,
            parallel=parallel,
            tool_modes=modes,
        )
        for model in models
    ]


def _tool_modes(abilities: dict[str, Any], chat_template: str) -> tuple[ToolMode, ...]:
    """Return the modes that a chat template allows: one that knows nothing of tools drops them in silence."""
    knows_tools = abilities.get("supports_tools")
    if not isinstance(knows_tools, bool):  # an older llama.cpp
        knows_tools = "tools" in chat_template or not chat_template
    return ("native", "structured", "text") if knows_tools else ("structured", "text")


def _as_ollama_says(models: list[ModelInfo], running: dict[str, Any]) -> list[ModelInfo]:
    """Fill in what Ollama keeps in memory, with the context that it allocated."""
    windows = {
        text_in(entry.get("name")): count_in(entry.get("context_length"))
        for entry in objects_in(running.get("models"))
    }
    known = [
        replace(model, state="loaded", window_tokens=windows[model.id])
        if model.id in windows
        else replace(model, state="downloaded")
        for model in models
    ]
    return sorted(known, key=lambda model: model.state != "loaded")
