"""Tools that the emulated server runs by itself: its plugins, and MCP servers that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulated import ask, data_of, names_of
from vtcode.providers.script import ServerCall, Turn

if TYPE_CHECKING:
    import httpx

    from tests.support.emulator import Emulator

CHAT = "/api/v1/chat"
TOKEN = "sk-lm-AbCdEfGh:0123456789abcdefghij"
EPHEMERAL = {"type": "ephemeral_mcp", "server_label": "web", "server_url": "https://mcp.example.com/sse"}
RUN = ServerCall(tool="search", arguments={"query": "x"}, output="[]")


async def refusal(http: httpx.AsyncClient, *integrations: object) -> tuple[int, dict[str, Any]]:
    answer = await ask(http, CHAT, stream=False, integrations=integrations)
    return answer.status_code, answer.json()["error"]


async def test_a_run_is_told_in_its_own_events_and_the_prompt_is_read_again(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.allow_ephemeral_mcp = True
    emulator.script(Turn(server_calls=(RUN,), text="Nothing found."))
    answer = await ask(http, CHAT, integrations=[EPHEMERAL])
    names = [name for name in names_of(answer) if "progress" not in name]
    assert names == [
        "chat.start",
        *("prompt_processing.start", "prompt_processing.end"),
        *("tool_call.start", "tool_call.name", "tool_call.arguments", "tool_call.success"),
        *("prompt_processing.start", "prompt_processing.end"),
        *("message.start", "message.delta", "message.end", "chat.end"),
    ]
    call = data_of(answer, "chat.end")[0]["result"]["output"][0]
    assert call == {
        "type": "tool_call",
        "tool": "search",
        "arguments": {"query": "x"},
        "output": "[]",
        "provider_info": {"type": "ephemeral_mcp", "server_label": "web"},
    }


async def test_a_tool_that_is_not_allowed_is_not_run(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.settings.allow_ephemeral_mcp = True
    emulator.script(Turn(server_calls=(RUN,)))
    answer = await ask(http, CHAT, integrations=[EPHEMERAL | {"allowed_tools": ["fetch"]}])
    failure = data_of(answer, "tool_call.failure")[0]
    assert failure["metadata"]["type"] == "invalid_name"
    output = data_of(answer, "chat.end")[0]["result"]["output"]
    assert [item["type"] for item in output] == ["invalid_tool_call"]


async def test_a_plugin_runs_with_the_setting_and_a_token(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.allow_plugins = True
    emulator.settings.token = TOKEN
    http.headers["Authorization"] = f"Bearer {TOKEN}"
    emulator.script(Turn(server_calls=(RUN,)))
    answer = await ask(http, CHAT, stream=False, integrations=["mcp/files"])
    call = answer.json()["output"][0]
    assert call["provider_info"] == {"type": "plugin", "plugin_id": "mcp/files"}


async def test_without_a_permission_it_is_a_403_that_names_it(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.allow_plugins = True
    for integration, named in [
        ("mcp/files", "plugin 'mcp/files'"),
        (EPHEMERAL, "ephemeral MCP server 'web'"),
    ]:
        status, error = await refusal(http, integration)
        assert (status, error["code"], error["param"]) == (403, None, "integrations")
        assert f"Permission denied to use {named}." in error["message"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/mcp", "http://localhost/mcp", "http://10.0.0.7/"])
async def test_an_ephemeral_server_needs_a_public_address(
    emulator: Emulator, http: httpx.AsyncClient, address: str
) -> None:
    emulator.settings.allow_ephemeral_mcp = True
    _, error = await refusal(http, EPHEMERAL | {"server_url": address})
    assert error["type"] == "mcp_connection_error"


async def test_a_plugin_that_does_not_exist_can_not_be_connected_to(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.allow_plugins = True
    emulator.settings.token = TOKEN
    http.headers["Authorization"] = f"Bearer {TOKEN}"
    _, error = await refusal(http, {"type": "plugin", "id": "mcp/Files"})
    assert error["type"] == "plugin_connection_error"


async def test_keys_of_an_integration_are_checked_too(http: httpx.AsyncClient) -> None:
    _, error = await refusal(http, {"type": "plugin", "id": "x", "url": "y"})
    assert error["code"] == "unrecognized_keys"
    _, error = await refusal(http, {"type": "other"})
    assert error["code"] == "invalid_union"


async def test_a_stream_tells_it_inside_the_stream(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.settings.allow_ephemeral_mcp = True
    answer = await ask(http, CHAT, integrations=[EPHEMERAL | {"server_url": "http://127.0.0.1/"}])
    assert names_of(answer) == ["chat.start", "error", "chat.end"]


async def test_responses_name_a_server_of_tools_by_its_address(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    tool = {"type": "mcp", "server_label": "web", "server_url": "https://mcp.example.com/sse"}
    refused = await ask(http, "/v1/responses", tools=[tool])
    assert (refused.status_code, refused.json()["error"]["param"]) == (403, "tools")
    nowhere = await ask(http, "/v1/responses", tools=[{"type": "mcp", "server_label": "web"}])
    assert nowhere.json()["error"]["type"] == "external_connector_error"
    assert nowhere.json()["error"]["code"] == "http_error"
    emulator.settings.allow_ephemeral_mcp = True
    emulator.script(Turn(server_calls=(RUN,), text="Nothing found."))
    answer = await ask(http, "/v1/responses", tools=[tool], stream=False)
    call, message = answer.json()["output"]
    assert (call["type"], call["name"], call["output"]) == ("mcp_call", "search", "[]")
    assert message["content"][0]["text"] == "Nothing found."
