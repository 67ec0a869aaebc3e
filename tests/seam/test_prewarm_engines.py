"""Warming the caches of real engines: llama.cpp in a child process, and llama.cpp's own server."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.embedded import starter_cache_folder, starter_model_path
from tests.support.llama_cpp import LlamaCppServer
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.events import ReplyCompleted
from vtcode.providers.openai_compatible import OpenAICompatibleProvider

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.session.session import Session

pytestmark = pytest.mark.usefixtures("_model")


@pytest.fixture(scope="module")
def _model() -> None:
    starter_model_path()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "cache").symlink_to(starter_cache_folder())
    settings = ["agent.provider=embedded", "providers.embedded.window_tokens=4096"]
    return Bench(tmp_path, [*settings, 'models."smollm2-135m-instruct".max_tokens=8'])


async def warm(session: Session) -> None:
    session.prewarm.start()
    assert session.prewarm.running
    await session.prewarm.running


async def test_after_warming_enter_costs_the_new_words_alone(bench: Bench) -> None:
    recorder = Recorder()
    async with bench.session(recorder) as session:
        await warm(session)
        await session.submit("hello there")
        await warm(session)
        await session.submit("and now?")

    for reply in recorder.of(ReplyCompleted):
        assert not reply.usage.cached_estimated
        assert reply.usage.prompt_tokens > 500
        assert reply.usage.prompt_tokens - (reply.usage.cached_tokens or 0) < 32


async def test_a_message_that_comes_early_breaks_the_warming_off(bench: Bench) -> None:
    recorder = Recorder()
    async with bench.session(recorder) as session:
        session.prewarm.start()
        await session.submit("hello there")
    assert len(recorder.of(ReplyCompleted)) == 1


async def test_llama_cpp_tells_whether_a_slot_is_at_work() -> None:
    with LlamaCppServer(starter_model_path()) as server:
        async with aclosing(OpenAICompatibleProvider("llama", server.url)) as provider:
            assert await provider.is_idle()
            async with httpx.AsyncClient(base_url=server.url, timeout=None) as other:
                told = {"messages": [{"role": "user", "content": "Count."}], "stream": True}
                async with other.stream("POST", "/v1/chat/completions", json=told) as reply:
                    await anext(reply.aiter_bytes())
                    assert not await provider.is_idle()
