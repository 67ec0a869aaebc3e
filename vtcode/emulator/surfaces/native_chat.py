"""`POST /api/v1/chat`: stateful, no tools of the client's, progress of loading and of reading the prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vtcode.emulator.ask import Answering, Ask
from vtcode.emulator.memory import LoadWish
from vtcode.emulator.prompt import Prompt, Said, count_tokens
from vtcode.emulator.refusals import Refused
from vtcode.emulator.sse import typed_event
from vtcode.emulator.strict import Key, check_keys
from vtcode.emulator.surfaces import images, statistics
from vtcode.emulator.surfaces.integrations import integration_of, provider_info, read_integration
from vtcode.emulator.surfaces.native_errors import native_error, refuse_native
from vtcode.emulator.told import (
    End,
    Loaded,
    Loading,
    Prefill,
    Prefilled,
    ReasoningPiece,
    ServerCallRun,
    Step,
    TextPiece,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from vtcode.emulator.state import EmulatorState
    from vtcode.providers.script import ServerCall

_EFFORTS = ("off", "low", "medium", "high", "on")
_KEYS = {
    "model": Key(kind="string", required=True),
    "input": Key(kind="string | array", required=True),
    "system_prompt": Key(kind="string"),
    "integrations": Key(kind="array"),
    "stream": Key(kind="boolean"),
    "temperature": Key(kind="number", low=0, high=1),
    "top_p": Key(kind="number", low=0, high=1),
    "min_p": Key(kind="number", low=0, high=1),
    "top_k": Key(kind="integer"),
    "repeat_penalty": Key(kind="number"),
    "max_output_tokens": Key(kind="integer", low=1),
    "reasoning": Key(kind="string", options=_EFFORTS),
    "context_length": Key(kind="integer", low=1),
    "store": Key(kind="boolean"),
    "previous_response_id": Key(kind="string"),
}


class NativeChat:
    """Strict about its keys; the model is loaded for it whatever the setting says."""

    def read(self, state: EmulatorState, asked: dict[str, Any]) -> Ask:
        """Understand a request.

        Raises:
            Refused: It is not valid here.
        """
        check_keys(asked, _KEYS)
        effort = asked.get("reasoning", "")
        _check_effort(state, asked["model"], effort)
        said = [Said(role="system", text=asked["system_prompt"])] if asked.get("system_prompt") else []
        prompt = Prompt(messages=(*said, _input(asked["input"])))
        previous = asked.get("previous_response_id")
        return Ask(
            model=asked["model"],
            prompt=prompt if previous is None else prompt.after(_stored(state, previous)),
            stream=asked.get("stream", False),
            max_tokens=asked.get("max_output_tokens"),
            effort=effort,
            load=LoadWish(context_length=asked.get("context_length"), always=True),
            integrations=tuple(read_integration(state, one) for one in asked.get("integrations", [])),
            stored=asked.get("store", True),
            call_format="hermes",
        )

    def refuse(self, refused: Refused) -> Response:
        """Return a refusal of the native surface."""
        return refuse_native(refused)

    def writer(self, answering: Answering) -> NativeWriter:
        """Return what writes the reply."""
        return NativeWriter(answering)


class NativeWriter:
    """Writes the events of a reply, and keeps its output."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._output: list[dict[str, Any]] = []
        self._open = ""
        """The kind of the block that is being written: `reasoning`, `message`; empty: none."""

    def begin(self) -> Iterator[bytes]:
        """Return the start."""
        yield typed_event("chat.start", model_instance_id=self._answering.instance.id)

    def tell(self, step: Step) -> Iterator[bytes]:
        """Return the events of a step."""
        instance_id = self._answering.instance.id
        match step:
            case Loading(progress=None):
                yield typed_event("model_load.start", model_instance_id=instance_id)
            case Loading(progress=progress):
                yield typed_event("model_load.progress", model_instance_id=instance_id, progress=progress)
            case Loaded():
                seconds = statistics.LOAD_SECONDS
                yield typed_event("model_load.end", model_instance_id=instance_id, load_time_seconds=seconds)
            case Prefill(progress=None):
                yield typed_event("prompt_processing.start")
            case Prefill(progress=progress):
                yield typed_event("prompt_processing.progress", progress=progress)
            case Prefilled():
                yield typed_event("prompt_processing.end")
            case ReasoningPiece(text=text):
                yield from self._piece("reasoning", text)
            case TextPiece(text=text):
                yield from self._piece("message", text)
            case ServerCallRun(run=run):
                yield from self._close()
                yield from self._run(run)
            case End():
                yield from self._close()
                if not self._answering.faults.no_finish_reason:
                    yield typed_event("chat.end", result=self.whole())
            case _:
                pass

    def fail(self, refused: Refused) -> Iterator[bytes]:
        """Return the error, and the end with what was written until then; it is not stored."""
        yield typed_event("error", error=native_error(refused))
        yield from self._close()
        written = sum(count_tokens(item.get("content", "")) for item in self._output)
        yield typed_event("chat.end", result=self._result() | {"stats": self._statistics(written)})

    def whole(self) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""
        response_id = self._answering.response_id
        return self._result() | ({"response_id": response_id} if response_id else {})

    def _result(self) -> dict[str, Any]:
        return {
            "model_instance_id": self._answering.instance.id,
            "output": self._output,
            "stats": self._statistics(self._answering.told.usage.completion),
        }

    def _statistics(self, written_tokens: int) -> dict[str, Any]:
        if self._answering.faults.no_usage:
            return {}
        return statistics.native_statistics(self._answering, written_tokens)

    def _piece(self, kind: str, text: str) -> Iterator[bytes]:
        if self._open != kind:
            yield from self._close()
            self._open = kind
            self._output.append({"type": kind, "content": ""})
            yield typed_event(f"{kind}.start")
        self._output[-1]["content"] += text
        yield typed_event(f"{kind}.delta", content=text)

    def _close(self) -> Iterator[bytes]:
        if self._open:
            yield typed_event(f"{self._open}.end")
        self._open = ""

    def _run(self, run: ServerCall) -> Iterator[bytes]:
        integration = integration_of(run, self._answering.ask.integrations)
        source = {"provider_info": provider_info(integration)}
        yield typed_event("tool_call.start", tool=run.tool, **source)
        yield typed_event("tool_call.name", tool_name=run.tool)
        is_allowed = integration.allowed_tools is None or run.tool in integration.allowed_tools
        if run.failure or not is_allowed:
            kind = "invalid_arguments" if is_allowed else "invalid_name"
            metadata = {"type": kind, "tool_name": run.tool, "arguments": run.arguments, **source}
            reason = run.failure or f"Cannot find tool with name {run.tool}."
            self._output.append({"type": "invalid_tool_call", "reason": reason, "metadata": metadata})
            yield typed_event("tool_call.failure", reason=reason, metadata=metadata)
            return
        call = {"tool": run.tool, "arguments": run.arguments}
        yield typed_event("tool_call.arguments", **call, **source)
        yield typed_event("tool_call.success", **call, output=run.output, **source)
        self._output.append({"type": "tool_call", **call, "output": run.output, **source})


