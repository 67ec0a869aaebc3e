"""`POST /v1/chat/completions`: which model answers, whether the prompt fits, and the reply as it streams."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from vtcode.emulator import bodies
from vtcode.emulator.reply import Chunk, chunks, count_tokens, event, usage_of, whole
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

    from vtcode.emulator.state import EmulatorState, Instance
    from vtcode.providers.script import Phase

_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
    (b"x-powered-by", b"Express"),
]


def answer_chat(state: EmulatorState, asked: dict[str, Any]) -> Response:
    """Answer one request; keys that are not known are ignored, as the real one does here."""
    refusal = _refusal(asked)
    if refusal:
        return JSONResponse({"error": refusal}, status_code=400)
    instance = _instance(state, asked)
    if isinstance(instance, Response):
        return instance
    prompt_tokens = count_tokens(json.dumps([asked["messages"], asked.get("tools", [])], ensure_ascii=False))
    error = state.faults.stream_error
    if prompt_tokens > instance.context_length:
        error = bodies.TOO_LONG.format(prompt=prompt_tokens, window=instance.context_length)
    if asked.get("stream"):
        return _streamed(state, asked, instance, prompt_tokens, error)
    if error:
        return JSONResponse({"error": error}, status_code=400)
    turn = state.next_turn(_last_user_text(asked))
    if turn.error:
        return JSONResponse({"error": turn.error}, status_code=400)
    return JSONResponse(whole(turn, state.faults, instance.id, usage_of(turn, prompt_tokens)))


def _refusal(asked: dict[str, Any]) -> str:
    """Return why a request is refused before any model is looked for; empty where it is not."""
    messages = asked.get("messages")
    if messages is None:
        return "'messages' field is required"
    if not isinstance(messages, list) or not all(_is_message(message) for message in messages):
        return "Invalid 'messages' in payload. Please check the structure of your 'messages' and try again"
    if not isinstance(asked.get("tool_choice", "auto"), str):
        return "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"
    for number, tool in enumerate(asked.get("tools") or []):
        parameters = tool.get("function", {}).get("parameters", {"type": "object", "properties": {}})
        if parameters.get("type") != "object" or "properties" not in parameters:
            path = [number, "function", "parameters", "type"]
            issue = {"code": "invalid_union_discriminator", "options": ["object"], "path": path}
            return json.dumps([issue], indent=1)
    return ""


def _is_message(message: object) -> bool:
    if not isinstance(message, dict) or message.get("role") not in ("system", "user", "assistant", "tool"):
        return False
    calls = message.get("tool_calls") or []
    return all(call.get("id") and call.get("function", {}).get("name") for call in calls)


def _instance(state: EmulatorState, asked: dict[str, Any]) -> Instance | Response:
    """Return the instance that answers, loading it where that is allowed, or the refusal."""
    name = asked.get("model") or ""
    if state.faults.any_name_served and len(state.instances) == 1:
        return state.instances[0]
    found = state.instance(name)
    if found is not None:
        return found
    model = state.model(name)
    if not name and state.instances:
        return state.instances[0]
    if not name or (model and (not state.settings.jit or state.faults.jit_refuse)):
        return JSONResponse(bodies.model_error(bodies.NOTHING_LOADED, None), status_code=404)
    if model is None:
        return JSONResponse(bodies.unknown_model(name, state), status_code=404)
    return state.load(model, jit=True)


def _streamed(
    state: EmulatorState, asked: dict[str, Any], instance: Instance, prompt_tokens: int, error: str
) -> Response:
    if error:
        return _StreamedReply(state, Turn(error=error), iter(()))
    turn = state.next_turn(_last_user_text(asked))
    wants_usage = (asked.get("stream_options") or {}).get("include_usage")
    usage = usage_of(turn, prompt_tokens) if wants_usage else None
    return _StreamedReply(state, turn, chunks(turn, state.faults, instance.id, usage))


def _last_user_text(asked: dict[str, Any]) -> str:
    said = (message.get("content") for message in reversed(asked["messages"]) if message["role"] == "user")
    text = next(said, "")
    return text if isinstance(text, str) else ""


class _ConnectionDropped(Exception):
    """The server is to break the connection now."""


class _StreamedReply(Response):
    """Sends the headers at once and the chunks as the turn says; stops when the client goes away."""

    def __init__(self, state: EmulatorState, turn: Turn, reply: Iterator[Chunk]) -> None:
        super().__init__()
        self._state = state
        self._turn = turn
        self._reply = reply
        self._phase: Phase = "prefill"
        self._sent_chunks = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_left(receive))
        await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not writing.done():
            self._state.disconnects.append(self._phase)
            self._state.disconnected.set()
        writing.cancel()
        leaving.cancel()
        await asyncio.gather(writing, leaving, return_exceptions=True)

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
        # An empty piece makes the headers go out before the first token.
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        try:
            await self._write_chunks(send)
        except _ConnectionDropped:
            # A response without its end: the server below closes the connection.
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write_chunks(self, send: Send) -> None:
        still_to_pause = self._turn.pause
        if still_to_pause in ("loading", "prefill"):
            await self._state.gate.hold()
        for phase, payload in self._reply:
            if phase == still_to_pause == "end":
                await self._state.gate.hold()
                still_to_pause = None
            self._phase = phase
            await self._send_event(send, event(payload))
            if phase == still_to_pause:
                still_to_pause = None
                await self._state.gate.hold()
        if self._turn.cut:
            raise _ConnectionDropped
        if self._turn.error:
            await self._send_event(send, event(bodies.stream_error(self._turn.error), "error"))
        elif not self._state.faults.no_finish_reason:
            await self._send_event(send, b"data: [DONE]\n\n")

    async def _send_event(self, send: Send, data: bytes) -> None:
        if self._sent_chunks == self._state.faults.drop_connection_after:
            raise _ConnectionDropped
        await send({"type": "http.response.body", "body": data, "more_body": True})
        self._sent_chunks += 1
        if self._turn.pace_s:
            await asyncio.sleep(self._turn.pace_s)


async def _left(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
