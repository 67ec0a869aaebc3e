"""The emulator's native models: listed with all that the API tells, loaded, unloaded, downloaded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulated import MODEL, OTHER

if TYPE_CHECKING:
    import httpx

    from tests.support.emulator import Emulator


async def listed(http: httpx.AsyncClient) -> dict[str, Any]:
    return {entry["key"]: entry for entry in (await http.get("/api/v1/models")).json()["models"]}


async def test_a_model_tells_all_that_the_api_has(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.state.models[0].reasoning = ("off", "on")
    entry = (await listed(http))[MODEL]
    assert entry["capabilities"] == {
        "vision": False,
        "trained_for_tool_use": True,
        "reasoning": {"allowed_options": ["off", "on"], "default": "on"},
    }
    assert entry["quantization"] == {"name": "Q4_K_M", "bits_per_weight": 4}
    assert (entry["format"], entry["architecture"], entry["publisher"]) == ("gguf", "qwen3moe", "acme")
    assert entry["selected_variant"] == entry["variants"][0]
    assert entry["loaded_instances"] == [
        {
            "id": MODEL,
            "config": {
                "context_length": 32768,
                "eval_batch_size": 512,
                "parallel": 4,
                "flash_attention": True,
                "num_experts": 8,
                "offload_kv_cache_to_gpu": True,
            },
        }
    ]


async def test_a_model_without_a_reasoning_switch_says_nothing_of_it(http: httpx.AsyncClient) -> None:
    assert "reasoning" not in (await listed(http))[MODEL]["capabilities"]


async def test_a_model_for_embeddings_has_no_capabilities_and_a_bare_configuration(
    http: httpx.AsyncClient,
) -> None:
    await http.post("/api/v1/models/load", json={"model": "text-embedding-mini"})
    entry = (await listed(http))["text-embedding-mini"]
    assert not {"capabilities", "architecture", "description"} & entry.keys()
    assert entry["loaded_instances"][0]["config"] == {"context_length": 2048}


async def test_what_was_loaded_with_is_echoed_on_request_and_listed(http: httpx.AsyncClient) -> None:
    config = {
        "context_length": 16000,
        "eval_batch_size": 256,
        "flash_attention": False,
        "num_experts": 4,
        "offload_kv_cache_to_gpu": False,
    }
    loaded = await http.post("/api/v1/models/load", json={"model": MODEL, "echo_load_config": True, **config})
    assert loaded.json()["load_config"] == config
    instance = (await listed(http))[MODEL]["loaded_instances"][1]
    assert instance == {"id": f"{MODEL}:2", "config": config | {"parallel": 4}}


async def test_an_mlx_model_has_no_settings_of_llama_cpp(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.state.models[1].format = "mlx"
    asked = {"model": OTHER, "eval_batch_size": 256, "echo_load_config": True}
    assert (await http.post("/api/v1/models/load", json=asked)).json()["load_config"] == {
        "context_length": 4096
    }


async def test_a_load_may_take_its_time_and_is_listed_once_it_is_done(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.fail_once(load_held=True)
    loading = asyncio.create_task(http.post("/api/v1/models/load", json={"model": OTHER}))
    await emulator.wait_until_paused()
    assert (await listed(http))[OTHER]["loaded_instances"] == []
    emulator.release()
    assert (await loading).json()["status"] == "loaded"
    assert len((await listed(http))[OTHER]["loaded_instances"]) == 1


async def test_a_version_may_use_the_instance_that_is_there(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.load_duplicates = False
    loaded = await http.post("/api/v1/models/load", json={"model": MODEL})
    assert loaded.json()["instance_id"] == MODEL
    assert len(emulator.state.instances) == 1


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ({}, "missing_required_parameter", '"model" is required'),
        ({"model": MODEL, "parallel": 2}, "unrecognized_keys", "'parallel'"),
        ({"model": MODEL, "ttl": 60}, "unrecognized_keys", "'ttl'"),
        ({"model": MODEL, "context_length": "8k"}, "invalid_type", "Expected integer, received string"),
        ({"model": MODEL, "context_length": 0}, "too_small", "greater than or equal to 1"),
        ({"model": MODEL, "flash_attention": 1}, "invalid_type", "Expected boolean, received integer"),
    ],
    ids=["no model", "parallel", "ttl", "string", "zero", "number"],
)
async def test_a_load_that_is_not_valid_is_refused(
    emulator: Emulator, http: httpx.AsyncClient, asked: dict[str, object], code: str, said: str
) -> None:
    refused = await http.post("/api/v1/models/load", json=asked)
    error = refused.json()["error"]
    assert (refused.status_code, error["type"], error["code"]) == (400, "invalid_request", code)
    assert said in error["message"]
    assert len(emulator.state.instances) == 1


async def test_broken_json_is_refused(http: httpx.AsyncClient) -> None:
    refused = await http.post("/api/v1/models/load", content=b"{")
    assert refused.status_code == 400
    assert "with invalid JSON" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [("load", {"model": "acme/nope"}), ("unload", {"instance_id": "nope"}), ("download", {"model": "a/b"})],
)
async def test_what_is_not_there_is_a_404(
    http: httpx.AsyncClient, path: str, asked: dict[str, object]
) -> None:
    refused = await http.post(f"/api/v1/models/{path}", json=asked)
    assert (refused.status_code, refused.json()["error"]["type"]) == (404, "model_not_found")


async def start(http: httpx.AsyncClient, name: str = "acme/thinker-4b", **more: str) -> dict[str, Any]:
    answer = await http.post("/api/v1/models/download", json={"model": name, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def poll(http: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = (await http.get(f"/api/v1/models/download/status/{job['job_id']}")).json()
    return told


async def test_a_download_goes_on_with_every_poll_and_ends_in_the_list(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.download_polls = 3
    job = await start(http)
    assert (job["status"], job["total_size_bytes"]) == ("downloading", 2279145003)
    first, second, third = [await poll(http, job) for _ in range(3)]
    assert 0 < first["downloaded_bytes"] < second["downloaded_bytes"] < third["downloaded_bytes"]
    assert first["bytes_per_second"] > 0
    assert first["estimated_completion"] > first["started_at"]
    assert (third["status"], third["downloaded_bytes"]) == ("completed", 2279145003)
    assert "bytes_per_second" not in third
    assert third["completed_at"].endswith("Z")
    assert (await listed(http))["acme/thinker-4b"]["capabilities"]["reasoning"]["default"] == "on"


async def test_a_model_on_disk_is_not_downloaded_again(http: httpx.AsyncClient) -> None:
    assert await start(http, MODEL) == {"status": "already_downloaded"}


async def test_a_download_may_fail(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.fail_once(download_fails=True)
    job = await start(http)
    assert [(await poll(http, job))["status"] for _ in range(3)] == ["downloading", "failed", "failed"]
    assert "acme/thinker-4b" not in await listed(http)


async def test_a_download_may_pause_and_go_on(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.settings.download_polls = 2
    emulator.fail_once(download_pauses=True)
    job = await start(http)
    statuses = [(await poll(http, job))["status"] for _ in range(3)]
    assert statuses == ["downloading", "paused", "completed"]


async def test_a_link_of_hugging_face_may_choose_the_quantisation(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.download_polls = 1
    link = "https://huggingface.co/Some/Model-GGUF"
    job = await start(http, link, quantization="Q8_0")
    assert (await poll(http, job))["status"] == "completed"
    assert (await listed(http))["some/model-gguf"]["quantization"]["name"] == "Q8_0"


async def test_a_model_of_the_catalogue_comes_in_its_own_quantisation(http: httpx.AsyncClient) -> None:
    asked = {"model": "acme/thinker-4b", "quantization": "Q8_0"}
    assert (await http.post("/api/v1/models/download", json=asked)).status_code == 400


async def test_an_unknown_download_is_said_so(http: httpx.AsyncClient) -> None:
    refused = await http.get("/api/v1/models/download/status/job_nope")
    assert (refused.status_code, refused.json()["error"]["type"]) == (404, "job_not_found")
    bare = await http.get("/api/v1/models/download/status")
    assert "Unexpected endpoint" in bare.json()["error"]
