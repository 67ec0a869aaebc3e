"""Asking the emulator without our client, and taking its streams apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vtcode.providers.script import ScriptedCall, Turn

if TYPE_CHECKING:
    import httpx

MODEL = "acme/coder-30b-a3b"
OTHER = "acme/chat-8b"
HELLO = [{"role": "user", "content": "hello"}]
CALL = ScriptedCall(name="read_file", arguments={"path": "a/long/path.txt"}, id="7")
WHOLE = Turn(reasoning="hm, let me see", text="I look into it.", calls=(CALL,))
SURFACES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": HELLO},
    "/v1/responses": {"input": "hello"},
    "/v1/messages": {"messages": HELLO, "max_tokens": 4096},
    "/api/v1/chat": {"input": "hello"},
}
"""Every way to ask for a reply, with the least that it takes besides the model."""


async def ask(http: httpx.AsyncClient, path: str, /, **fields: object) -> httpx.Response:
    """Ask for a reply at `path`, streamed unless told otherwise."""
    return await http.post(path, json={"model": MODEL, "stream": True, **SURFACES[path], **fields})


def events_of(response: httpx.Response) -> list[tuple[str, Any]]:
    """Return the names and the data of a stream's events; a name is empty where the event has none."""
    assert response.status_code == 200, response.text
    found = []
    for block in response.text.split("\n\n")[:-1]:
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        data = lines["data"]
        found.append((lines.get("event", ""), data if data == "[DONE]" else json.loads(data)))
    return found


def names_of(response: httpx.Response) -> list[str]:
    """Return the names of a stream's events, each run of one name told once."""
    names = [name for name, _ in events_of(response)]
    return [name for index, name in enumerate(names) if name != names[index - 1] or index == 0]


def data_of(response: httpx.Response, name: str) -> list[Any]:
    """Return the data of all events of one name."""
    return [data for found, data in events_of(response) if found == name]


def deltas_of(response: httpx.Response) -> list[dict[str, Any]]:
    """Return the deltas of a stream of chat completions."""
    chunks = [data for name, data in events_of(response) if not name and data != "[DONE]"]
    return [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