def _check_effort(state: EmulatorState, name: str, effort: str) -> None:
    instance = state.instance(name)
    model = state.model_of(instance) if instance else state.model(name)
    if not effort or model is None:
        return
    if not model.reasoning:
        message = f"Model '{name}' does not expose reasoning configuration."
    elif effort not in model.reasoning:
        options = ", ".join(model.reasoning)
        message = f"Model '{name}' does not support reasoning setting '{effort}'. Supported: {options}."
    else:
        return
    raise Refused(message, code="invalid_value", param="reasoning")


def _stored(state: EmulatorState, response_id: str) -> Prompt:
    if not response_id.startswith("resp_"):
        raise Refused(
            'Invalid input: must start with "resp_"', code="invalid_string", param="previous_response_id"
        )
    stored = state.responses.get(response_id)
    if stored is None:
        raise Refused(
            f"Response with id '{response_id}' not found.",
            code="previous_response_not_found",
            param="previous_response_id",
        )
    return replace(stored, tools="")


def _input(given: str | list[Any]) -> Said:
    if isinstance(given, str):
        return Said(role="user", text=given)
    texts, count = [], 0
    for number, item in enumerate(given):
        match item:
            case {"type": "text"}:
                _check_item(item, "content", number)
                texts.append(item["content"])
            case {"type": "image"}:
                _check_item(item, "data_url", number)
                images.check(item["data_url"])
                count += 1
            case _:
                raise Refused(
                    "Invalid discriminator value. Expected 'text' | 'image'",
                    code="invalid_union",
                    param="input",
                )
    return Said(role="user", text="\n".join(texts), images=count)


def _check_item(item: dict[str, Any], value_key: str, number: int) -> None:
    problems = []
    if not isinstance(item.get(value_key), str):
        problems.append(f"'input.{number}.{value_key}' is required")
    unknown = [key for key in item if key not in ("type", value_key)]
    problems += [f"Unrecognized key(s) in object: '{key}'" for key in unknown]
    if problems:
        raise Refused(", ".join(problems), code="invalid_union", param="input")
