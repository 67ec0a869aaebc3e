"""LM Studio's three lists of models, read as ours. Nothing here does I/O.

`/api/v1/models` (0.4) tells every loaded instance with the window that is allocated, `/api/v0/models` (0.3.6)
the window of what is loaded, `/v1/models` ids alone. All of it is a server's word: what has not the expected
type counts as not said.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

from vtcode.providers.fields import count_in, flag_in, list_in, object_in, objects_in, text_in
from vtcode.providers.model_info import LoadConfig, ModelInfo


def read_native(body: dict[str, Any]) -> list[ModelInfo]:
    """Read `/api/v1/models`: one model for each loaded instance, or one for the model where none is."""
    models = [model for entry in objects_in(body.get("models")) for model in _native_models(entry)]
    return loaded_first(models)


def read_beta(body: dict[str, Any]) -> list[ModelInfo]:
    """Read `/api/v0/models`."""
    return loaded_first(
        [_beta_model(entry) for entry in objects_in(body.get("data")) if text_in(entry.get("id"))]
    )


def read_plain(body: dict[str, Any]) -> list[ModelInfo]:
    """Read `/v1/models`, which does not say what is loaded; embedding models show by their name alone."""
    ids = [text_in(entry.get("id")) for entry in objects_in(body.get("data"))]
    return [
        ModelInfo(
            id=model_id,
            display_name=model_id,
            kind="embedding" if "text-embedding" in model_id else "llm",
        )
        for model_id in ids
        if model_id
    ]


def loaded_first(models: list[ModelInfo]) -> list[ModelInfo]:
    """Return the models, loaded ones first, else in the server's order."""
    return sorted(models, key=lambda model: model.state != "loaded")


def _native_models(entry: dict[str, Any]) -> list[ModelInfo]:
    key = text_in(entry.get("key"))
    if not key:
        return []
    capabilities = object_in(entry.get("capabilities"))
    variants = [name for name in list_in(entry.get("variants")) if isinstance(name, str)]
    names = dict.fromkeys((key, *variants, text_in(entry.get("selected_variant"))))
    model = ModelInfo(
        id=key,
        display_name=text_in(entry.get("display_name")) or key,
        kind=_kind(text_in(entry.get("type"))),
        state="downloaded",
        max_window_tokens=count_in(entry.get("max_context_length")),
        size_bytes=count_in(entry.get("size_bytes")),
        quantization=text_in(object_in(entry.get("quantization")).get("name")),
        publisher=text_in(entry.get("publisher")),
        vision=flag_in(capabilities.get("vision")),
        tool_use=flag_in(capabilities.get("trained_for_tool_use")),
        aliases=tuple(name for name in names if name),
        key=key,
        params=text_in(entry.get("params_string")),
        format=text_in(entry.get("format")),
        reasoning_efforts=_reasoning_efforts(capabilities),
    )
    instances = [
        _instance(model, instance)
        for instance in objects_in(entry.get("loaded_instances"))
        if text_in(instance.get("id"))
    ]
    return instances or [model]


def _instance(model: ModelInfo, entry: dict[str, Any]) -> ModelInfo:
    config = object_in(entry.get("config"))
    return replace(
        model,
        id=text_in(entry.get("id")),
        state="loaded",
        window_tokens=count_in(config.get("context_length")),
        parallel=count_in(config.get("parallel")),
        load_config=read_load_config(config),
    )


def read_load_config(config: dict[str, Any]) -> LoadConfig:
    """Read how an instance was loaded, from the native list or the answer to a load request."""
    return LoadConfig(
        context_length=count_in(config.get("context_length")),
        flash_attention=flag_in(config.get("flash_attention")),
        offload_kv_cache_to_gpu=flag_in(config.get("offload_kv_cache_to_gpu")),
        num_experts=count_in(config.get("num_experts")),
        eval_batch_size=count_in(config.get("eval_batch_size")),
    )


def _reasoning_efforts(capabilities: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the levels; empty where the list tells capabilities but no switch, which then is refused."""
    if not capabilities:
        return None
    options = list_in(object_in(capabilities.get("reasoning")).get("allowed_options"))
    return tuple(option for option in options if isinstance(option, str))


def _beta_model(entry: dict[str, Any]) -> ModelInfo:
    model_id, kind = text_in(entry.get("id")), text_in(entry.get("type"))
    capabilities = list_in(entry.get("capabilities"))
    return ModelInfo(
        id=model_id,
        display_name=model_id,
        kind=_kind(kind),
        state="loaded" if entry.get("state") == "loaded" else "downloaded",
        window_tokens=count_in(entry.get("loaded_context_length")),
        max_window_tokens=count_in(entry.get("max_context_length")),
        quantization=text_in(entry.get("quantization")),
        publisher=text_in(entry.get("publisher")),
        vision=kind == "vlm",
        tool_use="tool_use" in capabilities if "capabilities" in entry else None,
        key=re.sub(r":\d+$", "", model_id),
        format=text_in(entry.get("compatibility_type")),
    )


def _kind(kind: str) -> Literal["llm", "embedding", "other"]:
    match kind:
        case "llm" | "vlm" | "":
            return "llm"
        case "embedding" | "embeddings":
            return "embedding"
    return "other"
