"""The emulated LM Studio, asked without our client: it has to be like the real one, not like us."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from vtcode.emulator import run_emulator
from vtcode.emulator.server import bound_socket
from vtcode.errors import UsageError
from vtcode.providers.script import ScriptedCall, Turn

if TYPE_CHECKING:
    import httpx

    from tests.support.emulator import Emulator

MODEL = "acme/coder-30b-a3b"
HELLO = [{"role": "user", "content": "hello"}]


async def chat(http: httpx.AsyncClient, **fields: object) -> httpx.Response:
    return await http.post("/v1/chat/completions", json={"model": MODEL, "messages": HELLO, **fields})


def chunks(response: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


async def test_an_unknown_endpoint_is_a_200_with_an_error(http: httpx.AsyncClient) -> None:
    response = await http.get("/v1//models")
    assert response.status_code == 200
    assert response.json() == {"error": "Unexpected endpoint or method. (GET /v1//models)"}


async def test_a_reply_that_is_not_streamed_has_empty_calls_and_counts(http: httpx.AsyncClient) -> None:
    body = (await chat(http)).json()
    message = body["choices"][0]["message"]
    assert (message["content"], message["tool_calls"]) == ("You said: hello", [])
    assert body["usage"]["total_tokens"] > 0


async def test_a_stream_tells_its_calls_in_fragments_and_its_usage_last(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(calls=(ScriptedCall(name="read_file", arguments={"path": "a"}, id="7"),)))
    *pieces, usage = chunks(await chat(http, stream=True, stream_options={"include_usage": True}))
    deltas = [piece["choices"][0]["delta"] for piece in pieces]
    first, *rest = (delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta)
    assert (first["id"], first["function"]["arguments"]) == ("7", "")
    assert json.loads("".join(piece["function"]["arguments"] for piece in rest)) == {"path": "a"}
    assert pieces[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert usage["choices"] == []
    assert usage["usage"]["prompt_tokens"] > 0


async def test_usage_is_streamed_only_where_it_was_asked_for(http: httpx.AsyncClient) -> None:
    assert all("usage" not in chunk for chunk in chunks(await chat(http, stream=True)))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"messages": None}, "'messages' field is required"),
        ({"messages": "x"}, "Invalid 'messages' in payload"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": ""}]}]}, "Invalid 'messages' in payload"),
        ({"tool_choice": {"type": "function"}}, "Invalid tool_choice type"),
        ({"tools": [{"function": {"name": "f", "parameters": {}}}]}, "invalid_union_discriminator"),
        ({"messages": [{"role": "user", "content": "x" * 140_000}]}, "greater than the context length"),
    ],
    ids=["missing", "string", "empty id", "tool choice", "schema", "too long"],
)
async def test_what_the_real_one_refuses_is_refused_with_a_string(
    http: httpx.AsyncClient, fields: dict[str, object], said: str
) -> None:
    response = await chat(http, **fields)
    assert response.status_code == 400
    assert said in response.json()["error"]


async def test_unknown_keys_are_ignored_there_and_refused_on_the_native_surface(
    http: httpx.AsyncClient,
) -> None:
    assert (await chat(http, whatever=1)).status_code == 200
    refused = await http.post("/api/v1/models/load", json={"model": MODEL, "ttl": 5})
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "unrecognized_keys"


async def test_loading_what_is_loaded_makes_a_second_instance(http: httpx.AsyncClient) -> None:
    wanted = {"model": MODEL, "context_length": 8192, "echo_load_config": True}
    loaded = (await http.post("/api/v1/models/load", json=wanted)).json()
    assert (loaded["instance_id"], loaded["load_config"]["context_length"]) == (f"{MODEL}:2", 8192)
    listed = (await http.get("/api/v1/models")).json()["models"][0]["loaded_instances"]
    assert [instance["id"] for instance in listed] == [MODEL, f"{MODEL}:2"]
    unloaded = await http.post("/api/v1/models/unload", json={"instance_id": f"{MODEL}:2"})
    assert unloaded.json() == {"instance_id": f"{MODEL}:2"}
    assert (await http.post("/api/v1/models/unload", json={"model": MODEL})).status_code == 400


async def test_a_request_for_a_downloaded_model_loads_it_with_the_default_window(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    assert (await chat(http, model="acme/chat-8b")).status_code == 200
    assert emulator.state.instances[-1].context_length == 4096


async def test_with_jit_loading_off_only_what_is_loaded_is_listed(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.jit = False
    assert [entry["id"] for entry in (await http.get("/v1/models")).json()["data"]] == [MODEL]


@pytest.mark.parametrize(
    ("headers", "said"),
    [({}, "none was provided"), ({"Authorization": "Bearer lm-studio-key"}, "Malformed")],
)
async def test_without_the_token_every_request_is_a_401(
    emulator: Emulator, http: httpx.AsyncClient, headers: dict[str, str], said: str
) -> None:
    emulator.settings.token = "sk-lm-AbCdEfGh:0123456789abcdefghij"
    response = await http.get("/lmstudio-greeting", headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_api_key"
    assert said in response.json()["error"]["message"]


async def test_requests_are_recorded_byte_for_byte(emulator: Emulator, http: httpx.AsyncClient) -> None:
    await http.post("/v1/chat/completions", content=b'{ "messages": 1 }')
    assert emulator.replies_asked[0].body == b'{ "messages": 1 }'


def test_a_port_that_is_taken_is_said_so() -> None:
    with bound_socket("127.0.0.1", 0) as taken, pytest.raises(UsageError, match="can listen"):
        bound_socket("127.0.0.1", taken.getsockname()[1])


def test_without_its_extra_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UsageError, match="uvicorn") as caught:
        run_emulator("127.0.0.1", 0)
    assert "pip install 'vtcode[emulator]'" in caught.value.hint
