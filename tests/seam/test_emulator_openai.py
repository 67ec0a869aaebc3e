"""The emulator's OpenAI surfaces and `/api/v0`, beyond a plain chat completion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulated import MODEL, OTHER, WHOLE, ask, data_of, deltas_of, events_of
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    import httpx

    from tests.support.emulator import Emulator

CHAT = "/v1/chat/completions"
PNG = "data:image/png;base64,iVBORw0KGgo="


def showing(url: str) -> list[dict[str, Any]]:
    parts = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"response_format": {"type": "json_object"}}, "must be 'json_schema' or 'text'"),
        ({"response_format": {"type": "json_schema"}}, "schema' is required"),
        ({"tool_choice": "read_file"}, "Supported string values: none, auto, required"),
        ({"messages": [{"role": "user", "content": None}]}, "Invalid 'content'"),
        ({"messages": [{"role": "user", "content": [{"type": "input_text"}]}]}, "Invalid 'content'"),
        ({"messages": showing("https://example.com/a.png")}, "must be a base64 encoded image"),
        ({"messages": showing("data:image/webp;base64,UklGRg==")}, "must be a base64 encoded image"),
        ({"messages": showing("data:image/png;base64,UklGRg==")}, "must be a base64 encoded image"),
        ({"messages": showing("data:image/png;base64,%%%")}, "must be a base64 encoded image"),
    ],
    ids=["object", "no schema", "choice", "null", "part", "address", "webp", "not a png", "not base64"],
)
async def test_what_it_does_not_take_is_a_400_with_a_string(
    http: httpx.AsyncClient, fields: dict[str, object], said: str
) -> None:
    answer = await ask(http, CHAT, **fields)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


@pytest.mark.parametrize("kind", ["text", "json_schema"])
async def test_a_schema_and_text_are_taken(http: httpx.AsyncClient, kind: str) -> None:
    wanted = {"type": kind, "json_schema": {"name": "answer", "schema": {"type": "object"}}}
    assert (await ask(http, CHAT, response_format=wanted)).status_code == 200


async def test_an_image_needs_a_model_with_eyes(emulator: Emulator, http: httpx.AsyncClient) -> None:
    blind = await ask(http, CHAT, messages=showing(PNG))
    assert "does not support images" in data_of(blind, "error")[0]["message"]
    emulator.state.models[0].vision = True
    seen = (await ask(http, CHAT, messages=showing(PNG), stream=False)).json()
    assert 256 < seen["usage"]["prompt_tokens"] < 300


async def test_an_assistant_may_say_nothing_beside_its_calls(http: httpx.AsyncClient) -> None:
    call = {"id": "7", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "developer", "content": "Be short."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "7", "content": "done"},
    ]
    assert (await ask(http, CHAT, messages=messages)).status_code == 200


async def test_the_limit_cuts_text_and_arguments_and_is_the_reason(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(WHOLE)
    body = (await ask(http, CHAT, stream=False, max_tokens=10)).json()
    choice = body["choices"][0]
    assert choice["finish_reason"] == "length"
    arguments = choice["message"]["tool_calls"][0]["function"]["arguments"]
    assert '{"path": "a/long/path.txt"}'.startswith(arguments)
    assert body["usage"]["completion_tokens"] == 10


async def test_a_window_that_fills_up_ends_the_reply(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.state.instances[0].context_length = 100
    emulator.script(Turn(text="x" * 1000))
    body = (await ask(http, CHAT, stream=False)).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["total_tokens"] == 100


async def test_reasoning_can_be_switched_off_where_the_model_has_the_switch(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(WHOLE, WHOLE)
    assert any(
        "reasoning_content" in delta for delta in deltas_of(await ask(http, CHAT, reasoning_effort="none"))
    )
    emulator.state.models[0].reasoning = ("off", "on")
    deltas = deltas_of(await ask(http, CHAT, reasoning_effort="none"))
    assert not any("reasoning_content" in delta for delta in deltas)


async def test_an_unknown_model_is_told_what_there_is(http: httpx.AsyncClient) -> None:
    answer = await ask(http, CHAT, model="nope")
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (404, "model", "model_not_found")
    assert error["message"].endswith(f"Your models:\n\n{MODEL}\n{OTHER}\ntext-embedding-mini")


async def test_a_model_for_embeddings_does_not_chat(http: httpx.AsyncClient) -> None:
    answer = await ask(http, CHAT, model="text-embedding-mini")
    assert "is not an LLM" in answer.json()["error"]


async def test_loading_on_request_can_be_off(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.settings.jit = False
    error = (await ask(http, CHAT, model=OTHER)).json()["error"]
    assert error["message"].startswith("No models loaded.")
    assert error["code"] is None


async def test_v0_adds_its_statistics_to_a_whole_reply(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.script(WHOLE)
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    body = (await http.post("/api/v0/chat/completions", json=asked)).json()
    assert body["stats"]["stop_reason"] == "toolCalls"
    assert body["model_info"] == {
        "arch": "qwen3moe",
        "quant": "Q4_K_M",
        "format": "gguf",
        "context_length": 32768,
    }
    assert body["runtime"]["supported_formats"]
    assert body["choices"][0]["message"]["content"] == WHOLE.text
    streamed = await http.post("/api/v0/chat/completions", json=asked | {"stream": True})
    assert all("stats" not in data for _, data in events_of(streamed))


async def test_v0_lists_models_and_tells_of_one(http: httpx.AsyncClient) -> None:
    entries = (await http.get("/api/v0/models")).json()["data"]
    assert [(entry["type"], entry["state"]) for entry in entries] == [
        ("llm", "loaded"),
        ("llm", "not-loaded"),
        ("embeddings", "not-loaded"),
    ]
    assert (await http.get(f"/api/v0/models/{MODEL}")).json() == entries[0]
    assert entries[0]["loaded_context_length"] == 32768
    assert "loaded_context_length" not in entries[1]
    assert (await http.get("/api/v0/models/acme/nope")).status_code == 404


@pytest.mark.parametrize("root", ["/v1", "/api/v0"])
async def test_a_text_goes_on_without_a_template(
    emulator: Emulator, http: httpx.AsyncClient, root: str
) -> None:
    emulator.script(Turn(text="upon a time"), Turn(text="upon a time"))
    asked = {"model": MODEL, "prompt": "Once"}
    body = (await http.post(f"{root}/completions", json=asked)).json()
    assert (body["object"], body["choices"][0]["text"]) == ("text_completion", "upon a time")
    assert ("runtime" in body) == (root == "/api/v0")
    *chunks, (_, done) = events_of(await http.post(f"{root}/completions", json=asked | {"stream": True}))
    assert "".join(data["choices"][0]["text"] for _, data in chunks) == "upon a time"
    assert done == "[DONE]"
    assert (await http.post(f"{root}/completions", json={"model": MODEL})).status_code == 400


async def test_a_text_always_has_the_same_vector(http: httpx.AsyncClient) -> None:
    asked = {"model": "text-embedding-mini", "input": ["one", "two", "one"]}
    body = (await http.post("/v1/embeddings", json=asked)).json()
    first, second, third = [entry["embedding"] for entry in body["data"]]
    assert first == third != second
    assert all(-1 <= number <= 1 for number in first)
    assert body["usage"] == {"prompt_tokens": 0, "total_tokens": 0}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"model": "text-embedding-mini", "input": [1, 2]}, "must be a string or an array of strings"),
        ({"model": MODEL, "input": "one"}, "Model is not embedding"),
    ],
    ids=["tokens", "chat model"],
)
async def test_a_vector_needs_a_text_and_the_right_model(
    http: httpx.AsyncClient, asked: dict[str, object], said: str
) -> None:
    answer = await http.post("/v1/embeddings", json=asked)
    assert (answer.status_code, said in answer.json()["error"]) == (400, True)


async def test_bodies_that_are_no_object_are_refused(http: httpx.AsyncClient) -> None:
    for content in (b"[]", b"{", b""):
        assert (await http.post(CHAT, content=content)).status_code == 400


async def test_tools_count(http: httpx.AsyncClient) -> None:
    tool = {"type": "function", "function": {"name": "f", "description": "x" * 400}}
    plain, armed = [
        (await ask(http, CHAT, stream=False, tools=tools)).json()["usage"]["prompt_tokens"]
        for tools in ([], [tool])
    ]
    assert armed - plain == -(-len(json.dumps([tool])) // 4)
