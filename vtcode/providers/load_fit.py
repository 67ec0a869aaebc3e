"""Which loaded instance fits a request to load, and what a request can ask for. Pure."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from vtcode.providers.model_choice import choose_model, key_of
from vtcode.providers.model_info import LoadConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.providers.lifecycle import LoadRequest
    from vtcode.providers.model_info import ModelInfo
    from vtcode.providers.server_words import Server


def named_model(models: Sequence[ModelInfo], wanted: str, server: Server) -> ModelInfo:
    """Return the model that `wanted` names, also one that can't chat.

    Raises:
        ModelNotFound: None fits, or several do.
    """
    exact = (model for model in models if wanted and wanted in (model.id, model.key, *model.aliases))
    return next(exact, None) or choose_model(models, wanted, server)


def instances_of(models: Sequence[ModelInfo], model: ModelInfo) -> list[ModelInfo]:
    """Return what is loaded of a model."""
    return [one for one in models if one.state == "loaded" and key_of(one) == key_of(model)]


def bounded(request: LoadRequest, model: ModelInfo) -> LoadRequest:
    """Return the request with the model's key, or its variant that was named, and a window it can have."""
    is_variant = "@" in request.model and request.model in model.aliases
    asked, most = request.config.context_length, model.max_window_tokens
    config = replace(request.config, context_length=min(asked, most)) if asked and most else request.config
    return replace(request, model=request.model if is_variant else key_of(model), config=config)


def fits(instance: ModelInfo, request: LoadRequest) -> bool:
    """Tell whether an instance is as a bounded request asks for.

    What the server does not tell of it counts as fitting, since to load it again would not show more; but how
    much of it is on the GPU and when it is unloaded, no list tells: who asks for these wants it loaded anew.
    """
    if request.gpu or request.ttl_s is not None:
        return False
    if request.identifier and instance.id != request.identifier:
        return False
    if request.parallel is not None and instance.parallel not in (None, request.parallel):
        return False
    variant = request.model.partition("@")[2] if request.model != key_of(instance) else ""
    if variant and variant.casefold() != instance.quantization.casefold():
        return False
    asked, has = request.config, instance.load_config or LoadConfig()
    wanted = asked.context_length or 0
    granted = instance.window_tokens or wanted
    if wanted and (granted < wanted or (request.exact_window and granted != wanted)):
        return False
    return all(getattr(has, name) in (None, getattr(asked, name)) for name in beyond_the_window(asked))


def beyond_the_window(config: LoadConfig) -> list[str]:
    """Return the names of what is asked for beside the context length: what only a load request takes."""
    names = (field.name for field in fields(config) if field.name != "context_length")
    return [name for name in names if getattr(config, name) is not None]


def needs_lms(request: LoadRequest) -> list[str]:
    """Return the names of what is asked for and only `lms` can set."""
    asked = {
        "gpu": bool(request.gpu),
        "ttl": request.ttl_s is not None,
        "parallel": request.parallel is not None,
        "identifier": bool(request.identifier),
    }
    return [name for name, is_asked in asked.items() if is_asked]
