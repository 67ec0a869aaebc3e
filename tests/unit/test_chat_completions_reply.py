from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.errors import (
    BadReply,
    EmptyReply,
    ModelCrashed,
    ProviderError,
    ReplyCut,
    WindowExceeded,
)
from vtcode.messages import AssistantMessage, ToolCall, ToolDefinition, Usage, UserMessage
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    Part,
    PrefillPart,
    ReasoningPart,
    Request,
    TextPart,
)
from vtcode.providers.server_words import Server
from vtcode.providers.wires.chat_completions import ReplyParser

ASK = Request(
    model="asked",
    messages=(
        UserMessage(text="hi"),
        AssistantMessage(tool_calls=(ToolCall(id="used", name="read_file", arguments="{}"),)),
    ),
    tools=(ToolDefinition(name="read_file", description=""),),
)
DONE = b"data: [DONE]\n\n"


def frame(payload: object, event: str = "") -> bytes:
    return (f"event: {event}\n" if event else "").encode() + f"data: {json.dumps(payload)}\n\n".encode()


def delta(finish: str | None = None, **fields: object) -> bytes:
    return frame({"model": "m", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def call(arguments: str, **fields: object) -> bytes:
    name = fields.pop("name", None)
    entry: dict[str, Any] = {"index": 0, "function": {"name": name, "arguments": arguments}, **fields}
    return delta(tool_calls=[entry])


def parser(*, opens_in_reasoning: bool = False) -> ReplyParser:
    return ReplyParser(ASK, server=Server(address="http://x"), opens_in_reasoning=opens_in_reasoning)


def read(*frames: bytes) -> tuple[list[Part], CompletedPart]:
    reply = parser()
    parts = [part for one in frames for part in reply.feed(one)]
    return parts, reply.finish()


def failure(*frames: bytes) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        read(*frames)
    return caught.value


def test_text_is_streamed_and_completed() -> None:
    parts, completed = read(delta(content="Hel"), delta(content="lo"), delta("stop"), DONE)
    assert parts == [TextPart(text="Hel"), TextPart(text="lo")]
    assert completed.message == AssistantMessage(text="Hello")
    assert (completed.finish, completed.model, completed.usage) == ("stop", "m", None)


def test_pieces_of_one_kind_in_one_read_are_one_part() -> None:
    burst = b"".join(
        [
            delta(reasoning_content="a"),
            delta(reasoning_content="b"),
            delta(content="c"),
            delta(content="d"),
            call("", name="read_file", id="1"),
            call("{"),
            call("}"),
            delta("tool_calls"),
        ]
    )
    parts, completed = read(burst, DONE)
    assert parts == [
        ReasoningPart(text="ab"),
        TextPart(text="cd"),
        CallPart(index=0, name="read_file", text="{}"),
    ]
    assert completed.message.reasoning == "ab"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_read_from_either_field(field: str) -> None:
    parts, completed = read(delta(**{field: "hm"}), delta(content="ok"), delta("stop"))
    assert parts[0] == ReasoningPart(text="hm")
    assert completed.message == AssistantMessage(text="ok", reasoning="hm")


def test_reasoning_in_both_fields_is_read_once() -> None:
    _, completed = read(delta(reasoning_content="hm", reasoning="hm"), delta("stop"))
    assert completed.message.reasoning == "hm"


def test_reasoning_between_tags_is_not_in_the_answer() -> None:
    parts, completed = read(delta(content="<thi"), delta(content="nk>hm</think>\n\nok"), delta("stop"))
    assert parts == [ReasoningPart(text="hm"), TextPart(text="ok")]
    assert completed.message == AssistantMessage(text="ok", reasoning="hm")


def test_reasoning_without_its_opening_tag_is_found_at_the_end() -> None:
    reply = parser()
    reply.feed(delta(content="hm\n</think>\n\nok") + delta("stop"))
    assert reply.finish().message == AssistantMessage(text="ok", reasoning="hm")
    assert reply.closed_without_opening


def test_reasoning_alone_is_a_reply() -> None:
    _, completed = read(delta(reasoning_content="the answer is 4"), delta("stop"))
    assert completed.message == AssistantMessage(reasoning="the answer is 4")


@pytest.mark.parametrize("finish", ["tool_calls", "stop", "function_call"])
def test_calls_decide_the_finish_reason(finish: str) -> None:
    _, completed = read(call("{}", name="Read-File", id="1"), delta(finish))
    assert completed.finish == "tool_calls"
    assert completed.message.tool_calls == (ToolCall(id="1", name="read_file", arguments="{}"),)


def test_calls_without_a_finish_reason_but_an_end_mark_are_complete() -> None:
    assert read(call("{}", name="f", id="1"), DONE)[1].finish == "tool_calls"


def test_a_length_stop_in_the_middle_of_a_call_says_so() -> None:
    _, completed = read(call('{"path', name="f", id="1"), delta("length"))
    assert completed.finish == "length"
    assert completed.message.tool_calls[0].arguments == '{"path'


def test_an_id_of_an_earlier_call_is_not_used_again() -> None:
    _, completed = read(call("{}", name="f", id="used"), delta("stop"))
    assert completed.message.tool_calls[0].id == "000000002"


def test_an_empty_list_of_calls_is_none() -> None:
    assert read(delta(content="ok", tool_calls=[]), delta("stop"))[1].finish == "stop"


def test_usage_comes_with_its_details() -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    _, completed = read(delta("stop", content="ok"), frame({"choices": [], "usage": usage}), DONE)
    assert completed.usage == Usage(prompt_tokens=9, completion_tokens=3, cached_tokens=8, reasoning_tokens=2)


@pytest.mark.parametrize("usage", [None, "x", [], {}, {"prompt_tokens": "9"}, {"prompt_tokens": True}])
def test_usage_that_says_nothing_is_none(usage: object) -> None:
    assert read(delta("stop", content="ok"), frame({"choices": [], "usage": usage}))[1].usage is None


def test_llama_cpp_tells_its_speed_and_its_cache() -> None:
    timings = {"cache_n": 5, "prompt_n": 2, "predicted_n": 4, "predicted_per_second": 12.5}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "timings": timings}
    _, completed = read(delta(content="ok"), frame(last))
    assert completed.tokens_per_s == 12.5
    assert completed.usage == Usage(prompt_tokens=7, completion_tokens=4, cached_tokens=5)


def test_prompt_progress_is_told_and_the_last_of_one_read_counts() -> None:
    def progress(processed: int) -> bytes:
        told = {"total": 90, "cache": 10, "processed": processed, "time_ms": 1}
        return frame({"choices": [{"index": 0, "delta": {"content": None}}], "prompt_progress": told})

    parts, _ = read(progress(20) + progress(40), delta("stop", content="ok"))
    assert parts[0] == PrefillPart(processed_tokens=40, total_tokens=90, cached_tokens=10)


@pytest.mark.parametrize(
    "told",
    [
        frame({"error": {"message": "Context size has been exceeded."}, "message": "x"}, "error"),
        frame({"error": "Context size has been exceeded."}),
        frame({"error": json.dumps({"message": "Context size has been exceeded."})}),
        frame({"object": "error", "message": "Context size has been exceeded.", "code": 400}),
        frame("Context size has been exceeded.", "error"),
        b"event: error\ndata: Context size has been exceeded.\n\n",
        b'error: {"code": 500, "message": "Context size has been exceeded."}\n\n',
    ],
    ids=["event", "string", "json in string", "vllm", "bare string", "no json", "old llama.cpp"],
)
def test_an_error_inside_a_stream_is_raised_in_every_shape(told: bytes) -> None:
    assert isinstance(failure(told), WindowExceeded)


def test_what_came_before_an_error_is_not_lost() -> None:
    reply = parser()
    parts = reply.feed(delta(content="half") + frame({"error": "The model has crashed"}, "error"))
    assert parts == [TextPart(text="half")]
    assert reply.done
    with pytest.raises(ModelCrashed):
        reply.finish()


def test_a_stream_that_ends_before_the_reply_is_cut() -> None:
    assert isinstance(failure(delta(content="half an ans")), ReplyCut)
    assert isinstance(failure(), ReplyCut)


@pytest.mark.parametrize(
    "frames",
    [(DONE,), (delta("stop"), DONE), (delta("length"),), (delta(content=" \n"), delta("stop"))],
    ids=["end mark", "stop", "length", "blank"],
)
def test_a_reply_with_nothing_in_it_is_empty(frames: tuple[bytes, ...]) -> None:
    assert isinstance(failure(*frames), EmptyReply)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        "text",
        7,
        {"choices": "x"},
        {"choices": ["x"]},
        {"choices": [{"delta": "x"}]},
        {"choices": [{"delta": {"content": 7}}]},
        {"choices": [{"delta": {"content": {"a": 1}}}]},
        {"choices": [{"delta": {"reasoning_content": [1]}}]},
        {"choices": [{"delta": {"tool_calls": {"a": 1}}}]},
        {"choices": [{"delta": {"tool_calls": ["x"]}}]},
    ],
)
def test_wrong_types_are_a_bad_reply(payload: object) -> None:
    assert isinstance(failure(frame(payload)), BadReply)


