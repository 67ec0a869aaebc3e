"""Models and their windows: which one answers, what it was given, and how it is loaded."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.quirks.conversation import CHAT_8B, MODEL, Conversation
from tests.support.emulator import Emulator
from tests.support.recorder import Recorder
from vtcode.errors import LoadRefused, ModelNotFound, NoModelLoaded, Unauthorized
from vtcode.events import Event, PromptProgress
from vtcode.providers.lifecycle import DownloadProgress, LoadRequest
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.model_info import LoadConfig, ModelInfo


async def load(provider: LmStudioProvider, model: str, window_tokens: int | None = None) -> ModelInfo:
    """Load a model and return the instance."""
    assert provider.lifecycle is not None
    request = LoadRequest(model=model, config=LoadConfig(context_length=window_tokens))
    async with aclosing(provider.lifecycle.load(request)) as steps:
        last = [step async for step in steps][-1]
    assert isinstance(last, ModelInfo)
    return last


async def test_q28_a_load_evicts_nothing_and_what_it_loads_is_not_evicted(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    (emulator.state.instances[0].jit, emulator.state.instances[0].ttl_s) = (True, 3_600)

    await load(provider, CHAT_8B, 16_384)

    assert {one.key: (one.jit, one.ttl_s) for one in emulator.state.instances} == {
        MODEL: (True, 3_600),
        CHAT_8B: (False, None),
    }


async def test_q28_what_is_loaded_into_an_empty_memory_is_known_to_go_when_idle(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.instances.clear()

    loaded = await load(provider, CHAT_8B, 16_384)

    assert loaded.idle_ttl_s == emulator.state.instances[0].ttl_s


async def test_q32_a_model_is_loaded_with_the_window_that_was_asked_for(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    model = await load(provider, CHAT_8B, 16_384)

    assert model.window_tokens == 16_384
    assert {instance.key: instance.context_length for instance in emulator.state.instances} == {
        MODEL: 32_768,
        CHAT_8B: 16_384,
    }


@pytest.mark.parametrize(
    ("knobs", "granted"),
    [({"load_reduces_context": 8_192}, 8_192), ({"load_ignores_context": True}, 4_096)],
    ids=["reduced", "ignored"],
)
async def test_q33_the_window_that_counts_is_the_one_that_was_granted(
    emulator: Emulator, provider: LmStudioProvider, knobs: dict[str, object], granted: int
) -> None:
    for knob, value in knobs.items():
        setattr(emulator.faults, knob, value)

    assert (await load(provider, CHAT_8B, 16_384)).window_tokens == granted


async def test_q34_a_model_that_is_there_is_not_loaded_a_second_time(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    first, second = await asyncio.gather(load(provider, CHAT_8B, 8_192), load(provider, CHAT_8B, 8_192))
    again = await load(provider, MODEL)

    assert first.id == second.id == CHAT_8B
    assert again.id == MODEL
    assert [instance.id for instance in emulator.state.instances] == [MODEL, CHAT_8B]


class Swapping(Recorder):
    """Has the server hold another model, once the one that is asked was looked at."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self._state = emulator.state

    async def show(self, event: Event) -> None:
        await super().show(event)
        if isinstance(event, PromptProgress):
            self._state.instances.clear()
            self._state.load(self._state.models[1], 16_384)


async def test_q35_another_model_than_the_one_that_was_asked_is_told(conversation: Conversation) -> None:
    state = conversation.emulator.state
    state.faults.any_name_served = True
    recorder = conversation.recorder = Swapping(conversation.emulator)
    async with conversation.bench.session(recorder) as session:
        await session.submit("hello")

    assert f"{CHAT_8B} answered, although {MODEL} was asked" in conversation.told


@pytest.mark.parametrize("name", [MODEL, "coder-30b-a3b", f"{MODEL}@q4_k_m", MODEL.upper()])
async def test_q36_a_model_is_found_under_each_of_its_names(provider: LmStudioProvider, name: str) -> None:
    assert (await provider.resolve_model(name)).id == MODEL


async def test_q37_a_model_that_is_not_loaded_is_never_picked_by_itself(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.instances.clear()

    with pytest.raises(NoModelLoaded):
        await provider.resolve_model("")


async def test_q38_looking_whether_the_server_is_there_loads_nothing(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    await provider.open()
    await provider.list_models()
    await provider.resolve_model(CHAT_8B)

    assert {request.method for request in emulator.requests} == {"GET"}


async def test_q52_a_refused_token_is_repeated_nowhere(emulator: Emulator) -> None:
    emulator.settings.token = "sk-lm-abcdefgh:0123456789abcdefghij"
    secret = "sk-lm-zyxwvuts:0123456789abcdefghij"
    async with aclosing(LmStudioProvider(base_url=emulator.url, api_key=secret)) as provider:
        with pytest.raises(Unauthorized) as raised:
            await provider.list_models()

    assert "sk-lm" not in f"{raised.value.message} {raised.value.hint}"


async def test_q53_a_refused_load_is_told_in_the_servers_words_and_tried_once(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.faults.load_fails = "insufficient system resources: 31.2 GB needed"

    with pytest.raises(LoadRefused, match=r"31\.2 GB") as raised:
        await load(provider, CHAT_8B, 16_384)

    assert "smaller" in raised.value.hint
    loads = [asked.path for asked in emulator.requests if asked.method == "POST"]
    assert loads == ["/api/v1/models/load"]
    assert [instance.key for instance in emulator.state.instances] == [MODEL]


async def test_q57_a_download_counts_once_the_model_is_listed(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    assert provider.lifecycle is not None
    name = emulator.state.catalog[0].key
    async with aclosing(provider.lifecycle.download(name)) as steps:
        progress = [step async for step in steps]

    assert isinstance(progress[-1], DownloadProgress)
    assert progress[-1].state == "completed"
    assert name in {model.key for model in await provider.list_models()}


async def test_q58_a_model_for_embeddings_is_not_offered_for_chat(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    with pytest.raises(ModelNotFound, match="not a model that can chat"):
        await provider.resolve_model("text-embedding-mini")

    vectors = await provider.embed("text-embedding-mini", ["one", "two"])

    assert len(vectors) == 2
    with pytest.raises(ModelNotFound):
        await provider.embed(MODEL, ["one"])
