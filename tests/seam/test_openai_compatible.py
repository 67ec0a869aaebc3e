"""Servers with an OpenAI-style API, each with its own way to tell the window."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.support.raw_server import RawServer, chunked_stream, http_answer
from tests.support.replies import completed_of, reply_of
from vtcode.errors import ModelNotFound, NoModelLoaded, ServerUnreachable, Unauthorized, WindowExceeded
from vtcode.messages import Usage
from vtcode.providers.base import PrefillPart, TextPart
from vtcode.providers.openai_compatible import OpenAICompatibleProvider

CHAT = "/v1/chat/completions"
LLAMA_CPP = {
    "/v1/models": http_answer(
        {
            "object": "list",
            "data": [
                {
                    "id": "small.gguf",
                    "owned_by": "llamacpp",
                    "meta": {"n_ctx_train": 8192, "size": 138_000_000},
                }
            ],
        }
    ),
    "/props": http_answer({"default_generation_settings": {"n_ctx": 4096}, "total_slots": 1}),
}


def provider_at(url: str, api_key: str | None = None) -> aclosing[OpenAICompatibleProvider]:
    return aclosing(OpenAICompatibleProvider("box", url, api_key))


def models(*entries: dict[str, Any]) -> bytes:
    return http_answer({"object": "list", "data": list(entries)})


def event(payload: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(payload)}\n\n".encode()


def ending(**fields: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **fields})


async def test_llama_cpps_window_is_the_one_of_a_slot() -> None:
    async with RawServer(LLAMA_CPP) as server, provider_at(server.url) as provider:
        await provider.open()
        model = await provider.resolve_model("")
    assert (model.id, model.state) == ("small.gguf", "loaded")
    assert (model.window_tokens, model.max_window_tokens) == (4096, 8192)


async def test_llama_cpp_is_asked_for_its_progress_and_tells_it() -> None:
    stream = chunked_stream(
        event({"choices": [], "prompt_progress": {"total": 9, "cache": 4, "processed": 9, "time_ms": 5}}),
        event({"choices": [{"index": 0, "delta": {"content": "ok"}}]}),
        ending(timings={"cache_n": 4, "prompt_n": 5, "predicted_n": 2, "predicted_per_second": 20.0}),
        b"data: [DONE]\n\n",
    )
    async with RawServer({**LLAMA_CPP, CHAT: stream}) as server, provider_at(server.url) as provider:
        await provider.resolve_model("small.gguf")
        progress, text, completed = await reply_of(provider, "small.gguf")
    assert progress == PrefillPart(processed_tokens=9, total_tokens=9, cached_tokens=4)
    assert text == TextPart(text="ok")
    assert completed.tokens_per_s == 20.0  # type: ignore[union-attr]
    assert completed.usage == Usage(prompt_tokens=9, completion_tokens=2, cached_tokens=4)  # type: ignore[union-attr]
    assert b'"return_progress":true' in server.requests[-1]


async def test_other_servers_are_not_sent_a_key_that_they_may_refuse() -> None:
    stream = chunked_stream(event({"choices": [{"delta": {"content": "ok"}}]}), ending())
    answers = {"/v1/models": models({"id": "m", "owned_by": "vllm", "max_model_len": 4096}), CHAT: stream}
    async with RawServer(answers) as server, provider_at(server.url) as provider:
        await provider.resolve_model("")
        await reply_of(provider, "m")
    assert b"return_progress" not in server.requests[-1]


async def test_vllms_window_stands_in_its_list() -> None:
    answers = {"/v1/models": models({"id": "qwen", "owned_by": "vllm", "max_model_len": 16_384})}
    async with RawServer(answers) as server, provider_at(f"{server.url}/v1/") as provider:
        model = await provider.resolve_model("")
    assert (model.state, model.window_tokens) == ("loaded", 16_384)


async def test_ollamas_window_is_the_one_of_what_runs() -> None:
    answers = {
        "/v1/models": models({"id": "a:7b", "owned_by": "library"}, {"id": "b:3b", "owned_by": "library"}),
        "/api/ps": http_answer({"models": [{"name": "b:3b", "context_length": 4096}]}),
    }
    async with RawServer(answers) as server, provider_at(server.url) as provider:
        running, idle = await provider.list_models()
        assert (await provider.resolve_model("")).id == "b:3b"
    assert (running.id, running.state, running.window_tokens) == ("b:3b", "loaded", 4096)
    assert (idle.id, idle.state, idle.window_tokens) == ("a:7b", "downloaded", None)


async def test_a_server_that_lists_nothing_takes_any_name() -> None:
    async with RawServer({"/v1/models": models()}) as server, provider_at(server.url) as provider:
        assert (await provider.resolve_model("anything")).id == "anything"
        with pytest.raises(NoModelLoaded):
            await provider.resolve_model("")


async def test_an_unknown_name_is_not_found() -> None:
    async with RawServer(LLAMA_CPP) as server, provider_at(server.url) as provider:
        with pytest.raises(ModelNotFound):
            await provider.resolve_model("large")


async def test_lm_studio_answers_as_such_a_server_too() -> None:
    with Emulator() as emulator:
        async with provider_at(emulator.url) as provider:
            await provider.open()
            assert (await completed_of(provider, "acme/coder-30b-a3b")).message.text == "You said: hello"


async def test_llama_cpps_overflow_is_recognised() -> None:
    error = {"code": 400, "message": "the request exceeds the context", "type": "exceed_context_size_error"}
    answers = {CHAT: http_answer({"error": error}, status="400 Bad Request")}
    async with RawServer(answers) as server, provider_at(server.url) as provider:
        with pytest.raises(WindowExceeded):
            await reply_of(provider, "m")


async def test_a_refused_key_is_told_without_the_key() -> None:
    refusal = http_answer({"error": {"message": "Invalid API Key hunter2"}}, status="401 Unauthorized")
    async with (
        RawServer({"/v1/models": refusal}) as server,
        provider_at(server.url, "hunter2-secret") as provider,
    ):
        with pytest.raises(Unauthorized) as caught:
            await provider.open()
    assert b"Bearer hunter2-secret" in server.requests[0]
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"
    assert "api_key_env" in caught.value.hint


async def test_a_server_that_still_loads_its_model_is_told_as_such() -> None:
    loading = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    answers = {"/v1/models": http_answer(loading, status="503 Service Unavailable")}
    async with RawServer(answers) as server, provider_at(server.url) as provider:
        with pytest.raises(Exception, match="Loading model"):
            await provider.open()


async def test_nobody_listening_is_unreachable() -> None:
    async with provider_at("http://127.0.0.1:9") as provider:
        with pytest.raises(ServerUnreachable):
            await provider.open()