@pytest.mark.parametrize("data", ["{", "nonsense", "[" * 100_000], ids=["cut", "text", "deep"])
def test_broken_json_is_a_bad_reply(data: str) -> None:
    assert isinstance(failure(f"data: {data}\n\n".encode()), BadReply)


@pytest.mark.parametrize(
    "payload", [{}, {"choices": None}, {"choices": []}, {"choices": [{"delta": None}]}, {"model": 7}]
)
def test_a_chunk_that_says_nothing_changes_nothing(payload: object) -> None:
    assert read(frame(payload), b"data:\n\n", delta("stop", content="ok"))[1].message.text == "ok"


def test_other_choices_are_left_alone() -> None:
    second = {"choices": [{"index": 1, "delta": {"content": "no"}}]}
    assert read(frame(second), delta("stop", content="ok"))[1].message.text == "ok"


def test_half_a_surrogate_pair_is_replaced() -> None:
    _, completed = read(b'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n', delta("stop"))
    assert completed.message.text == "a\ufffd"


def test_a_whole_reply_of_a_server_that_does_not_stream_is_read() -> None:
    reply = parser()
    message = {"content": "ok", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "tool_calls"}]}, indent=1)
    parts = reply.take_body(body.encode())
    assert parts == [TextPart(text="ok"), CallPart(index=0, name="f", text="{}")]
    assert reply.finish().finish == "tool_calls"


