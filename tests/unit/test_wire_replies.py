"""Replies over the responses, messages and native wires, from bytes to parts."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.errors import (
    BadReply,
    EmptyReply,
    IntegrationRefused,
    ModelCrashed,
    ProviderError,
    ReplyCut,
    ReplyForgotten,
)
from vtcode.messages import AssistantMessage, ToolCall, ToolDefinition, Usage, UserMessage
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    LoadingPart,
    Part,
    PrefillPart,
    ReasoningPart,
    Request,
    Sampling,
    ServerToolPart,
    TextPart,
)
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.server_words import Server
from vtcode.providers.wires import Wire
from vtcode.providers.wires.messages import Messages
from vtcode.providers.wires.native import Native
from vtcode.providers.wires.responses import Responses

ASK = Request(
    model="m",
    messages=(UserMessage(text="x" * 360),),
    tools=(ToolDefinition(name="read_file", description=""),),
    sampling=Sampling(max_tokens=50),
)
CALL = ToolCall(id="c1", name="read_file", arguments='{"path":"a"}')


def event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def read(wire: Wire, *events: bytes) -> tuple[list[Part], CompletedPart]:
    reader = wire.reader(ASK, Server(address="http://x"), opens_in_reasoning=False)
    parts = [part for one in events for part in reader.feed(one)]
    return parts, reader.finish()


def failure(wire: Wire, *events: bytes) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        read(wire, *events)
    return caught.value


def native() -> Native:
    return Native({"m": ModelInfo(id="m", window_tokens=1_000)})


# --- responses

REASONED = {
    "type": "reasoning",
    "id": "rs",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "hm"}],
}
SAID = {"type": "message", "id": "msg", "content": [{"type": "output_text", "text": "ok"}]}
CALLED = {
    "type": "function_call",
    "id": "fc",
    "call_id": "c1",
    "name": "read_file",
    "arguments": '{"path":"a"}',
}


def response(kind: str, *output: dict[str, Any], **fields: Any) -> bytes:
    return event(f"response.{kind}", response={"id": "resp_1", "model": "m", "output": output, **fields})


def completed(*output: dict[str, Any]) -> bytes:
    usage = {"input_tokens": 9, "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 1}}
    return response("completed", *output, status="completed", usage=usage, error=None)


def at(index: int, kind: str, **fields: object) -> bytes:
    return event(f"response.{kind}", output_index=index, **fields)


RESPONSE = (
    response("created"),
    at(0, "output_item.added", item=REASONED | {"content": []}),
    at(0, "reasoning_text.delta", delta="h"),
    at(0, "reasoning_text.delta", delta="m"),
    at(0, "reasoning_text.done", text="hm"),
    at(0, "output_item.done", item=REASONED),
    at(1, "output_item.added", item=SAID | {"content": []}),
    at(1, "output_text.delta", delta="o"),
    at(1, "output_text.delta", delta="k"),
    at(1, "output_text.done", text="ok"),
    at(1, "output_item.done", item=SAID),
    at(2, "output_item.added", item=CALLED | {"arguments": ""}),
    at(2, "function_call_arguments.delta", delta='{"path"'),
    at(2, "function_call_arguments.delta", delta=':"a"}'),
    at(2, "function_call_arguments.done", arguments='{"path":"a"}'),
    at(2, "output_item.done", item=CALLED),
    completed(REASONED, SAID, CALLED),
)
WHOLE = AssistantMessage(text="ok", reasoning="hm", tool_calls=(CALL,))


@pytest.mark.parametrize(
    "events",
    [
        RESPONSE,
        tuple(one for one in RESPONSE if b".delta" not in one),
        tuple(one for one in RESPONSE if b".done" not in one),
        (completed(REASONED, SAID, CALLED),),
        (*(one.replace(b'"output_index"', b'"_"') for one in RESPONSE[6:11]), completed(REASONED, CALLED)),
    ],
    ids=["pieces and wholes", "wholes alone", "pieces alone", "the end alone", "without indices"],
)
def test_a_response_is_the_same_however_it_is_told(events: tuple[bytes, ...]) -> None:
    _, done = read(Responses(), *events)
    assert done.message == WHOLE
    assert (done.finish, done.model) == ("tool_calls", "m")
    assert done.usage == Usage(prompt_tokens=9, completion_tokens=4, reasoning_tokens=1)


def test_a_response_streams() -> None:
    parts, _ = read(Responses(), *RESPONSE)
    assert parts[:4] == [
        ReasoningPart(text="h"),
        ReasoningPart(text="m"),
        TextPart(text="o"),
        TextPart(text="k"),
    ]
    assert parts[4] == CallPart(index=0, name="read_file", text="")
    assert [part.text for part in parts[5:] if isinstance(part, CallPart)] == ['{"path"', ':"a"}']


def test_two_calls_of_one_response_stay_apart() -> None:
    other = CALLED | {"id": "fc2", "call_id": "c2", "arguments": '{"path":"b"}'}
    _, done = read(Responses(), completed(CALLED, other))
    assert [call.id for call in done.message.tool_calls] == ["c1", "c2"]


def test_a_response_that_was_cut_for_its_length_says_so() -> None:
    end = response(
        "incomplete", SAID, status="incomplete", incomplete_details={"reason": "max_output_tokens"}
    )
    assert read(Responses(), end)[1].finish == "length"


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ((response("failed", error={"code": "x", "message": "Channel Error"}),), ModelCrashed),
        ((event("error", error={"code": "previous_response_not_found", "message": "no"}),), ReplyForgotten),
        ((event("error", message="Channel Error", code=None),), ModelCrashed),
        (RESPONSE[:9], ReplyCut),
        ((completed(),), EmptyReply),
        ((at(0, "output_text.delta", delta=7),), BadReply),
    ],
    ids=["failed", "forgotten", "error", "cut", "empty", "odd"],
)
def test_a_response_that_fails_says_why(events: tuple[bytes, ...], kind: type[ProviderError]) -> None:
    assert type(failure(Responses(), *events)) is kind


# --- messages


def block(index: int, kind: str, **fields: object) -> bytes:
    return event(f"content_block_{kind}", index=index, **fields)


MESSAGE = (
    event("message_start", message={"model": "m", "usage": {"input_tokens": 9, "output_tokens": 0}}),
    event("ping"),
    block(0, "start", content_block={"type": "thinking", "thinking": ""}),
    block(0, "delta", delta={"type": "thinking_delta", "thinking": "hm"}),
    block(0, "delta", delta={"type": "signature_delta", "signature": "s"}),
    block(0, "stop"),
    block(1, "start", content_block={"type": "text", "text": ""}),
    block(1, "delta", delta={"type": "text_delta", "text": "ok"}),
    block(1, "stop"),
    block(2, "start", content_block={"type": "tool_use", "id": "c1", "name": "read_file", "input": {}}),
    block(2, "delta", delta={"type": "input_json_delta", "partial_json": '{"path"'}),
    block(2, "delta", delta={"type": "input_json_delta", "partial_json": ':"a"}'}),
    block(2, "stop"),
    event("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 4}),
    event("message_stop"),
)


def test_a_message_streams_and_completes() -> None:
    parts, done = read(Messages(), *MESSAGE)
    assert [type(part) for part in parts] == [ReasoningPart, TextPart, CallPart, CallPart, CallPart]
    assert done.message == WHOLE
    assert (done.finish, done.model) == ("tool_calls", "m")
    assert done.usage == Usage(prompt_tokens=9, completion_tokens=4)


def test_what_came_from_the_cache_counts_as_read() -> None:
    usage = {"input_tokens": 9, "cache_read_input_tokens": 30, "output_tokens": 1}
    events = (event("message_start", message={"usage": usage}), *MESSAGE[6:9], MESSAGE[-2])
    assert read(Messages(), *events)[1].usage == Usage(
        prompt_tokens=39, completion_tokens=4, cached_tokens=30
    )


def test_arguments_that_come_with_the_beginning_of_a_call_are_taken() -> None:
    given = {"type": "tool_use", "id": "c1", "name": "read_file", "input": {"path": "a"}}
    _, done = read(Messages(), block(0, "start", content_block=given), block(0, "stop"), *MESSAGE[-2:])
    assert json.loads(done.message.tool_calls[0].arguments) == {"path": "a"}


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded"])
def test_a_message_that_was_cut_for_its_length_says_so(reason: str) -> None:
    end = event("message_delta", delta={"stop_reason": reason})
    assert read(Messages(), *MESSAGE[:9], end)[1].finish == "length"


def test_a_message_that_fails_says_why() -> None:
    error = event("error", error={"type": "api_error", "message": "Channel Error"})
    assert isinstance(failure(Messages(), *MESSAGE[:4], error), ModelCrashed)
    assert isinstance(failure(Messages(), *MESSAGE[:9]), ReplyCut)


def test_a_message_that_is_not_streamed_is_read_whole() -> None:
    reader = Messages().reader(ASK, Server(address="http://x"), opens_in_reasoning=False)
    content = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "ok"},
        {"type": "tool_use", "id": "c1", "name": "read_file", "input": {"path": "a"}},
    ]
    body = {"type": "message", "model": "m", "content": content, "stop_reason": "tool_use", "usage": {}}
    assert reader.take_body(json.dumps(body).encode())
    message = reader.finish().message
    assert (message.text, message.reasoning, message.tool_calls[0].name) == ("ok", "hm", "read_file")


# --- native

STATS = {
    "input_tokens": 90,
    "total_output_tokens": 4,
    "reasoning_output_tokens": 1,
    "tokens_per_second": 40.0,
}


def end(*output: dict[str, Any], **stats: object) -> bytes:
    result = {"model_instance_id": "m", "output": output, "stats": STATS | stats, "response_id": "resp_1"}
    return event("chat.end", result=result)


def said(text: str) -> dict[str, Any]:
    return {"type": "message", "content": text}


NATIVE = (
    event("chat.start", model_instance_id="m"),
    event("model_load.start", model_instance_id="m"),
    event("model_load.progress", model_instance_id="m", progress=0.4),
    event("model_load.end", model_instance_id="m", load_time_seconds=3.2),
    event("prompt_processing.start"),
    event("prompt_processing.progress", progress=0.5),
    event("prompt_processing.end"),
    event("reasoning.start"),
    event("reasoning.delta", content="hm"),
    event("reasoning.end"),
    event("tool_call.start", tool="search"),
    event("tool_call.name", tool_name="search"),
    event("tool_call.arguments", tool="search", arguments={"q": "x"}),
    event(
        "tool_call.success", tool="search", arguments={"q": "x"}, output='[{"type":"text","text":"found"}]'
    ),
    event("prompt_processing.start"),
    event("prompt_processing.end"),
    event("message.start"),
    event("message.delta", content="o"),
    event("message.delta", content="k"),
    event("message.end"),
    event("some.news", of="tomorrow"),
    end({"type": "reasoning", "content": "hm"}, said("ok")),
)


def test_a_native_reply_tells_loading_and_prefill_before_it_streams() -> None:
    parts, done = read(native(), *NATIVE)
    assert parts == [
        LoadingPart(model="m", progress=0.0),
        LoadingPart(model="m", progress=0.4),
        LoadingPart(model="m", progress=1.0),
        PrefillPart(processed_tokens=0, total_tokens=100, estimated=True),
        PrefillPart(processed_tokens=50, total_tokens=100, estimated=True),
        PrefillPart(processed_tokens=100, total_tokens=100, estimated=True),
        ReasoningPart(text="hm"),
        ServerToolPart(tool="search", arguments='{"q": "x"}', output="found"),
        TextPart(text="o"),
        TextPart(text="k"),
    ]
    assert done.message == AssistantMessage(text="ok", reasoning="hm")
    assert done.usage == Usage(prompt_tokens=90, completion_tokens=4, reasoning_tokens=1)
    assert (done.finish, done.model, done.tokens_per_s) == ("stop", "m", 40.0)


@pytest.mark.parametrize("streamed", ["", "o", "no"])
def test_the_end_of_a_native_reply_says_what_it_was(streamed: str) -> None:
    _, done = read(native(), event("message.delta", content=streamed), end(said("ok")))
    assert done.message.text == "ok"


def test_messages_of_one_native_reply_are_paragraphs() -> None:
    events = [event("message.start"), event("message.delta", content="a"), event("message.end")] * 2
    assert read(native(), *events, end(said("a"), said("a")))[1].message.text == "a\n\na"


@pytest.mark.parametrize(
    ("stats", "finish"),
    [
        ({"total_output_tokens": 50}, "length"),
        ({"total_output_tokens": 49}, "length"),
        ({"total_output_tokens": 48}, "stop"),
        ({"input_tokens": 996}, "length"),
    ],
)
def test_that_a_native_reply_was_cut_is_told_from_its_counts(stats: dict[str, Any], finish: str) -> None:
    assert read(native(), end(said("ok"), **stats))[1].finish == finish


def test_a_server_tool_that_failed_is_told_as_such() -> None:
    metadata = {"type": "invalid_name", "tool_name": "nope", "arguments": {"a": 1}}
    told = ServerToolPart(tool="nope", arguments='{"a": 1}', output="no such tool", failed=True)
    failed = event("tool_call.failure", reason="no such tool", metadata=metadata)
    assert read(native(), failed, end(said("ok")))[0][0] == told
    item = {"type": "invalid_tool_call", "reason": "no such tool", "metadata": metadata}
    assert read(native(), end(item, said("ok")))[0][0] == told


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ((event("error", error={"type": "internal_error", "message": "Channel Error"}), end()), ModelCrashed),
        (
            (event("error", error={"type": "plugin_connection_error", "message": "Cannot find it"}),),
            IntegrationRefused,
        ),
        (NATIVE[:-1], ReplyCut),
        ((end(),), EmptyReply),
    ],
    ids=["error", "plugin", "cut", "empty"],
)
def test_a_native_reply_that_fails_says_why(events: tuple[bytes, ...], kind: type[ProviderError]) -> None:
    assert type(failure(native(), *events)) is kind


# --- all

STREAMS: dict[str, tuple[bytes, ...]] = {"responses": RESPONSE, "messages": MESSAGE, "native": NATIVE}


def wire_of(name: str) -> Wire:
    wires: dict[str, Wire] = {"responses": Responses(), "messages": Messages(), "native": native()}
    return wires[name]


@pytest.mark.parametrize("name", list(STREAMS))
@given(data=st.data())
def test_where_the_bytes_are_cut_does_not_matter(name: str, data: st.DataObject) -> None:
    stream = b"".join(STREAMS[name])
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    places = [0, *sorted(cuts), len(stream)]
    pieces = [stream[start:stop] for start, stop in pairwise(places)]
    assert read(wire_of(name), *pieces)[1] == read(wire_of(name), stream)[1]


ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["item", "delta", "content", "response", "output", "result", "stats", "usage", "index"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", list(STREAMS))
@given(data=st.data())
def test_no_event_is_too_odd_to_be_refused_in_words(name: str, data: st.DataObject) -> None:
    kinds = sorted({json.loads(one.split(b"data: ")[1])["type"] for one in STREAMS[name]})
    fields = st.dictionaries(st.sampled_from(["item", "delta", "response", "result", "index"]), ODD)
    events = data.draw(st.lists(st.tuples(st.sampled_from(kinds), fields), max_size=5))
    with suppress(ProviderError):
        read(wire_of(name), *(event(kind, **values) for kind, values in events))
