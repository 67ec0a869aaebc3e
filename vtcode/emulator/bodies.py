"""The JSON that the server answers with: lists of models, and errors in the shapes of each surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vtcode.emulator.state import EmulatedModel, EmulatorState, Instance

_NO_AUTHORIZATION = (
    "An LM Studio API token is required to make requests to this server, but none was provided using the "
    "Authorization header using the 'Bearer' scheme (i.e., 'Authorization: Bearer $LM_API_TOKEN'). Learn "
    "more at: https://lmstudio.ai/docs/developer/core/authentication."
)
NOTHING_LOADED = "No models loaded. Please load a model in the developer page or use the 'lms load' command."
TOO_LONG = (
    "The number of tokens to keep from the initial prompt is greater than the context length ({prompt} > "
    "{window}). Try to load the model with a larger context length, or provide a shorter input."
)


def native_models(state: EmulatorState) -> dict[str, Any]:
    """`GET /api/v1/models`."""
    return {"models": [_native_model(model, state) for model in state.models]}


def beta_models(state: EmulatorState) -> dict[str, Any]:
    """`GET /api/v0/models`."""
    return {"object": "list", "data": [_beta_model(model, state) for model in state.models]}


def openai_models(state: EmulatorState) -> dict[str, Any]:
    """`GET /v1/models`: all that are downloaded while JIT loading is on, else those in memory."""
    ids = [instance.id for instance in state.instances]
    if state.settings.jit:
        ids = list(dict.fromkeys([*(model.key for model in state.models), *ids]))
    data = [{"id": model_id, "object": "model", "owned_by": "organization_owner"} for model_id in ids]
    return {"object": "list", "data": data}


def native_error(
    error_type: str, message: str, *, code: str | None = None, param: str | None = None
) -> dict[str, Any]:
    """An error under `/api/v1`."""
    return {"error": {"type": error_type, "message": message, "code": code, "param": param}}


def model_error(message: str, code: str | None = "model_not_found") -> dict[str, Any]:
    """An error of chat completions about its model."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": "model", "code": code}}


def unknown_model(name: str, state: EmulatorState) -> dict[str, Any]:
    """The error for a model that is not downloaded, with the list that the server appends."""
    known = "\n".join(model.key for model in state.models)
    return model_error(f'Model "{name}" not found. Please specify a valid model.\n\nYour models:\n\n{known}')


def stream_error(message: str) -> dict[str, Any]:
    """The data of an `error` event inside a 200."""
    return {"error": {"message": message}, "message": message}


def refused_token(authorization: str) -> dict[str, Any]:
    """The body of a 401; for a malformed token it echoes the beginning, as the real one does."""
    token = authorization.removeprefix("Bearer ")
    message = _NO_AUTHORIZATION
    if token:
        message = f"Malformed LM Studio API token provided: {token[:10]}***"
    return {"error": {"type": "invalid_request", "code": "invalid_api_key", "message": message}}


def _native_model(model: EmulatedModel, state: EmulatorState) -> dict[str, Any]:
    instances = [instance for instance in state.instances if instance.key == model.key]
    entry: dict[str, Any] = {
        "type": model.type,
        "publisher": model.key.partition("/")[0],
        "key": model.key,
        "display_name": model.key.rpartition("/")[2].replace("-", " ").title(),
        "quantization": {"name": model.quantization, "bits_per_weight": 4},
        "size_bytes": model.size_bytes,
        "params_string": model.params,
        "loaded_instances": [_native_instance(instance, model) for instance in instances],
        "max_context_length": model.max_context_length,
        "format": model.format,
    }
    if model.type == "llm":
        entry["architecture"] = model.architecture
        entry["capabilities"] = {"vision": model.vision, "trained_for_tool_use": model.tool_use}
        entry["description"] = None
    if model.variants:
        entry |= {"variants": list(model.variants), "selected_variant": model.variants[0]}
    return entry


def _native_instance(instance: Instance, model: EmulatedModel) -> dict[str, Any]:
    config: dict[str, Any] = {"context_length": instance.context_length}
    if model.type == "llm":
        config |= {
            "eval_batch_size": 512,
            "parallel": instance.parallel,
            "flash_attention": True,
            "offload_kv_cache_to_gpu": True,
        }
    return {"id": instance.id, "config": config}


def _beta_model(model: EmulatedModel, state: EmulatorState) -> dict[str, Any]:
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
    if model.tool_use:
        entry["capabilities"] = ["tool_use"]
    return entry
