from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.support.lms import FakeLms
from tests.support.raw_server import HANG_UP, LastWords, RawServer, chunked_stream, http_answer
from vtcode.errors import (
    LmsFailed,
    LmsMissing,
    LoadRefused,
    ModelNotFound,
    ProviderError,
    ServerUnreachable,
    Unauthorized,
    WrongEndpoint,
)
from vtcode.providers.lifecycle import LoadProgress, LoadRequest
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.model_info import LoadConfig, ModelInfo

LOADED, IDLE, EMBEDDING = "acme/coder-30b-a3b", "acme/chat-8b", "text-embedding-mini"
LOAD, UNLOAD, CHAT = "/api/v1/models/load", "/api/v1/models/unload", "/api/v1/chat"


@pytest.fixture
async def provider(emulator: Emulator, tmp_path: Path) -> AsyncIterator[LmStudioProvider]:
    provider = LmStudioProvider(base_url=emulator.url, state_folder=tmp_path / "state")
    yield provider
    await provider.aclose()


@pytest.fixture
def lms(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLms]:
    with FakeLms(emulator, tmp_path / "bin", monkeypatch) as fake:
        yield fake


def wanted(model: str, context_length: int | None = None, **more: Any) -> LoadRequest:
    return LoadRequest(model=model, config=LoadConfig(context_length=context_length), **more)


async def load(provider: LmStudioProvider, request: LoadRequest) -> tuple[ModelInfo, list[LoadProgress]]:
    steps = [step async for step in provider.lifecycle.load(request)]
    *progress, instance = steps
    assert isinstance(instance, ModelInfo)
    assert all(isinstance(step, LoadProgress) for step in progress)
    return instance, [step for step in progress if isinstance(step, LoadProgress)]


def bodies(emulator: Emulator, path: str) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests if request.path == path]


def instances(emulator: Emulator) -> list[tuple[str, int]]:
    return [(one.id, one.context_length) for one in emulator.state.instances]


