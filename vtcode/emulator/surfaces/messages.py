"""`POST /v1/messages`: Anthropic's way of asking."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from vtcode.emulator.ask import Answering, Ask
from vtcode.emulator.prompt import Prompt, Said
from vtcode.emulator.refusals import Refused
from vtcode.emulator.sse import typed_event
from vtcode.emulator.surfaces import images
from vtcode.emulator.told import (
    ArgumentsPiece,
    CallBegun,
    CallWritten,
    End,
    ReasoningPiece,
    Step,
    TextPiece,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.emulator.state import EmulatorState

_STOP_REASONS = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens"}
_NOT_FOUND = frozenset({"unknown_model", "nothing_loaded", "load_failed"})
_FAILURES = frozenset({"prediction", "template"})


class Messages:
    """Unknown keys are ignored; what Anthropic requires is required."""

    def read(self, state: EmulatorState, asked: dict[str, Any]) -> Ask:
        """Understand a request.

        Raises:
            Refused: It is not valid here.
        """
        for name in ("messages", "max_tokens"):
            if asked.get(name) is None:
                raise Refused(f"{name}: Field required")
        tools = asked.get("tools") or []
        for number, tool in enumerate(tools):
            if not tool.get("name") or (tool.get("input_schema") or {}).get("type") != "object":
                raise Refused(f"tools.{number}: Input should have a name and an input_schema of type object")
        if not isinstance(asked.get("tool_choice", {}), dict):
            raise Refused("tool_choice: Input should be an object")
        messages = [
            said for number, message in enumerate(asked["messages"]) for said in _said(number, message)
        ]
        return Ask(
            model=asked.get("model") or "",
            prompt=Prompt(
                messages=(*_system(asked.get("system")), *messages), tools=json.dumps(tools) if tools else ""
            ),
            stream=bool(asked.get("stream")),
            max_tokens=asked["max_tokens"],
            effort="off" if (asked.get("thinking") or {}).get("type") == "disabled" else "",
        )

    def refuse(self, refused: Refused) -> Response:
        """Return a refusal in Anthropic's shape."""
        status = 404 if refused.kind in _NOT_FOUND else 500 if refused.kind in _FAILURES else 400
        return JSONResponse({"type": "error", "error": _error(refused)}, status_code=status)

    def writer(self, answering: Answering) -> MessagesWriter:
        """Return what writes the reply."""
        return MessagesWriter(answering)


class MessagesWriter:
    """Writes the events of a message, and keeps its blocks."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._id = answering.state.new_id("msg_")
        self._blocks: list[dict[str, Any]] = []
        self._open = ""
        """The type of the block that is being written; empty: none."""

    def begin(self) -> Iterator[bytes]:
        """Return the start, with what the prompt costs."""
        usage = {"input_tokens": self._answering.told.usage.prompt, "output_tokens": 0}
        yield typed_event("message_start", message=self._message([], None, usage))

    def tell(self, step: Step) -> Iterator[bytes]:
        """Return the events of a step."""
        match step:
            case ReasoningPiece(text=text):
                yield from self._begin_block({"type": "thinking", "thinking": "", "signature": ""})
                self._blocks[-1]["thinking"] += text
                yield self._delta({"type": "thinking_delta", "thinking": text})
            case TextPiece(text=text):
                yield from self._begin_block({"type": "text", "text": ""})
                self._blocks[-1]["text"] += text
                yield self._delta({"type": "text_delta", "text": text})
            case CallBegun(call=call):
                yield from self._close()
                name = {"type": "tool_use", "id": call.id, "name": call.name}
                yield from self._begin_block(name | {"input": {}})
            case ArgumentsPiece(text=text):
                yield self._delta({"type": "input_json_delta", "partial_json": text})
            case CallWritten(call=call):
                self._blocks[-1]["input"] = _decoded(call.arguments_text)
                yield from self._close()
            case End():
                yield from self._close()
                yield from self._end()
            case _:
                pass

    def fail(self, refused: Refused) -> Iterator[bytes]:
        """Return the error as an event."""
        yield typed_event("error", error=_error(refused))

    def whole(self) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""
        usage = self._answering.told.usage
        told = {"input_tokens": usage.prompt, "output_tokens": usage.completion}
        return self._message(self._blocks, self._stop_reason, told)

    @property
    def _stop_reason(self) -> str | None:
        if self._answering.faults.no_finish_reason:
            return None
        return _STOP_REASONS[self._answering.told.finish]

    def _begin_block(self, block: dict[str, Any]) -> Iterator[bytes]:
        if self._open == block["type"]:
            return
        yield from self._close()
        self._open = block["type"]
        self._blocks.append(block)
        yield typed_event("content_block_start", index=len(self._blocks) - 1, content_block=block)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return typed_event("content_block_delta", index=len(self._blocks) - 1, delta=delta)

    def _close(self) -> Iterator[bytes]:
        if self._open:
            yield typed_event("content_block_stop", index=len(self._blocks) - 1)
        self._open = ""

    def _end(self) -> Iterator[bytes]:
        if self._answering.faults.no_finish_reason:
            return
        ending: dict[str, Any] = {"delta": {"stop_reason": self._stop_reason, "stop_sequence": None}}
        if not self._answering.faults.no_usage:
            ending["usage"] = {"output_tokens": self._answering.told.usage.completion}
        yield typed_event("message_delta", **ending)
        yield typed_event("message_stop")

    def _message(
        self, content: list[dict[str, Any]], stop_reason: str | None, usage: dict[str, int]
    ) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._answering.instance.id,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
        }
        return message if self._answering.faults.no_usage else message | {"usage": usage}


def _error(refused: Refused) -> dict[str, str]:
    kind = "invalid_request_error"
    if refused.kind in _NOT_FOUND:
        kind = "not_found_error"
    elif refused.kind in _FAILURES:
        kind = "api_error"
    return {"type": kind, "message": refused.message}


def _decoded(arguments: str) -> object:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _system(system: object) -> list[Said]:
    if isinstance(system, list):
        system = "\n".join(block.get("text", "") for block in system)
    return [Said(role="system", text=system)] if isinstance(system, str) and system else []


def _said(number: int, message: object) -> list[Said]:
    """Return what a message says: the results of tools first, as messages of their own."""
    match message:
        case {"role": "user" | "assistant" as role, "content": str(text)}:
            return [Said(role=role, text=text)]
        case {"role": "user" | "assistant" as role, "content": list(blocks)} if blocks:
            return _said_in(number, role, blocks)
        case _:
            raise Refused(f"messages.{number}: Input should be a message of the user or the assistant")


def _said_in(number: int, role: Any, blocks: list[Any]) -> list[Said]:
    results, texts, count = [], [], 0
    for block in blocks:
        match block:
            case {"type": "text", "text": str(text)} | {"type": "thinking", "thinking": str(text)}:
                texts.append(text)
            case {"type": "tool_use", "id": str(), "name": str(name), "input": dict(given)} if (
                role == "assistant"
            ):
                texts.append(f"{name}\n{json.dumps(given)}")
            case {"type": "tool_result", "tool_use_id": str(), **rest} if role == "user":
                results.append(Said(role="tool", text=json.dumps(rest.get("content", ""))))
            case {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}:
                images.check_bytes(kind, data)
                count += 1
            case _:
                raise Refused(f"messages.{number}.content: Input should be a block of a known type")
    return [*results, Said(role=role, text="\n".join(texts), images=count)] if texts or count else results
