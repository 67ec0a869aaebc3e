"""The lists of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vtcode.emulator.surfaces.native_models import load_config

if TYPE_CHECKING:
    from vtcode.emulator.catalog import EmulatedModel
    from vtcode.emulator.instance import Instance
    from vtcode.emulator.state import EmulatorState


def native_models(state: EmulatorState) -> dict[str, Any]:
    """`GET /api/v1/models`."""
    return {"models": [_native_model(model, state) for model in state.models]}


def beta_models(state: EmulatorState) -> dict[str, Any]:
    """`GET /api/v0/models`."""
    return {"object": "list", "data": [beta_model(model, state) for model in state.models]}


def openai_models(state: EmulatorState) -> dict[str, Any]:
    """`GET /v1/models`: all that are downloaded while JIT loading is on, else those in memory."""
    ids = [instance.id for instance in state.instances]
    if state.settings.jit:
        ids = list(dict.fromkeys([*(model.key for model in state.models), *ids]))
    data = [{"id": model_id, "object": "model", "owned_by": "organization_owner"} for model_id in ids]
    return {"object": "list", "data": data}


def beta_model(model: EmulatedModel, state: EmulatorState) -> dict[str, Any]:
    """`GET /api/v0/models/{model}`."""
    instance = next((one for one in state.instances if one.key == model.key), None)
    entry: dict[str, Any] = {
        "id": model.key,
        "object": "model",
        "type": "embeddings" if model.type == "embedding" else "vlm" if model.vision else "llm",
        "publisher": model.key.partition("/")[0],
        "arch": model.architecture,
        "compatibility_type": model.format,
        "quantization": model.quantization,
        "state": "loaded" if instance else "not-loaded",
        "max_context_length": model.max_context_length,
    }
    if instance:
        entry["loaded_context_length"] = instance.context_length
    if model.tool_use and model.type == "llm":
        entry["capabilities"] = ["tool_use"]
    return entry


def _native_model(model: EmulatedModel, state: EmulatorState) -> dict[str, Any]:
    instances = [instance for instance in state.instances if instance.key == model.key]
    entry: dict[str, Any] = {
        "type": model.type,
        "publisher": model.key.partition("/")[0],
        "key": model.key,
        "display_name": model.key.rpartition("/")[2].replace("-", " ").title(),
        "quantization": {"name": model.quantization, "bits_per_weight": 4},
        "size_bytes": model.size_bytes,
        "params_string": model.params or None,
        "loaded_instances": [_native_instance(instance, model) for instance in instances],
        "max_context_length": model.max_context_length,
        "format": model.format,
    }
    if model.type == "llm":
        entry |= {
            "architecture": model.architecture,
            "capabilities": _capabilities(model),
            "description": None,
        }
    if model.variants:
        entry |= {"variants": list(model.variants), "selected_variant": model.variants[0]}
    return entry


def _capabilities(model: EmulatedModel) -> dict[str, Any]:
    told: dict[str, Any] = {"vision": model.vision, "trained_for_tool_use": model.tool_use}
    if model.reasoning:
        default = (
            model.reasoning_default if model.reasoning_default in model.reasoning else model.reasoning[0]
        )
        told["reasoning"] = {"allowed_options": list(model.reasoning), "default": default}
    return told


def _native_instance(instance: Instance, model: EmulatedModel) -> dict[str, Any]:
    config = load_config(instance, model)
    if model.type == "llm":
        config["parallel"] = instance.parallel
    return {"id": instance.id, "config": config}