REPLY = b"".join(
    [
        delta(reasoning_content="hé"),
        delta(content="<b>"),
        delta(content="ok"),
        call("", name="read_file", id="1"),
        call('{"a"'),
        call(": 1}"),
        delta("tool_calls"),
        frame({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
        DONE,
    ]
)


@given(st.lists(st.integers(min_value=0, max_value=len(REPLY))))
def test_any_split_of_the_bytes_is_the_same_reply(places: list[int]) -> None:
    edges = [0, *sorted(places), len(REPLY)]
    chunks = [REPLY[start:end] for start, end in pairwise(edges)]
    assert read(*chunks)[1] == read(REPLY)[1]


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_our_errors(noise: bytes) -> None:
    reply = parser()
    reply.feed(b"data: " + noise + b"\n\n" + delta("stop", content="ok"))
    try:
        reply.finish()
    except ProviderError:
        return
    assert reply.is_complete


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "choices": st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "delta": st.fixed_dictionaries(
                            {}, optional=dict.fromkeys(["content", "reasoning", "tool_calls"], JSON)
                        )
                        | JSON,
                        "finish_reason": JSON,
                        "index": JSON,
                    },
                ),
                max_size=2,
            ),
            "usage": JSON,
            "timings": JSON,
            "prompt_progress": JSON,
            "error": JSON,
            "model": JSON,
        },
    )
)
def test_no_json_raises_anything_but_our_errors(payload: dict[str, object]) -> None:
    reply = parser()
    reply.feed(frame(payload) + delta("stop", content="ok"))
    try:
        reply.finish()
    except ProviderError:
        return
    assert reply.is_complete


@pytest.mark.parametrize("data", ["Authorization: Bearer hunter2-key", '["Bearer hunter2-key"]'])
def test_what_is_no_reply_is_told_without_the_key(data: str) -> None:
    server = Server(address="http://x", secret="hunter2-key")
    reply = ReplyParser(ASK, server=server, opens_in_reasoning=False)
    reply.feed(f"data: {data}\n\n".encode())
    with pytest.raises(BadReply, match="Bearer …"):
        reply.finish()