async def test_a_model_is_loaded_with_the_window_asked_for_and_tells_how_far_it_is(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.instances.clear()
    instance, progress = await load(provider, wanted(IDLE, 16_384))
    assert (instance.id, instance.state, instance.window_tokens) == (IDLE, "loaded", 16_384)
    assert [step.estimated for step in progress] == [False] * len(progress)
    assert progress[-1].progress is not None
    (body,) = bodies(emulator, CHAT)
    assert body["context_length"] == 16_384
    assert (body["store"], body["max_output_tokens"]) == (False, 1)
    assert bodies(emulator, LOAD) == []


async def test_an_instance_that_fits_is_used_as_it_is(emulator: Emulator, provider: LmStudioProvider) -> None:
    instance, progress = await load(provider, wanted(LOADED, 32_768))
    assert (instance.id, instance.window_tokens, progress) == (LOADED, 32_768, [])
    config = LoadConfig(context_length=8_192, flash_attention=True, eval_batch_size=512)
    assert (await load(provider, LoadRequest(model=LOADED, config=config)))[0].id == LOADED
    assert {request.method for request in emulator.requests} == {"GET"}


@pytest.mark.parametrize(
    "config",
    [
        LoadConfig(context_length=65_536),
        LoadConfig(flash_attention=False),
        LoadConfig(offload_kv_cache_to_gpu=False),
        LoadConfig(num_experts=4),
        LoadConfig(eval_batch_size=256),
    ],
    ids=str,
)
async def test_the_instance_in_use_is_replaced_where_it_does_not_fit(
    emulator: Emulator, provider: LmStudioProvider, config: LoadConfig
) -> None:
    instance, steps = await load(provider, LoadRequest(model=LOADED, config=config, replaces=LOADED))
    assert {step.beside for step in steps} == {""}
    assert [one.id for one in emulator.state.instances] == [LOADED] == [instance.id]
    assert bodies(emulator, UNLOAD) == [{"instance_id": LOADED}]
    assert instance.load_config is not None
    asked = {name: getattr(config, name) for name in config.__slots__ if getattr(config, name) is not None}
    assert asked == {name: getattr(instance.load_config, name) for name in asked}


async def test_another_programs_instance_that_does_not_fit_stays_and_that_is_told(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    instance, steps = await load(provider, wanted(LOADED, 65_536))
    assert (instance.id, instance.window_tokens) == (f"{LOADED}:2", 65_536)
    assert {step.beside for step in steps} == {LOADED}
    assert instances(emulator) == [(LOADED, 32_768), (f"{LOADED}:2", 65_536)]
    assert bodies(emulator, UNLOAD) == []


async def test_of_two_instances_the_one_in_use_is_replaced(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.load(emulator.state.models[0], 4_096)
    instance, _ = await load(provider, wanted(LOADED, 65_536, replaces=f"{LOADED}:2"))
    assert bodies(emulator, UNLOAD) == [{"instance_id": f"{LOADED}:2"}]
    assert instances(emulator) == [(LOADED, 32_768), (instance.id, 65_536)]


async def test_of_two_instances_that_fit_the_one_in_use_is_kept(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.load(emulator.state.models[0], 32_768)
    assert (await load(provider, wanted(LOADED, 8_192, replaces=f"{LOADED}:2")))[0].id == f"{LOADED}:2"


async def test_the_instance_in_use_is_of_another_model_and_stays(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    await load(provider, wanted(IDLE, 8_192, replaces=LOADED))
    assert instances(emulator) == [(LOADED, 32_768), (IDLE, 8_192)]


async def test_a_second_instance_is_loaded_on_purpose_only(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    instance, steps = await load(provider, wanted(LOADED, 8_192, another=True, replaces=LOADED))
    assert instance.id == f"{LOADED}:2"
    assert {step.beside for step in steps} == {""}
    assert instances(emulator) == [(LOADED, 32_768), (f"{LOADED}:2", 8_192)]


async def test_who_asks_while_a_model_is_loaded_gets_the_same_instance(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    other = LmStudioProvider(base_url=emulator.url)
    request = LoadRequest(model=IDLE, config=LoadConfig(context_length=8_192, flash_attention=True))
    found = await asyncio.gather(*(load(one, request) for one in (provider, other, provider)))
    assert {instance.id for instance, _ in found} == {IDLE}
    assert len(bodies(emulator, LOAD)) == 1
    await other.aclose()


async def test_loads_of_one_model_with_other_settings_come_one_after_the_other(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    small, large = await asyncio.gather(
        load(provider, wanted(IDLE, 8_192)), load(provider, wanted(IDLE, 16_384, replaces=IDLE))
    )
    assert (small[0].id, large[0].window_tokens) == (IDLE, 16_384)
    assert [one for one in instances(emulator) if one[0] != LOADED] == [(IDLE, 16_384)]


async def test_a_load_goes_on_when_nobody_waits_and_is_not_begun_twice(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    request = wanted(IDLE, 8_192, parallel=2)
    lms.hold_load()
    async with aclosing(provider.lifecycle.load(request)) as steps:
        async for step in steps:
            if isinstance(step, LoadProgress) and step.progress == 0.4:
                break
    again = asyncio.create_task(load(provider, request))
    lms.release_load()
    instance, _ = await again
    assert (instance.id, instance.parallel) == (IDLE, 2)
    assert [call[0] for call in lms.calls].count("load") == 1


async def test_a_provider_that_is_closed_gives_its_loads_up(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    lms.hold_load()
    steps = provider.lifecycle.load(wanted(IDLE, 8_192, parallel=2))
    assert isinstance(await anext(steps), LoadProgress)
    closing = asyncio.create_task(provider.aclose())
    with pytest.raises(ProviderError, match="given up"):
        async for _ in steps:
            pass
    await closing
    assert [one.key for one in emulator.state.instances] == [LOADED]


async def test_what_only_a_load_request_can_set_is_estimated_by_the_last_load(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    request = LoadRequest(model=IDLE, config=LoadConfig(flash_attention=False, context_length=8_192))
    _, progress = await load(provider, request)
    assert [step.progress for step in progress] == [None] * len(progress)
    assert bodies(emulator, LOAD) == [
        {"model": IDLE, "echo_load_config": True, "context_length": 8_192, "flash_attention": False}
    ]
    await provider.lifecycle.unload(IDLE)
    _, progress = await load(provider, request)
    assert progress
    assert all(step.estimated and step.progress is not None and step.progress < 1 for step in progress)


async def test_a_window_larger_than_the_model_can_have_is_not_asked_for(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.models[1].max_context_length = 8_192
    instance, _ = await load(provider, wanted(IDLE, 1_000_000))
    assert bodies(emulator, LOAD)[0]["context_length"] == 8_192
    assert instance.window_tokens == 8_192


async def test_what_a_request_loaded_is_not_evicted_by_a_load(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.instances[0].jit = True
    instance, _ = await load(provider, wanted(IDLE, 8_192))
    assert instances(emulator) == [(LOADED, 32_768), (IDLE, 8_192)]
    assert [(one.jit, one.ttl_s) for one in emulator.state.instances[1:]] == [(False, None)]
    assert instance.idle_ttl_s is None


async def test_what_is_loaded_into_an_empty_memory_is_known_to_be_unloaded_when_idle(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.instances.clear()
    instance, _ = await load(provider, wanted(IDLE, 8_192))
    assert instance.idle_ttl_s == emulator.state.instances[0].ttl_s == 3_600
    assert (await provider.resolve_model(IDLE)).idle_ttl_s == 3_600
    await provider.lifecycle.unload(IDLE)
    emulator.state.load(emulator.state.models[1], 8_192)
    assert (await provider.resolve_model(IDLE)).idle_ttl_s is None


async def test_lms_loads_models_that_stay_where_it_is_at_hand(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    emulator.state.instances.clear()
    instance, progress = await load(provider, wanted(IDLE, 8_192))
    assert (instance.id, instance.window_tokens, instance.idle_ttl_s) == (IDLE, 8_192, None)
    assert (progress[-1].progress, progress[-1].estimated) == (1.0, False)
    assert bodies(emulator, CHAT) == bodies(emulator, LOAD) == []


async def test_what_lms_can_not_set_is_loaded_without_it(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    await load(provider, LoadRequest(model=IDLE, config=LoadConfig(flash_attention=False)))
    assert bodies(emulator, LOAD) == [{"model": IDLE, "echo_load_config": True, "flash_attention": False}]


async def test_an_lms_that_does_not_answer_is_done_without_where_it_can_be(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    lms.answers["server status"] = "nonsense"
    assert (await load(provider, wanted(IDLE, 8_192)))[0].window_tokens == 8_192
    with pytest.raises(LmsFailed, match="no JSON") as failed:
        await load(provider, wanted(EMBEDDING, gpu="max"))
    assert "window" not in failed.value.hint


@pytest.mark.parametrize("flash", [None, True], ids=["by chat", "by request"])
@pytest.mark.parametrize(
    ("fault", "granted"), [({"load_reduces_context": 6_000}, 6_000), ({"load_ignores_context": True}, 4_096)]
)
async def test_the_window_is_the_one_that_the_list_tells_afterwards(
    emulator: Emulator, provider: LmStudioProvider, fault: dict[str, Any], granted: int, flash: bool | None
) -> None:
    emulator.fail_once(**fault)
    emulator.state.instances.clear()
    config = LoadConfig(context_length=16_384, flash_attention=flash)
    instance, _ = await load(provider, LoadRequest(model=IDLE, config=config))
    assert instance.window_tokens == granted


@pytest.mark.parametrize("flash", [None, True], ids=["by chat", "by request"])
async def test_a_refused_load_tells_the_servers_words_and_offers_a_smaller_window(
    emulator: Emulator, provider: LmStudioProvider, flash: bool | None
) -> None:
    emulator.faults.load_fails = "insufficient system resources"
    emulator.state.instances.clear()
    config = LoadConfig(context_length=32_768, flash_attention=flash)
    with pytest.raises(LoadRefused, match="insufficient system resources") as refused:
        await load(provider, LoadRequest(model=IDLE, config=config))
    assert "--context-length 16384" in refused.value.hint
    assert len(bodies(emulator, LOAD)) + len(bodies(emulator, CHAT)) == 1, "no other model, no other try"


async def test_a_refusal_tells_that_the_old_instance_is_gone(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.faults.load_fails = "SIGABRT"
    with pytest.raises(LoadRefused) as refused:
        await load(provider, wanted(LOADED, 65_536, replaces=LOADED))
    assert f"{LOADED} was unloaded for it." in refused.value.hint


async def test_a_chat_that_refuses_its_window_is_followed_by_a_load_request(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.faults.reject_key = "context_length"
    emulator.state.instances.clear()
    instance, _ = await load(provider, wanted(IDLE, 8_192))
    assert (instance.window_tokens, len(bodies(emulator, LOAD))) == (8_192, 1)


async def test_an_embedding_model_is_loaded_without_a_chat(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    instance, _ = await load(provider, LoadRequest(model=EMBEDDING))
    assert (instance.id, instance.kind, bodies(emulator, CHAT)) == (EMBEDDING, "embedding", [])


async def test_a_variant_is_loaded_by_its_own_name(emulator: Emulator, provider: LmStudioProvider) -> None:
    await load(provider, wanted(f"{LOADED}@q4_k_m", 65_536))
    assert bodies(emulator, LOAD)[0]["model"] == f"{LOADED}@q4_k_m"


async def test_an_unknown_model_is_not_asked_for(emulator: Emulator, provider: LmStudioProvider) -> None:
    with pytest.raises(ModelNotFound, match="nope") as unknown:
        await load(provider, wanted("nope", 8_192))
    assert IDLE in unknown.value.hint


async def test_a_server_that_is_away_and_a_wrong_token_keep_their_own_words(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.settings.token = "sk-lm-AbCdEfGh:0123456789abcdefghij"
    with pytest.raises(Unauthorized):
        await load(provider, wanted(IDLE))
    emulator.stop()
    with pytest.raises(ServerUnreachable):
        await load(provider, wanted(IDLE))


async def test_what_takes_lms_says_so_where_there_is_none(
    emulator: Emulator, provider: LmStudioProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LmsMissing, match="gpu, ttl can only be set through lms") as missing:
        await load(provider, wanted(LOADED, gpu="max", ttl_s=60))
    assert "lmstudio.ai/download" in missing.value.hint
    assert instances(emulator) == [(LOADED, 32_768)], "nothing was unloaded for it"


async def test_what_takes_lms_goes_through_it(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    instance, progress = await load(
        provider, wanted(IDLE, 8_192, gpu="max", parallel=1, identifier="mine", ttl_s=60)
    )
    assert (instance.id, instance.parallel, instance.window_tokens) == ("mine", 1, 8_192)
    assert progress[-1].progress == 1.0
    assert instance.idle_ttl_s == 60
    assert (await load(provider, wanted(IDLE, 8_192, identifier="mine")))[1] == [], "it is there already"


async def test_an_identifier_that_is_taken_is_not_taken_from_who_has_it(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    emulator.state.instances[0].id = "mine"
    with pytest.raises(LoadRefused, match="mine is in memory already"):
        await load(provider, wanted(LOADED, 65_536, identifier="mine"))
    assert instances(emulator) == [("mine", 32_768)]
    instance, _ = await load(provider, wanted(LOADED, 65_536, identifier="mine", replaces="mine"))
    assert instances(emulator) == [("mine", 65_536)] == [(instance.id, instance.window_tokens)]


async def test_a_second_instance_through_lms_is_told_from_the_first(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    instance, _ = await load(provider, wanted(LOADED, 8_192, gpu="max", another=True))
    assert (instance.id, instance.window_tokens) == (f"{LOADED}:2", 8_192)


async def test_what_lms_says_when_it_can_not_load_is_told(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    lms.load_fails = "Failed to load model: out of memory"
    with pytest.raises(LoadRefused, match=r"lms could not load acme/chat-8b: .*out of memory"):
        await load(provider, wanted(IDLE, gpu="max"))


async def test_another_model_than_the_one_asked_for_is_not_taken_for_it(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    lms.loads_instead = LOADED
    with pytest.raises(LoadRefused, match="does not list it as loaded"):
        await load(provider, wanted(IDLE, gpu="max"))


async def test_settings_that_no_one_way_can_set_are_refused_before_anything_is_done(
    emulator: Emulator, provider: LmStudioProvider, lms: FakeLms
) -> None:
    config = LoadConfig(flash_attention=True)
    with pytest.raises(
        LoadRefused, match="gpu can only be set through lms, and flash_attention only without"
    ):
        await load(provider, LoadRequest(model=LOADED, config=config, gpu="off"))
    assert (lms.calls, instances(emulator)) == ([], [(LOADED, 32_768)])


async def test_an_old_server_loads_through_lms(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.stop()
    emulator.settings.surfaces = frozenset({"greeting", "beta", "openai"})
    emulator.start()
    provider = LmStudioProvider(base_url=emulator.url)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(WrongEndpoint, match=r"older than 0\.4") as old:
        await load(provider, wanted(IDLE, 8_192))
    assert "lms load" in old.value.hint
    with FakeLms(emulator, tmp_path / "bin", monkeypatch):
        instance, _ = await load(provider, wanted(IDLE, 8_192))
        assert (instance.id, instance.window_tokens) == (IDLE, 8_192)
        await provider.lifecycle.unload(IDLE)
    assert instances(emulator) == [(LOADED, 32_768)]
    await provider.aclose()


async def test_an_instance_is_unloaded_by_its_id_or_by_its_key(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.load(emulator.state.models[0], 4_096)
    await provider.lifecycle.unload(f"{LOADED}:2")
    await provider.lifecycle.unload(f"{LOADED}@q4_k_m")
    assert emulator.state.instances == []


async def test_what_is_not_loaded_can_not_be_unloaded(emulator: Emulator, provider: LmStudioProvider) -> None:
    with pytest.raises(ModelNotFound, match="is not loaded") as unknown:
        await provider.lifecycle.unload(IDLE)
    assert unknown.value.hint == f"Loaded: {LOADED}."
    emulator.state.load(emulator.state.models[0], 4_096)
    with pytest.raises(ModelNotFound, match="loaded more than once"):
        await provider.lifecycle.unload(f"{LOADED}@q4_k_m")


async def test_all_are_unloaded(emulator: Emulator, provider: LmStudioProvider) -> None:
    emulator.state.load(emulator.state.models[2])
    assert set(await provider.lifecycle.unload_all()) == {LOADED, EMBEDDING}
    assert emulator.state.instances == []
    assert await provider.lifecycle.unload_all() == ()


async def test_a_model_that_is_still_there_is_restored_as_it_is(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    before = await provider.resolve_model(LOADED)
    assert [step async for step in provider.restore(before)] == [before]


async def test_a_model_that_is_gone_is_restored_with_its_settings(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.instances[0].flash_attention = False
    emulator.state.instances[0].id = "mine"
    before = await provider.resolve_model("mine")
    emulator.state.instances.clear()
    *progress, after = [step async for step in provider.restore(before)]
    assert isinstance(after, ModelInfo)
    assert (after.id, after.window_tokens, after.load_config) == (LOADED, 32_768, before.load_config)
    assert all(isinstance(step, LoadProgress) for step in progress)


async def test_a_model_that_is_gone_is_restored_beside_another_programs_instance(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.load(emulator.state.models[0], 8_192)
    ours = await provider.resolve_model(LOADED)
    del emulator.state.instances[0]
    *_, after = [step async for step in provider.restore(ours)]
    assert isinstance(after, ModelInfo)
    assert after.window_tokens == 32_768
    assert instances(emulator) == [(f"{LOADED}:2", 8_192), (after.id, 32_768)]


LOADING = chunked_stream(b'event: model_load.start\ndata: {"type":"model_load.start"}\n\n', end=False)


@pytest.mark.parametrize("chat", [HANG_UP, LastWords(LOADING)], ids=["at once", "on the way"])
async def test_a_connection_that_breaks_during_a_load_is_told_as_that(chat: bytes) -> None:
    models = {"models": [{"key": "m", "type": "llm"}]}
    answers = {"/api/v1/models": http_answer(models), "/api/v1/chat": chat, "/api/v1/models/load": HANG_UP}
    async with RawServer(answers) as server:
        broken = LmStudioProvider(base_url=server.url)
        with pytest.raises(ServerUnreachable, match="went away while it loaded m") as cut:
            await load(broken, wanted("m", 8_192))
        await broken.aclose()
    assert "still running" in cut.value.hint
    assert "smaller" not in cut.value.hint


async def test_a_model_that_can_not_be_loaded_again_can_not_be_restored(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    before = await provider.resolve_model(LOADED)
    emulator.state.instances.clear()
    emulator.faults.load_fails = "SIGABRT"
    with pytest.raises(LoadRefused, match="SIGABRT"):
        async for _ in provider.restore(before):
            pass


async def test_an_old_server_restores_a_model_when_it_is_asked(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    emulator.stop()
    emulator.settings.surfaces = frozenset({"greeting", "beta", "openai"})
    emulator.start()
    provider = LmStudioProvider(base_url=emulator.url)
    before = await provider.resolve_model(LOADED)
    emulator.state.instances.clear()
    last = [step async for step in provider.restore(before)][-1]
    assert isinstance(last, ModelInfo)
    assert (last.id, last.state) == (LOADED, "downloaded")
    await provider.aclose()
