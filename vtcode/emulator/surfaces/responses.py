"""`POST /v1/responses`: stateful on request, with tools of the client's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from vtcode.emulator.ask import Answering, Ask, Integration
from vtcode.emulator.memory import LoadWish
from vtcode.emulator.prompt import Prompt, Said
from vtcode.emulator.refusals import Kind, Refused
from vtcode.emulator.sse import event
from vtcode.emulator.surfaces import images
from vtcode.emulator.surfaces.chat_completions import limit_in
from vtcode.emulator.surfaces.integrations import integration_of
from vtcode.emulator.told import (
    ArgumentsPiece,
    CallBegun,
    CallWritten,
    End,
    ReasoningPiece,
    ServerCallRun,
    Step,
    TextPiece,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.emulator.state import EmulatorState
    from vtcode.providers.script import ScriptedCall, ServerCall

_CREATED = 1_780_000_000
_STATUS: dict[Kind, int] = {
    "unknown_model": 404,
    "nothing_loaded": 404,
    "permission": 403,
    "mcp": 424,
    "prediction": 500,
    "template": 500,
}
_TYPES: dict[Kind, str] = {
    "prediction": "internal_error",
    "template": "internal_error",
    "mcp": "external_connector_error",
}


class Responses:
    """Unknown keys are ignored; tools and `text` are checked."""

    def read(self, state: EmulatorState, asked: dict[str, Any]) -> Ask:
        """Understand a request.

        Raises:
            Refused: It is not valid here.
        """
        if "input" not in asked:
            raise Refused("Required", code="missing_required_parameter", param="input")
        if "text" in asked and "format" not in (asked["text"] or {}):
            raise Refused("Required", code="missing_required_parameter", param="text.format")
        tools = asked.get("tools") or []
        integrations = tuple(_integration(state, tool) for tool in tools if tool.get("type") == "mcp")
        for number, tool in enumerate(tools):
            _check_tool(number, tool)
        previous = asked.get("previous_response_id")
        prompt = Prompt(messages=_input(asked["input"]), tools=json.dumps(tools) if tools else "")
        if previous is not None:
            prompt = prompt.after(_stored(state, previous))
        return Ask(
            model=asked.get("model") or "",
            prompt=prompt,
            instructions=asked.get("instructions") or "",
            stream=bool(asked.get("stream")),
            max_tokens=limit_in(asked.get("max_output_tokens")),
            effort=(asked.get("reasoning") or {}).get("effort") or "",
            load=LoadWish(ttl_s=asked.get("ttl")),
            integrations=integrations,
            stored=asked.get("store", True),
        )

    def refuse(self, refused: Refused) -> Response:
        """Return a refusal; always an object."""
        return JSONResponse({"error": _error(refused)}, status_code=_STATUS.get(refused.kind, 400))

    def writer(self, answering: Answering) -> ResponsesWriter:
        """Return what writes the reply."""
        return ResponsesWriter(answering)


class ResponsesWriter:
    """Writes the events of a response, and keeps its output."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._id = answering.response_id or answering.state.new_id("resp_")
        self._output: list[dict[str, Any]] = []
        self._open = ""
        """The type of the item that is being written; empty: none."""
        self._events = 0

    def begin(self) -> Iterator[bytes]:
        """Return the start."""
        yield self._event("response.created", response=self._response("in_progress"))
        yield self._event("response.in_progress", response=self._response("in_progress"))

    def tell(self, step: Step) -> Iterator[bytes]:
        """Return the events of a step."""
        match step:
            case ReasoningPiece(text=text):
                yield from self._reasoning(text)
            case TextPiece(text=text):
                yield from self._text(text)
            case ServerCallRun(run=run):
                yield from self._close()
                yield from self._add(self._mcp_call(run))
                yield from self._close()
            case CallBegun(call=call):
                yield from self._close()
                yield from self._add(self._function_call(call))
            case ArgumentsPiece(text=text):
                self._output[-1]["arguments"] += text
                yield self._item_event("response.function_call_arguments.delta", delta=text)
            case CallWritten():
                yield from self._close()
            case End():
                yield from self._close()
                yield from self._end()
            case _:
                pass

    def fail(self, refused: Refused) -> Iterator[bytes]:
        """Return the error as an event, and the response that failed."""
        error = _error(refused)
        yield self._event("error", error=error)
        response = self._response("failed") | {"error": {"code": error["code"], "message": error["message"]}}
        yield self._event("response.failed", response=response)

    def whole(self) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""
        return self._response("incomplete" if self._answering.told.finish == "length" else "completed")

    def _reasoning(self, text: str) -> Iterator[bytes]:
        if self._open != "reasoning":
            yield from self._close()
            part = {"type": "reasoning_text", "text": ""}
            yield from self._add(
                {"type": "reasoning", "id": self._new_id("rs_"), "summary": [], "content": [part]}
            )
        self._output[-1]["content"][0]["text"] += text
        if self._answering.faults.reasoning_deltas:
            yield self._item_event("response.reasoning_text.delta", content_index=0, delta=text)

    def _text(self, text: str) -> Iterator[bytes]:
        if self._open != "message":
            yield from self._close()
            part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": []}
            message = {"type": "message", "id": self._new_id("msg_"), "role": "assistant"}
            yield from self._add(message | {"status": "in_progress", "content": [part]})
            yield self._item_event("response.content_part.added", content_index=0, part=part)
        self._output[-1]["content"][0]["text"] += text
        yield self._item_event("response.output_text.delta", content_index=0, delta=text)

    def _add(self, item: dict[str, Any]) -> Iterator[bytes]:
        self._output.append(item)
        self._open = item["type"]
        yield self._event("response.output_item.added", output_index=len(self._output) - 1, item=item)

    def _close(self) -> Iterator[bytes]:
        if not self._open:
            return
        item = self._output[-1]
        match self._open:
            case "reasoning":
                text = item["content"][0]["text"]
                yield self._item_event("response.reasoning_text.done", content_index=0, text=text)
            case "message":
                part = item["content"][0]
                yield self._item_event("response.output_text.done", content_index=0, text=part["text"])
                yield self._item_event("response.content_part.done", content_index=0, part=part)
            case "function_call":
                arguments = item["arguments"]
                yield self._item_event("response.function_call_arguments.done", arguments=arguments)
        if "status" in item:
            item["status"] = "completed"
        self._open = ""
        yield self._event("response.output_item.done", output_index=len(self._output) - 1, item=item)

    def _end(self) -> Iterator[bytes]:
        if not self._answering.faults.no_finish_reason:
            response = self.whole()
            yield self._event(f"response.{response['status']}", response=response)

    def _response(self, status: str) -> dict[str, Any]:
        answering = self._answering
        body: dict[str, Any] = {
            "id": self._id,
            "object": "response",
            "created_at": _CREATED,
            "status": status,
            "model": answering.instance.id,
            "output": self._output,
        }
        if status == "incomplete":
            body["incomplete_details"] = {"reason": "max_output_tokens"}
        if status in ("completed", "incomplete") and not answering.faults.no_usage:
            usage = answering.told.usage
            body["usage"] = {
                "input_tokens": usage.prompt,
                "output_tokens": usage.completion,
                "output_tokens_details": {"reasoning_tokens": usage.reasoning},
                "total_tokens": usage.prompt + usage.completion,
            }
        return body

    def _function_call(self, call: ScriptedCall) -> dict[str, Any]:
        names = {"id": self._new_id("fc_"), "call_id": call.id, "name": call.name}
        return {"type": "function_call", **names, "arguments": "", "status": "in_progress"}

    def _mcp_call(self, run: ServerCall) -> dict[str, Any]:
        return {
            "type": "mcp_call",
            "id": self._new_id("mcp_"),
            "server_label": integration_of(run, self._answering.ask.integrations).id,
            "name": run.tool,
            "arguments": json.dumps(run.arguments, ensure_ascii=False),
            "output": None if run.failure else run.output,
            "error": run.failure or None,
        }

    def _new_id(self, prefix: str) -> str:
        return self._answering.state.new_id(prefix)

    def _item_event(self, kind: str, **fields: object) -> bytes:
        number = len(self._output) - 1
        return self._event(kind, item_id=self._output[-1]["id"], output_index=number, **fields)

    def _event(self, kind: str, **fields: object) -> bytes:
        self._events += 1
        return event({"type": kind, "sequence_number": self._events - 1, **fields}, kind)


