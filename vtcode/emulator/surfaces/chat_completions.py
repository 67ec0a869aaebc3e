"""`POST /v1/chat/completions`, and the same under `/api/v0` with its statistics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeGuard

from starlette.responses import JSONResponse, Response

from vtcode.emulator.ask import Answering, Ask
from vtcode.emulator.memory import LoadWish
from vtcode.emulator.prompt import Prompt, Role, Said
from vtcode.emulator.refusals import Refused
from vtcode.emulator.sse import event
from vtcode.emulator.surfaces import images, statistics
from vtcode.emulator.told import ArgumentsPiece, CallBegun, End, ReasoningPiece, Step, TextPiece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.emulator.state import EmulatorState
    from vtcode.providers.script import ScriptedCall

_CREATED = 1_780_000_000
_ROLES = ("system", "developer", "user", "assistant", "tool")
_BAD_MESSAGES = "Invalid 'messages' in payload. Please check the structure of your 'messages' and try again"
_BAD_CONTENT = "Invalid 'content': 'content' field must be a string or an array of objects."
_TOOL_CHOICES = ("none", "auto", "required")


class ChatCompletions:
    """Unknown keys are ignored here, as in the original."""

    def __init__(self, *, beta: bool = False) -> None:
        self._beta = beta
        """Of `/api/v0`."""

    def read(self, state: EmulatorState, asked: dict[str, Any]) -> Ask:
        """Understand a request.

        Raises:
            Refused: It is not valid here.
        """
        messages = asked.get("messages")
        if messages is None:
            raise Refused("'messages' field is required")
        if not isinstance(messages, list) or not all(_is_message(message) for message in messages):
            raise Refused(_BAD_MESSAGES)
        _check_tools(asked)
        _check_format(asked.get("response_format"))
        tools = asked.get("tools") or []
        return Ask(
            model=asked.get("model") or "",
            prompt=Prompt(
                messages=tuple(_said(message) for message in messages),
                tools=json.dumps(tools, ensure_ascii=False) if tools else "",
            ),
            stream=bool(asked.get("stream")),
            max_tokens=limit_in(asked.get("max_tokens")),
            effort=asked.get("reasoning_effort") or "",
            load=LoadWish(ttl_s=asked.get("ttl")),
            wants_usage=bool((asked.get("stream_options") or {}).get("include_usage")),
        )

    def refuse(self, refused: Refused) -> Response:
        """Return a refusal: about the model an object, else a string."""
        return refuse_openai(refused)

    def writer(self, answering: Answering) -> ChatWriter:
        """Return what writes the reply."""
        return ChatWriter(answering, beta=self._beta)


class ChatWriter:
    """Writes a chat completion."""

    def __init__(self, answering: Answering, *, beta: bool) -> None:
        self._answering = answering
        self._faults = answering.faults
        self._beta = beta
        self._id = f"chatcmpl-k3v9x2m1q8w7e6r5t{answering.state.new_id('')[-4:]}"

    def begin(self) -> Iterator[bytes]:
        """Return nothing: the first token comes first."""
        yield from ()

    def tell(self, step: Step) -> Iterator[bytes]:
        """Return the chunks of a step."""
        match step:
            case ReasoningPiece(text=text):
                yield self._chunk({"role": "assistant", self._reasoning_key: text})
            case TextPiece(text=text):
                yield self._chunk({"role": "assistant", "content": text})
            case CallBegun(index=index, call=call):
                whole = self._faults.tool_args_single_chunk
                head = _call(call, call.arguments_text if whole else "") | {"index": index}
                yield self._chunk({"tool_calls": [head]})
            case ArgumentsPiece(index=index, text=text) if not self._faults.tool_args_single_chunk:
                name = {"name": ""} if self._faults.tool_name_blank_chunks else {}
                yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": text} | name}]})
            case End():
                yield from self._end()
            case _:
                pass

    def fail(self, refused: Refused) -> Iterator[bytes]:
        """Return the error as it comes inside a 200."""
        yield event({"error": {"message": refused.message}, "message": refused.message}, "error")
        if self._answering.state.settings.done_after_error:
            yield b"data: [DONE]\n\n"

    def whole(self) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""
        told = self._answering.told
        message: dict[str, Any] = {"role": "assistant", "content": told.visible_text}
        if told.reasoning and not told.reasoning_in_text:
            message[self._reasoning_key] = told.reasoning
        message["tool_calls"] = [_call(call, call.arguments_text) for call in told.calls]
        finish = None if self._faults.no_finish_reason else told.finish
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        body = self._envelope("chat.completion", [choice])
        if not self._faults.no_usage:
            body["usage"] = statistics.openai_usage(self._answering)
        return body | (statistics.beta_statistics(self._answering) if self._beta else {"stats": {}})

    @property
    def _reasoning_key(self) -> str:
        return "reasoning" if self._faults.reasoning_field == "reasoning" else "reasoning_content"

    def _end(self) -> Iterator[bytes]:
        told = self._answering.told
        if not self._faults.no_finish_reason:
            yield self._chunk({}, told.finish)
        if self._answering.ask.wants_usage and not self._faults.no_usage:
            usage = {"usage": statistics.openai_usage(self._answering)}
            yield event(self._envelope("chat.completion.chunk", []) | usage)
        if not self._faults.no_finish_reason:
            yield b"data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event(self._envelope("chat.completion.chunk", [choice]))

    def _envelope(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        model = self._answering.instance.id
        return {
            "id": self._id,
            "object": kind,
            "created": _CREATED,
            "model": model,
            "system_fingerprint": model,
            "choices": choices,
        }


def refuse_openai(refused: Refused) -> Response:
    """Return a refusal as the OpenAI surfaces tell it: about the model an object, else a string."""
    if refused.kind not in ("unknown_model", "nothing_loaded", "load_failed"):
        return JSONResponse({"error": refused.message}, status_code=400)
    error = {
        "message": refused.message,
        "type": "invalid_request_error",
        "param": "model",
        "code": refused.code,
    }
    return JSONResponse({"error": error}, status_code=404)


def limit_in(value: object) -> int | None:
    """Return a limit of tokens; None where there is none: -1, null, nothing."""
    return value if isinstance(value, int) and value >= 0 else None


def _call(call: ScriptedCall, arguments: str) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _is_message(message: object) -> TypeGuard[dict[str, Any]]:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        return False
    calls = message.get("tool_calls") or []
    return all(call.get("id") and call.get("function", {}).get("name") for call in calls)


def _said(message: dict[str, Any]) -> Said:
    content, calls = message.get("content"), message.get("tool_calls")
    if content is None and message["role"] == "assistant" and calls:
        content = ""
    role: Role = "system" if message["role"] == "developer" else message["role"]
    if isinstance(content, str):
        text, count = content, 0
    elif isinstance(content, list):
        text, count = _text_and_images(content)
    else:
        raise Refused(_BAD_CONTENT)
    return Said(role=role, text=text + (json.dumps(calls, ensure_ascii=False) if calls else ""), images=count)


def _text_and_images(content: list[Any]) -> tuple[str, int]:
    texts, count = [], 0
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case {"type": "image_url", "image_url": {"url": url}}:
                images.check(url)
                count += 1
            case _:
                raise Refused(_BAD_CONTENT)
    return "\n".join(texts), count


def _check_tools(asked: dict[str, Any]) -> None:
    choice = asked.get("tool_choice", "auto")
    if not isinstance(choice, str):
        raise Refused("Invalid tool_choice type: 'object'. Supported string values: none, auto, required")
    if choice not in _TOOL_CHOICES:
        raise Refused(f"Invalid tool_choice: '{choice}'. Supported string values: none, auto, required")
    for number, tool in enumerate(asked.get("tools") or []):
        function = tool.get("function", {}) if isinstance(tool, dict) else {}
        parameters = function.get("parameters", {"type": "object", "properties": {}})
        if parameters.get("type") != "object" or "properties" not in parameters:
            path = [number, "function", "parameters", "type"]
            issue = {"code": "invalid_union_discriminator", "options": ["object"], "path": path}
            raise Refused(json.dumps([issue], indent=1))


def _check_format(response_format: object) -> None:
    match response_format:
        case None | {"type": "text"} | {"type": "json_schema", "json_schema": {"schema": dict()}}:
            return
        case {"type": "json_schema"}:
            raise Refused("'response_format.json_schema.schema' is required")
        case _:
            raise Refused("'response_format.type' must be 'json_schema' or 'text'")
