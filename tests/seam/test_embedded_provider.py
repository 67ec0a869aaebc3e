from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.embedded import starter_cache_folder, starter_model_path
from vtcode.errors import EngineFailed, ModelCrashed
from vtcode.messages import SystemMessage, UserMessage
from vtcode.providers.base import CompletedPart, LoadingPart, PrefillPart, Request, Sampling, TextPart
from vtcode.providers.embedded import EmbeddedProvider
from vtcode.providers.embedded_starter import STARTER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from vtcode.providers.base import Part

DEADLINE_S = 30.0


@pytest.fixture(scope="module", autouse=True)
def _model() -> None:
    starter_model_path()


@pytest.fixture
async def provider() -> AsyncIterator[EmbeddedProvider]:
    provider = EmbeddedProvider("embedded", None, None, starter_cache_folder())
    yield provider
    await provider.aclose()


def ask(text: str, *, max_tokens: int | None = 24) -> Request:
    messages = (SystemMessage(text="Answer in one short sentence."), UserMessage(text=text))
    sampling = Sampling(temperature=0.0, max_tokens=max_tokens)
    return Request(model=STARTER.id, messages=messages, sampling=sampling)


async def parts_of(provider: EmbeddedProvider, request: Request) -> list[Part]:
    async with aclosing(provider.stream_reply(request)) as stream:
        return [part async for part in stream]


async def test_the_starter_model_answers(provider: EmbeddedProvider) -> None:
    parts = await parts_of(provider, ask("What is the capital of France?"))
    assert parts[0] == LoadingPart(model=STARTER.id, progress=None)
    completed = parts[-1]
    assert isinstance(completed, CompletedPart)
    assert "Paris" in completed.message.text
    assert completed.message.text == "".join(part.text for part in parts if isinstance(part, TextPart))
    assert completed.usage is not None
    assert completed.usage.completion_tokens > 0


async def test_a_loaded_model_is_not_loaded_again(provider: EmbeddedProvider) -> None:
    await provider.resolve_model("")
    parts = await parts_of(provider, ask("Hello"))
    assert not [part for part in parts if isinstance(part, LoadingPart)]


async def test_choosing_a_model_says_which_window_it_really_has() -> None:
    provider = EmbeddedProvider("embedded", None, 1_024, starter_cache_folder())
    try:
        model = await provider.resolve_model("")
    finally:
        await provider.aclose()
    assert (model.id, model.state, model.window_tokens) == (STARTER.id, "loaded", 1_024)


async def test_the_list_shows_the_loaded_model_first(provider: EmbeddedProvider) -> None:
    before = await provider.list_models()
    assert {model.state for model in before} == {"downloaded"}
    await provider.resolve_model("")
    first = (await provider.list_models())[0]
    assert (first.state, first.window_tokens) == ("loaded", STARTER.window_tokens)


async def test_reading_a_long_prompt_is_told_in_steps(provider: EmbeddedProvider) -> None:
    parts = await parts_of(provider, ask("One word is not enough. " * 60, max_tokens=1))
    steps = [part.processed_tokens for part in parts if isinstance(part, PrefillPart)]
    assert len(steps) > 1
    assert steps == sorted(steps)


async def test_closing_the_stream_stops_the_generation(provider: EmbeddedProvider) -> None:
    request = ask("Count from one to ten thousand, and do not stop.", max_tokens=None)
    async with aclosing(provider.stream_reply(request)) as stream:
        async for part in stream:
            if isinstance(part, TextPart):
                break
    assert provider.engine
    headers = {"Authorization": f"Bearer {provider.engine.key}"}
    url = provider.engine.base_url.removesuffix("/v1") + "/slots"
    async with httpx.AsyncClient(headers=headers) as client, asyncio.timeout(DEADLINE_S):
        while (await client.get(url)).json()[0]["is_processing"]:  # noqa: ASYNC110  (another process)
            await asyncio.sleep(0.02)


async def killed_at_the_first_word(provider: EmbeddedProvider, request: Request) -> None:
    async with aclosing(provider.stream_reply(request)) as stream:
        async for part in stream:
            if isinstance(part, TextPart) and provider.engine:
                os.kill(provider.engine.pid, signal.SIGKILL)


async def test_a_killed_engine_is_an_error_with_a_next_step_and_the_next_request_starts_it_again(
    provider: EmbeddedProvider,
) -> None:
    await provider.resolve_model("")
    with pytest.raises(ModelCrashed, match="killed by signal 9") as failure:
        await killed_at_the_first_word(provider, ask("Tell a long story.", max_tokens=None))
    assert failure.value.hint
    assert isinstance((await parts_of(provider, ask("Hello")))[-1], CompletedPart)


async def test_a_file_that_is_no_model_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("not a model")
    provider = EmbeddedProvider("embedded", tmp_path / "notes.gguf", None, starter_cache_folder())
    with pytest.raises(EngineFailed, match="is not a GGUF file"):
        await provider.open()
    with pytest.raises(EngineFailed, match="There is no model file"):
        await provider.resolve_model(str(tmp_path / "missing.gguf"))
    assert provider.engine is None


async def test_a_model_given_by_path_replaces_the_one_in_memory(
    provider: EmbeddedProvider, tmp_path: Path
) -> None:
    await provider.resolve_model("")
    assert provider.engine
    first = provider.engine
    path = tmp_path / "mine.gguf"
    path.symlink_to(starter_model_path())
    model = await provider.resolve_model(str(path))
    assert model.display_name == "mine"
    assert not first.alive
    assert isinstance((await parts_of(provider, ask("Hello")))[-1], CompletedPart)