def _error(refused: Refused) -> dict[str, Any]:
    code = "unknown" if refused.kind in ("prediction", "template") else refused.code
    return {
        "message": refused.message,
        "type": _TYPES.get(refused.kind, "invalid_request_error"),
        "param": refused.param,
        "code": code,
    }


def _check_tool(number: int, tool: dict[str, Any]) -> None:
    if tool.get("type") == "mcp":
        return
    parameters = tool.get("parameters") or {}
    is_object = parameters.get("type") == "object" and "properties" in parameters
    if tool.get("type") != "function" or not tool.get("name") or not is_object:
        raise Refused("Invalid input", code="custom", param=f"tools.{number}")


def _integration(state: EmulatorState, tool: dict[str, Any]) -> Integration:
    label = tool.get("server_label", "")
    if not tool.get("server_url"):
        raise Refused(f"MCP server '{label}' can't be reached.", kind="mcp", code="http_error", param="tools")
    if not state.settings.allow_ephemeral_mcp:
        raise Refused(
            f"Permission denied to use local MCP server '{label}'. Ensure that the server configuration "
            "allows remote MCPs.",
            kind="permission",
            param="tools",
        )
    allowed = tool.get("allowed_tools")
    return Integration(id=label, is_plugin=False, allowed_tools=None if allowed is None else tuple(allowed))


