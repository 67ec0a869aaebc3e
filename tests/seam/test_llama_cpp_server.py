"""The client for OpenAI-style servers, and the whole program, against llama.cpp's real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from tests.support.embedded import starter_model_path
from tests.support.llama_cpp import LlamaCppServer
from tests.support.pictures import picture_file
from tests.support.program import run_vtcode
from vtcode.errors import ModelNotFound, WindowExceeded
from vtcode.messages import SystemMessage, UserMessage
from vtcode.providers.base import CompletedPart, Part, PrefillPart, Request, Sampling, TextPart, WaitingPart
from vtcode.providers.openai_compatible import OpenAICompatibleProvider

LONG = "The quick brown fox jumps over the lazy dog. " * 40
DEADLINE_S = 30.0
SCHEMA = {
    "type": "object",
    "properties": {"capital": {"enum": ["Paris", "Rome"]}},
    "required": ["capital"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaCppServer]:
    with LlamaCppServer(starter_model_path()) as running:
        yield running


@pytest.fixture
async def provider(server: LlamaCppServer) -> AsyncIterator[OpenAICompatibleProvider]:
    async with aclosing(OpenAICompatibleProvider("box", server.url)) as opened:
        await opened.open()
        yield opened


@pytest.fixture
def flags(server: LlamaCppServer) -> tuple[str, ...]:
    return (
        "--provider",
        "openai_compatible",
        "-c",
        f"providers.openai_compatible.base_url={server.url}",
        "-c",
        "agent.temperature=0",
    )


def asking(text: str, *, max_tokens: int = 24) -> Request:
    messages = (SystemMessage(text="Answer in one short sentence."), UserMessage(text=text))
    return Request(model="tiny", messages=messages, sampling=Sampling(temperature=0.0, max_tokens=max_tokens))


async def parts_of(provider: OpenAICompatibleProvider, request: Request) -> list[Part]:
    async with aclosing(provider.stream_reply(request)) as parts:
        return [part async for part in parts]


async def test_it_tells_the_window_the_slots_and_what_the_model_sees(
    provider: OpenAICompatibleProvider,
) -> None:
    model = await provider.resolve_model("")
    assert (model.id, model.state, model.window_tokens, model.parallel) == ("tiny", "loaded", 4_096, 1)
    assert model.vision is False
    assert model.tool_modes[0] == "structured"  # this model's template knows nothing of tools
    with pytest.raises(ModelNotFound, match="another"):
        await provider.resolve_model("another")


async def test_slots_share_the_window_that_the_server_was_started_with() -> None:
    with LlamaCppServer(starter_model_path(), window_tokens=4_096, slots=2) as shared:
        async with aclosing(OpenAICompatibleProvider("box", shared.url)) as provider:
            model = await provider.resolve_model("tiny")
            together = await asyncio.gather(*(parts_of(provider, asking(text)) for text in ("One.", "Two.")))
    assert (model.window_tokens, model.parallel) == (2_048, 2)
    assert not any(isinstance(part, WaitingPart) for parts in together for part in parts)


async def test_a_reply_streams_with_its_progress_usage_and_speed(
    provider: OpenAICompatibleProvider,
) -> None:
    parts = await parts_of(provider, asking(f"{LONG}\nWhat is the capital of France?"))
    progress = [part for part in parts if isinstance(part, PrefillPart)]
    assert len(progress) > 1
    assert progress[-1].processed_tokens == progress[-1].total_tokens
    completed = parts[-1]
    assert isinstance(completed, CompletedPart)
    assert completed.message.text == "".join(part.text for part in parts if isinstance(part, TextPart))
    assert completed.usage is not None
    assert completed.usage.prompt_tokens == progress[-1].total_tokens
    assert completed.tokens_per_s is not None


async def test_what_was_sent_before_need_not_be_read_again(provider: OpenAICompatibleProvider) -> None:
    await parts_of(provider, asking(f"{LONG}\nOne."))
    completed = (await parts_of(provider, asking(f"{LONG}\nTwo.")))[-1]
    assert isinstance(completed, CompletedPart)
    assert completed.usage is not None
    assert (completed.usage.cached_tokens or 0) > completed.usage.prompt_tokens * 0.8


async def test_a_prompt_larger_than_the_window_is_told_as_that(provider: OpenAICompatibleProvider) -> None:
    with pytest.raises(WindowExceeded):
        await parts_of(provider, asking(LONG * 20))


async def test_closing_the_stream_frees_the_slot(
    server: LlamaCppServer, provider: OpenAICompatibleProvider
) -> None:
    async with aclosing(provider.stream_reply(asking("Count to a thousand.", max_tokens=3_000))) as parts:
        async for part in parts:
            if isinstance(part, TextPart):
                break
    async with asyncio.timeout(DEADLINE_S), httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        while (await http.get("/slots")).json()[0]["is_processing"]:
            pass
    assert isinstance((await parts_of(provider, asking("Hello.")))[-1], CompletedPart)


def test_the_program_talks_to_it(server: LlamaCppServer, flags: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    done = run_vtcode("ask", "What is the capital of France?", *flags, cwd=tmp_path, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout


def test_the_program_gets_json_that_fits_a_schema(flags: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    question = ("ask", "What is the capital of France?", "--output-schema", "schema.json")
    done = run_vtcode(*question, *flags, cwd=tmp_path, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["capital"] in ("Paris", "Rome")


def test_the_program_says_that_this_model_sees_no_pictures(flags: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    picture_file(tmp_path / "shot.png")
    done = run_vtcode("ask", "What is in @shot.png?", *flags, cwd=tmp_path, home=tmp_path / "home")
    assert done.returncode == 1
    assert "tiny can't see pictures" in done.stderr
