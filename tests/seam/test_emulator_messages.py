"""The emulator's `/v1/messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulated import CALL, HELLO, WHOLE, ask, data_of, names_of
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    import httpx

    from tests.support.emulator import Emulator

PATH = "/v1/messages"
TOKEN = "sk-lm-AbCdEfGh:0123456789abcdefghij"


async def test_a_stream_has_a_block_for_each_kind_and_ends_with_its_reason(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(WHOLE)
    answer = await ask(http, PATH)
    block = ("content_block_start", "content_block_delta", "content_block_stop")
    assert names_of(answer) == ["message_start", *block * 3, "message_delta", "message_stop"]
    started = [data["content_block"]["type"] for data in data_of(answer, "content_block_start")]
    assert started == ["thinking", "text", "tool_use"]
    deltas = [data["delta"] for data in data_of(answer, "content_block_delta")]
    assert "".join(delta.get("partial_json", "") for delta in deltas) == CALL.arguments_text
    assert "".join(delta.get("text", "") for delta in deltas) == WHOLE.text
    assert data_of(answer, "message_delta")[0]["delta"]["stop_reason"] == "tool_use"
    assert data_of(answer, "message_start")[0]["message"]["usage"]["input_tokens"] > 0


async def test_what_is_not_streamed_is_a_message(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.script(WHOLE)
    body = (await ask(http, PATH, stream=False)).json()
    assert body["content"] == [
        {"type": "thinking", "thinking": WHOLE.reasoning, "signature": ""},
        {"type": "text", "text": WHOLE.text},
        {"type": "tool_use", "id": "7", "name": "read_file", "input": CALL.arguments},
    ]
    assert (body["role"], body["stop_reason"]) == ("assistant", "tool_use")


async def test_results_of_tools_and_images_are_blocks_of_the_user(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.state.models[0].vision = True
    use = {"type": "tool_use", "id": "7", "name": "read_file", "input": {"path": "a"}}
    image = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    messages: list[dict[str, Any]] = [
        *HELLO,
        {"role": "assistant", "content": [{"type": "text", "text": "I look."}, use]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "7", "content": "good morning"},
                {"type": "image", "source": image},
                {"type": "text", "text": "well?"},
            ],
        },
    ]
    body = (await ask(http, PATH, stream=False, system="Be short.", messages=messages)).json()
    assert body["content"][0]["text"] == "You said: well?"
    assert body["usage"]["input_tokens"] > 256


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages.0"),
        ({"messages": [{"role": "user", "content": []}]}, "messages.0"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content"),
        ({"tools": [{"name": "f", "input_schema": {}}]}, "tools.0"),
        ({"tool_choice": "auto"}, "tool_choice"),
    ],
    ids=["limit", "system", "empty", "block", "schema", "choice"],
)
async def test_what_it_does_not_take_is_refused_in_its_shape(
    http: httpx.AsyncClient, fields: dict[str, object], said: str
) -> None:
    answer = await ask(http, PATH, **fields)
    assert answer.status_code == 400
    assert answer.json()["type"] == "error"
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert said in answer.json()["error"]["message"]


async def test_a_token_may_come_in_its_own_header(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.settings.token = TOKEN
    http.headers["x-api-key"] = TOKEN
    assert (await ask(http, PATH)).status_code == 200
    refused = await ask(http, "/v1/chat/completions")
    assert (refused.status_code, refused.json()["error"]["param"]) == (401, None)


async def test_it_counts_no_tokens(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/messages/count_tokens", json={})
    assert answer.json() == {"error": "Unexpected endpoint or method. (POST /v1/messages/count_tokens)"}


async def test_a_failure_in_the_stream_is_an_event(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.script(Turn(text="half", error="Channel Error"))
    answer = await ask(http, PATH)
    assert names_of(answer)[-1] == "error"
    assert data_of(answer, "error")[0]["error"] == {"type": "api_error", "message": "Channel Error"}


async def test_the_limit_is_the_reason(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.script(Turn(text="x" * 100))
    body = (await ask(http, PATH, stream=False, max_tokens=2)).json()
    assert (body["stop_reason"], body["usage"]["output_tokens"]) == ("max_tokens", 2)
    assert body["content"] == [{"type": "text", "text": "x" * 8}]