def _stored(state: EmulatorState, response_id: str) -> Prompt:
    stored = state.responses.get(response_id)
    if stored is None:
        raise Refused(
            f"Previous response with id '{response_id}' not found.",
            code="previous_response_not_found",
            param="previous_response_id",
        )
    return replace(stored, tools="")


def _input(given: object) -> tuple[Said, ...]:
    if isinstance(given, str):
        return (Said(role="user", text=given),)
    if not isinstance(given, list):
        raise Refused("Invalid input", code="invalid_union", param="input")
    return tuple(_item(number, item) for number, item in enumerate(given))


def _item(number: int, item: object) -> Said:
    match item:
        case {"type": "function_call_output", "call_id": str(call_id), "output": str(output)}:
            return Said(role="tool", text=f"{call_id}\n{output}")
        case {"type": "function_call", "call_id": str(), "name": str(name), "arguments": str(arguments)}:
            return Said(role="assistant", text=f"{name}\n{arguments}")
        case {"type": "reasoning"}:
            return Said(role="assistant", text="")
        case {"role": "system" | "developer" | "user" | "assistant" as role, "content": content}:
            text, count = _content(number, content)
            return Said(role="system" if role == "developer" else role, text=text, images=count)
        case _:
            raise Refused("Invalid input", code="invalid_union", param=f"input.{number}")


def _content(number: int, content: object) -> tuple[str, int]:
    if isinstance(content, str):
        return content, 0
    texts, count = [], 0
    for part in content if isinstance(content, list) else [None]:
        match part:
            case {"type": "input_text" | "output_text", "text": str(text)}:
                texts.append(text)
            case {"type": "input_image", "image_url": str(url)}:
                images.check(url)
                count += 1
            case _:
                raise Refused("Invalid input", code="invalid_union", param=f"input.{number}.content")
    return "\n".join(texts), count
