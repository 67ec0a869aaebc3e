"""What a server has stored of a conversation: when it is gone on from, and when everything is sent again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from vtcode.errors import KeysRefused, ModelCrashed, ReplyForgotten
from vtcode.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage
from vtcode.providers.base import Request, Sampling
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.server_words import Server
from vtcode.providers.wires import Wire
from vtcode.providers.wires.native import Native
from vtcode.providers.wires.responses import Responses

SYSTEM, HELLO, THANKS = SystemMessage(text="Be brief."), UserMessage(text="hello"), UserMessage(text="thanks")
FIRST = Request(model="m", messages=(SYSTEM, HELLO))
CALL = ToolCall(id="c1", name="read_file", arguments="{}")
RESULT = ToolMessage(call_id="c1", name="read_file", text="found")


def answer(wire: Wire, request: Request, text: str, response_id: str, *calls: ToolCall) -> AssistantMessage:
    """Have a wire read a whole reply, as if the server had just sent it."""
    reader = wire.reader(request, Server(address="http://x"), opens_in_reasoning=False)
    output: list[dict[str, Any]] = [
        {"type": "message", "content": text if isinstance(wire, Native) else [{"text": text}]}
    ]
    output += [
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        for call in calls
    ]
    reader.take_body(json.dumps({"id": response_id, "response_id": response_id, "output": output}).encode())
    return reader.finish().message


def sent(wire: Wire, *messages: Message, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wire.encode(Request(model="m", messages=messages, **fields)))
    return body


@pytest.fixture(params=["native", "responses"])
def wire(request: pytest.FixtureRequest) -> Wire:
    return Native({}) if request.param == "native" else Responses()


def is_in_full(body: dict[str, Any]) -> bool:
    return "previous_response_id" not in body and "hello" in json.dumps(body["input"])


def test_only_what_is_new_is_sent(wire: Wire) -> None:
    said = answer(wire, FIRST, "Hi.", "resp_1")
    body = sent(wire, SYSTEM, HELLO, said, THANKS)
    assert body["previous_response_id"] == "resp_1"
    assert "system_prompt" not in body
    assert "hello" not in json.dumps(body["input"])
    assert "Be brief." not in json.dumps(body)
    assert "thanks" in json.dumps(body["input"])


def test_a_conversation_goes_on_from_its_last_stored_reply(wire: Wire) -> None:
    said = answer(wire, FIRST, "Hi.", "resp_1")
    second = replace(FIRST, messages=(SYSTEM, HELLO, said, THANKS))
    again = answer(wire, second, "Welcome.", "resp_2")
    body = sent(wire, SYSTEM, HELLO, said, THANKS, again, UserMessage(text="bye"))
    assert body["previous_response_id"] == "resp_2"
    assert "thanks" not in json.dumps(body["input"])


def test_the_same_request_is_sent_in_the_same_bytes_after_its_reply(wire: Wire) -> None:
    said = answer(wire, FIRST, "Hi.", "resp_1")
    second = replace(FIRST, messages=(SYSTEM, HELLO, said, THANKS))
    before = wire.encode(second)
    answer(wire, second, "Welcome.", "resp_2")
    assert wire.encode(second) == before


@pytest.mark.parametrize(
    "history",
    [
        (SYSTEM, UserMessage(text="hello, you"), AssistantMessage(text="Hi."), THANKS),
        (SystemMessage(text="Be kind."), HELLO, AssistantMessage(text="Hi."), THANKS),
        (SYSTEM, HELLO, AssistantMessage(text="Something else."), THANKS),
        (SYSTEM, HELLO, THANKS),
        (SYSTEM, HELLO, AssistantMessage(text="Hi.", tool_calls=(CALL,)), RESULT),
        (SYSTEM, HELLO, AssistantMessage(text="Hi.")),
    ],
    ids=["question", "system prompt", "answer", "no answer", "call", "nothing new"],
)
def test_a_conversation_that_is_another_one_is_sent_in_full(wire: Wire, history: tuple[Message, ...]) -> None:
    answer(wire, FIRST, "Hi.", "resp_1")
    assert is_in_full(sent(wire, *history))


def test_another_model_is_told_everything(wire: Wire) -> None:
    said = answer(wire, FIRST, "Hi.", "resp_1")
    request = Request(model="other", messages=(SYSTEM, HELLO, said, THANKS))
    assert is_in_full(json.loads(wire.encode(request)))


def test_an_answer_that_is_written_anew_is_the_same_one(wire: Wire) -> None:
    answer(wire, FIRST, '<tool_call>\n{"name": "f"}\n</tool_call>', "resp_1")
    rewritten = AssistantMessage(text='<tool_call>{"name":"f"}</tool_call>')
    assert sent(wire, SYSTEM, HELLO, rewritten, THANKS)["previous_response_id"] == "resp_1"


def test_a_result_goes_over_alone_where_the_server_has_the_call() -> None:
    wire = Responses()
    said = answer(wire, FIRST, "I look.", "resp_1", CALL)
    body = sent(wire, SYSTEM, HELLO, said, RESULT)
    assert body["input"] == [{"type": "function_call_output", "call_id": "c1", "output": "found"}]


def test_a_call_whose_id_was_made_here_is_told_to_the_server() -> None:
    wire = Responses()
    said = answer(wire, FIRST, "I look.", "resp_1", replace(CALL, id=""))
    assert said.tool_calls[0].id
    assert is_in_full(sent(wire, SYSTEM, HELLO, said, replace(RESULT, call_id=said.tool_calls[0].id)))


def test_native_takes_no_answers_so_one_that_it_does_not_have_takes_a_transcript() -> None:
    wire = Native({})
    said = answer(wire, FIRST, "Hi.", "resp_1")
    cut = AssistantMessage(text="cut off")
    assert is_in_full(sent(wire, SYSTEM, HELLO, said, THANKS, cut, UserMessage(text="go on")))


def test_after_a_reply_was_forgotten_everything_is_sent(wire: Wire) -> None:
    said = answer(wire, FIRST, "Hi.", "resp_1")
    second = replace(FIRST, messages=(SYSTEM, HELLO, said, THANKS))
    assert wire.adapts_to(second, ReplyForgotten("gone"))
    assert is_in_full(json.loads(wire.encode(second)))
    assert not wire.adapts_to(second, ReplyForgotten("gone"))


def test_a_server_that_forgets_again_and_again_is_no_longer_relied_on(wire: Wire) -> None:
    second = FIRST
    for number in range(3):
        said = answer(wire, FIRST, "Hi.", f"resp_{number}")
        second = replace(FIRST, messages=(SYSTEM, HELLO, said, THANKS))
        assert wire.adapts_to(second, ReplyForgotten("gone"))
    answer(wire, FIRST, "Hi.", "resp_9")
    assert is_in_full(json.loads(wire.encode(second)))


def test_other_failures_teach_nothing(wire: Wire) -> None:
    assert not wire.adapts_to(FIRST, ModelCrashed("x"))


def test_native_leaves_out_a_key_that_was_refused_once() -> None:
    wire = Native({})
    warm = replace(FIRST, sampling=Sampling(temperature=0.5, top_k=3))
    assert wire.adapts_to(warm, KeysRefused("x", keys=("top_k",)))
    assert not wire.adapts_to(warm, KeysRefused("x", keys=("top_k",)))
    body = json.loads(wire.encode(warm))
    assert "top_k" not in body
    assert body["temperature"] == 0.5


def test_native_never_leaves_out_what_it_asks() -> None:
    assert not Native({}).adapts_to(FIRST, KeysRefused("x", keys=("input",)))


def test_a_key_that_one_model_does_not_take_still_goes_to_the_others() -> None:
    models = {name: ModelInfo(id=name, state="loaded", reasoning_efforts=("on", "off")) for name in "AB"}
    wire = Native(models)
    asked = {name: replace(FIRST, model=name, reasoning_effort="on") for name in "AB"}
    assert wire.adapts_to(asked["A"], KeysRefused("x", keys=("reasoning",)))
    assert "reasoning" not in json.loads(wire.encode(asked["A"]))
    assert json.loads(wire.encode(asked["B"]))["reasoning"] == "on"
    assert wire.adapts_to(asked["B"], KeysRefused("x", keys=("reasoning",)))
