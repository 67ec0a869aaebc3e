"""`/api/v1/models/load`, `unload`, `download` and its status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vtcode.emulator import memory
from vtcode.emulator.downloads import download_status, start_download
from vtcode.emulator.refusals import Refused, unknown_model, unloaded
from vtcode.emulator.strict import Key, check_keys

if TYPE_CHECKING:
    from vtcode.emulator.catalog import EmulatedModel
    from vtcode.emulator.instance import Instance
    from vtcode.emulator.state import EmulatorState

LOAD_SECONDS = 7.4
_LLAMA_CPP_KEYS = ("eval_batch_size", "flash_attention", "num_experts", "offload_kv_cache_to_gpu")
_LOAD = {
    "model": Key(kind="string", required=True),
    "context_length": Key(kind="integer", low=1),
    "eval_batch_size": Key(kind="integer", low=1),
    "flash_attention": Key(kind="boolean"),
    "num_experts": Key(kind="integer", low=1),
    "offload_kv_cache_to_gpu": Key(kind="boolean"),
    "echo_load_config": Key(kind="boolean"),
}
_UNLOAD = {"instance_id": Key(kind="string", required=True)}
_DOWNLOAD = {"model": Key(kind="string", required=True), "quantization": Key(kind="string")}


async def load(state: EmulatorState, asked: dict[str, Any]) -> dict[str, Any]:
    """Load a model; the answer comes when it is loaded.

    Raises:
        Refused: The request is not valid, or the model can't be loaded.
    """
    check_keys(asked, _LOAD)
    model = state.model(asked["model"])
    if model is None:
        raise unknown_model(asked["model"], [known.key for known in state.models])
    faults = state.faults_for("load")
    if faults.load_held:
        await state.gate.hold()
    instance = None if state.settings.load_duplicates else state.instance(model.key)
    if instance is None:
        instance = memory.load(state, model, asked.get("context_length"), faults)
        for name in _LLAMA_CPP_KEYS:
            if name in asked and _has_config(model):
                setattr(instance, name, asked[name])
    answer: dict[str, Any] = {
        "type": model.type,
        "instance_id": instance.id,
        "load_time_seconds": LOAD_SECONDS,
        "status": "loaded",
    }
    return answer | ({"load_config": load_config(instance, model)} if asked.get("echo_load_config") else {})


async def unload(state: EmulatorState, asked: dict[str, Any]) -> dict[str, Any]:
    """Unload an instance; what it was writing dies.

    Raises:
        Refused: The request is not valid, or there is no such instance.
    """
    check_keys(asked, _UNLOAD)
    wanted = asked["instance_id"]
    instance = next((one for one in state.instances if one.id == wanted), None)
    if instance is None:
        raise Refused(f'Instance "{wanted}" not found', kind="unknown_model", param="instance_id")
    memory.unload(state, instance, unloaded())
    return {"instance_id": wanted}


async def download(state: EmulatorState, asked: dict[str, Any]) -> dict[str, Any]:
    """Begin a download.

    Raises:
        Refused: The request is not valid, or there is no such model.
    """
    check_keys(asked, _DOWNLOAD)
    return start_download(state, asked["model"], asked.get("quantization", ""))


def status(state: EmulatorState, job_id: str) -> dict[str, Any]:
    """Tell how far a download is.

    Raises:
        Refused: There is no such job.
    """
    return download_status(state, job_id)


def load_config(instance: Instance, model: EmulatedModel) -> dict[str, Any]:
    """Return how an instance was loaded, in the words of the API."""
    config: dict[str, Any] = {"context_length": instance.context_length}
    if _has_config(model):
        config |= {
            "eval_batch_size": instance.eval_batch_size,
            "flash_attention": instance.flash_attention,
            "offload_kv_cache_to_gpu": instance.offload_kv_cache_to_gpu,
        }
        if instance.num_experts is not None:
            config["num_experts"] = instance.num_experts
    return config


def _has_config(model: EmulatedModel) -> bool:
    """Tell whether a model is loaded by llama.cpp, whose settings these are."""
    return model.type == "llm" and model.format == "gguf"
