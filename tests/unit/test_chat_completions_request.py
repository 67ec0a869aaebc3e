from __future__ import annotations

import json
from typing import Any

from vtcode.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from vtcode.providers.base import Request, Sampling
from vtcode.providers.wires.chat_completions import encode

CALL = ToolCall(id="7", name="read_file", arguments='{"path":  "é"}')
TOOL = ToolDefinition(name="read_file", description="Reads.", parameters={"$schema": "x", "type": "object"})
HISTORY: tuple[Message, ...] = (
    SystemMessage(text="Be brief."),
    UserMessage(text="look"),
    AssistantMessage(reasoning="secret thought", tool_calls=(CALL,)),
    ToolMessage(call_id="7", name="read_file", text="hello"),
)


def body(*messages: Message, tools: tuple[ToolDefinition, ...] = ()) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(encode(Request(model="m", messages=messages, tools=tools)))
    return decoded


def test_the_bytes_of_a_request_are_fixed() -> None:
    request = Request(
        model="m", messages=HISTORY, tools=(TOOL,), sampling=Sampling(temperature=0.5, max_tokens=9)
    )
    assert encode(request, extra={"return_progress": True}).decode() == (
        '{"model":"m","messages":['
        '{"role":"system","content":"Be brief."},'
        '{"role":"user","content":"look"},'
        '{"role":"assistant","content":"","tool_calls":[{"id":"7","type":"function",'
        '"function":{"name":"read_file","arguments":"{\\"path\\":  \\"é\\"}"}}]},'
        '{"role":"tool","tool_call_id":"7","content":"hello"}],'
        '"tools":[{"type":"function","function":{"name":"read_file","description":"Reads.",'
        '"parameters":{"type":"object","properties":{}}}}],'
        '"temperature":0.5,"max_tokens":9,"stream":true,"stream_options":{"include_usage":true},'
        '"return_progress":true}'
    )


def test_a_longer_history_begins_with_the_bytes_of_the_shorter_one() -> None:
    def messages_of(history: tuple[Message, ...]) -> str:
        return json.dumps(body(*history, tools=(TOOL,))["messages"])

    longer = (*HISTORY, AssistantMessage(text="It says hello."), UserMessage(text="thanks"))
    assert messages_of(longer).startswith(messages_of(HISTORY).removesuffix("]"))


def test_reasoning_is_never_sent_back() -> None:
    assert b"secret thought" not in encode(Request(model="m", messages=HISTORY))


def test_without_tools_nothing_about_tools_is_sent() -> None:
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body(UserMessage(text="hi")).keys()


def test_what_is_not_set_is_not_sent() -> None:
    assert body(UserMessage(text="hi")).keys() == {"model", "messages", "stream", "stream_options"}


def test_messages_of_one_role_in_a_row_become_one() -> None:
    sent = body(
        UserMessage(text="a"),
        UserMessage(text="b"),
        AssistantMessage(text="c"),
        AssistantMessage(text="d", tool_calls=(CALL,)),
    )["messages"]
    assert [message["content"] for message in sent] == ["a\n\nb", "c\n\nd"]
    assert sent[1]["tool_calls"][0]["id"] == "7"


def test_tool_results_stay_apart() -> None:
    results = (ToolMessage(call_id="1", name="f", text="a"), ToolMessage(call_id="2", name="f", text="b"))
    assert [message["tool_call_id"] for message in body(*results)["messages"]] == ["1", "2"]


def test_an_empty_answer_is_left_out_and_its_neighbours_join() -> None:
    sent = body(UserMessage(text="a"), AssistantMessage(reasoning="hm"), UserMessage(text="b"))["messages"]
    assert sent == [{"role": "user", "content": "a\n\nb"}]


def test_the_system_message_comes_first() -> None:
    assert body(UserMessage(text="a"), SystemMessage(text="s"))["messages"][0]["role"] == "system"


def test_half_a_surrogate_pair_does_not_break_the_request() -> None:
    assert body(UserMessage(text="a\ud83d"))["messages"][0]["content"] == "a?"
