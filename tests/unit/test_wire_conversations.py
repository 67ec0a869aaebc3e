"""What becomes of a conversation on its way to a server: roles, pictures, reasoning effort, sampling."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vtcode.messages import (
    AssistantMessage,
    Image,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from vtcode.providers.base import Request, Sampling
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.wires import Wire
from vtcode.providers.wires.chat_completions import ChatCompletions
from vtcode.providers.wires.messages import Messages
from vtcode.providers.wires.native import Native
from vtcode.providers.wires.responses import Responses

CALL = ToolCall(id="7", name="read_file", arguments='{"path": "é"}')
TOOL = ToolDefinition(name="read_file", description="Reads.", parameters={})
PICTURE = Image(media_type="image/png", data="QUJD", name="a.png")
HISTORY: tuple[Message, ...] = (
    SystemMessage(text="Be brief."),
    UserMessage(text="look"),
    AssistantMessage(text="I look.", reasoning="secret thought", tool_calls=(CALL,)),
    ToolMessage(call_id="7", name="read_file", text="hello"),
)
MODEL = ModelInfo(id="m", state="loaded", reasoning_efforts=("off", "low", "high"))


def wires() -> dict[str, Wire]:
    return {
        "chat_completions": ChatCompletions(),
        "responses": Responses(),
        "messages": Messages(),
        "native": Native({"m": MODEL}),
    }


NAMES = list(wires())


def sent(name: str, *messages: Message, **fields: Any) -> dict[str, Any]:
    request = Request(model="m", messages=messages or HISTORY, **fields)
    body: dict[str, Any] = json.loads(wires()[name].encode(request))
    return body


@pytest.mark.parametrize("name", NAMES)
def test_equal_requests_give_equal_bytes(name: str) -> None:
    request = Request(model="m", messages=HISTORY, tools=(TOOL,), sampling=Sampling(seed=1, top_k=3))
    assert wires()[name].encode(request) == wires()[name].encode(request)


@pytest.mark.parametrize("name", ["chat_completions", "responses", "messages"])
def test_a_longer_history_begins_with_the_bytes_of_the_shorter_one(name: str) -> None:
    key = "input" if name == "responses" else "messages"
    longer = (*HISTORY, AssistantMessage(text="It says hello."), UserMessage(text="thanks"))
    before, after = (json.dumps(sent(name, *history)[key]) for history in (HISTORY, longer))
    assert after.startswith(before.rstrip("]}"))


@pytest.mark.parametrize("name", NAMES)
def test_reasoning_is_never_sent_back(name: str) -> None:
    assert "secret thought" not in json.dumps(sent(name))


@pytest.mark.parametrize("name", NAMES)
def test_half_a_surrogate_pair_does_not_break_the_request(name: str) -> None:
    assert b"a?" in wires()[name].encode(Request(model="m", messages=(UserMessage(text="a\ud83d"),)))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_goes_over_in_the_request_itself(name: str) -> None:
    body = json.dumps(sent(name, UserMessage(text="what is it?", images=(PICTURE,))))
    assert "QUJD" in body
    assert "what is it?" in body
    assert ("data:image/png;base64,QUJD" in body) == (name != "messages")


@pytest.mark.parametrize("name", NAMES)
def test_pictures_of_messages_that_are_joined_all_go_over(name: str) -> None:
    other = Image(media_type="image/jpeg", data="REVG")
    asked = (UserMessage(text="a", images=(PICTURE,)), UserMessage(text="b", images=(other,)))
    body = json.dumps(sent(name, *asked))
    assert "QUJD" in body
    assert "REVG" in body


@pytest.mark.parametrize(
    ("name", "effort", "expected"),
    [
        ("chat_completions", "high", {"reasoning_effort": "high"}),
        ("chat_completions", "off", {"reasoning_effort": "none"}),
        ("chat_completions", "on", {"reasoning_effort": "medium"}),
        ("responses", "low", {"reasoning": {"effort": "low"}}),
        ("responses", "off", {"reasoning": {"effort": "none"}}),
        ("native", "high", {"reasoning": "high"}),
        ("native", "medium", {}),
        ("messages", "high", {}),
    ],
)
def test_reasoning_effort_in_the_words_of_each_api(name: str, effort: str, expected: dict[str, Any]) -> None:
    body = sent(name, reasoning_effort=effort)
    assert {key: value for key, value in body.items() if key.startswith("reasoning")} == expected


@pytest.mark.parametrize("efforts", [(), None])
def test_native_sends_no_reasoning_to_a_model_that_may_have_no_such_switch(efforts: Any) -> None:
    wire = Native({"m": ModelInfo(id="m", reasoning_efforts=efforts)})
    body = json.loads(wire.encode(Request(model="m", messages=HISTORY, reasoning_effort="high")))
    assert "reasoning" not in body


EVERYTHING = Sampling(
    temperature=1.5,
    top_p=0.9,
    top_k=40,
    min_p=0.1,
    repeat_penalty=1.1,
    presence_penalty=0.5,
    frequency_penalty=0.6,
    seed=7,
    stop=("END",),
    max_tokens=99,
)
COMMON = {"temperature": 1.5, "top_p": 0.9, "top_k": 40}
PENALTIES = {"repeat_penalty": 1.1, "presence_penalty": 0.5, "frequency_penalty": 0.6}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "chat_completions",
            {**COMMON, **PENALTIES, "min_p": 0.1, "seed": 7, "stop": ["END"], "max_tokens": 99},
        ),
        (
            "responses",
            {**COMMON, **PENALTIES, "min_p": 0.1, "seed": 7, "stop": ["END"], "max_output_tokens": 99},
        ),
        ("messages", {**COMMON, "stop_sequences": ["END"], "max_tokens": 99}),
        (
            "native",
            {**COMMON, "temperature": 1.0, "min_p": 0.1, "repeat_penalty": 1.1, "max_output_tokens": 99},
        ),
    ],
)
def test_sampling_under_the_names_of_each_api(name: str, expected: dict[str, Any]) -> None:
    about = {"model", "messages", "input", "stream", "stream_options", "system", "system_prompt", "store"}
    body = sent(name, sampling=EVERYTHING)
    assert {key: value for key, value in body.items() if key not in about} == expected


def test_a_schema_of_the_reply_is_a_response_format() -> None:
    schema = {"type": "object", "properties": {}}
    body = sent("chat_completions", response_schema=schema)
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert all("response_format" not in sent(name, response_schema=schema) for name in NAMES[1:])


def test_strict_roles_leave_only_user_and_assistant_in_turns() -> None:
    longer = (*HISTORY, UserMessage(text="and?"), AssistantMessage(text="Hello."), UserMessage(text="thanks"))
    messages = sent("chat_completions", *longer, strict_roles=True)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant", "user"]
    assert messages[0]["content"] == "Be brief.\n\nlook"
    assert messages[1]["content"] == (
        'I look.\n<tool_call>\n{"name": "read_file", "arguments": {"path": "é"}}\n</tool_call>'
    )
    assert messages[2]["content"] == "<tool_response>\nhello\n</tool_response>\n\nand?"


def test_messages_takes_the_system_prompt_apart_and_results_as_the_users() -> None:
    body = sent("messages", tools=(TOOL,))
    assert body["system"] == "Be brief."
    assert body["max_tokens"] > 0
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "look"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "7", "name": "read_file", "input": {"path": "é"}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "7", "content": "hello"}]},
    ]
    assert body["tools"][0]["input_schema"] == {"type": "object", "properties": {}}


def test_responses_takes_items() -> None:
    body = sent("responses", tools=(TOOL,))
    assert [item.get("role", item["type"]) for item in body["input"]] == [
        "system",
        "user",
        "assistant",
        "function_call",
        "function_call_output",
    ]
    assert body["tools"][0]["parameters"] == {"type": "object", "properties": {}}
    assert "text" not in body


def test_native_takes_a_first_question_with_the_system_prompt_apart() -> None:
    body = sent("native", SystemMessage(text="Be brief."), UserMessage(text="look"))
    assert body == {"model": "m", "system_prompt": "Be brief.", "input": "look", "stream": True}


def test_native_takes_a_conversation_that_it_has_not_stored_as_a_transcript() -> None:
    said = sent("native", *HISTORY, AssistantMessage(text="It says hello."), UserMessage(text="thanks"))
    told = said["input"]
    order = ["look", "I look.", '"name": "read_file"', "hello", "It says hello.", "It goes on.", "thanks"]
    places = [told.index(words) for words in order]
    assert places == sorted(places)
    assert said["system_prompt"] == "Be brief."


def test_native_never_sends_an_empty_input() -> None:
    ends_with_an_answer = (UserMessage(text="hi"), AssistantMessage(text="cut"))
    assert "Go on." in sent("native", *ends_with_an_answer)["input"]


@pytest.mark.parametrize(("state", "expected"), [("downloaded", 9_000), ("loaded", None)])
def test_native_asks_for_a_window_only_where_the_model_is_loaded_for_the_request(
    state: Any, expected: int | None
) -> None:
    wire = Native({"m": ModelInfo(id="m", state=state)})
    body = json.loads(wire.encode(Request(model="m", messages=HISTORY, context_length=9_000)))
    assert body.get("context_length") == expected


def test_integrations_go_over_only_where_they_are_allowed() -> None:
    wire = Native({}, ["mcp/files", "https://mcp.example.com/a", "https://mcp.example.com/b"])
    asked, allowed = (
        json.loads(wire.encode(Request(model="m", messages=HISTORY, integrations=may)))
        for may in (False, True)
    )
    assert "integrations" not in asked
    assert allowed["integrations"] == [
        "mcp/files",
        {
            "type": "ephemeral_mcp",
            "server_label": "mcp-example-com",
            "server_url": "https://mcp.example.com/a",
        },
        {
            "type": "ephemeral_mcp",
            "server_label": "mcp-example-com-2",
            "server_url": "https://mcp.example.com/b",
        },
    ]
