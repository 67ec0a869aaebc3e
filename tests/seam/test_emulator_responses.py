"""The emulator's `/v1/responses`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulated import CALL, HELLO, MODEL, WHOLE, ask, data_of, events_of, names_of
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    import httpx

    from tests.support.emulator import Emulator

PATH = "/v1/responses"
TOOL = {"type": "function", "name": "read_file", "parameters": {"type": "object", "properties": {}}}


async def refusal(http: httpx.AsyncClient, **fields: object) -> tuple[int, dict[str, Any]]:
    answer = await ask(http, PATH, **fields)
    return answer.status_code, answer.json()["error"]


async def test_a_stream_adds_its_items_fills_them_and_closes_them_in_order(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(WHOLE)
    answer = await ask(http, PATH, tools=[TOOL])
    item = ("response.output_item.added", "response.output_item.done")
    part = ("response.content_part.added", "response.content_part.done")
    call = "response.function_call_arguments"
    assert names_of(answer) == [
        *("response.created", "response.in_progress"),
        *(item[0], "response.reasoning_text.done", item[1]),
        *(item[0], part[0], "response.output_text.delta", "response.output_text.done", part[1], item[1]),
        *(item[0], f"{call}.delta", f"{call}.done", item[1]),
        "response.completed",
    ]
    numbers = [data["sequence_number"] for _, data in events_of(answer)]
    assert numbers == list(range(len(numbers)))
    response = data_of(answer, "response.completed")[0]["response"]
    assert [each["type"] for each in response["output"]] == ["reasoning", "message", "function_call"]
    assert response["output"][2]["arguments"] == CALL.arguments_text
    assert response["output"][2]["call_id"] == "7"
    assert response["usage"]["output_tokens_details"]["reasoning_tokens"] == 4


async def test_what_is_not_streamed_is_the_same_response(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.script(WHOLE, WHOLE)
    streamed = data_of(await ask(http, PATH), "response.completed")[0]["response"]
    whole = (await ask(http, PATH, stream=False)).json()
    assert [item["type"] for item in whole["output"]] == [item["type"] for item in streamed["output"]]
    assert (whole["status"], whole["usage"]) == (streamed["status"], streamed["usage"])


async def test_reasoning_is_told_once_unless_this_version_streams_it(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(WHOLE, WHOLE)
    assert not data_of(await ask(http, PATH), "response.reasoning_text.delta")
    emulator.faults.reasoning_deltas = True
    deltas = data_of(await ask(http, PATH), "response.reasoning_text.delta")
    assert "".join(delta["delta"] for delta in deltas) == WHOLE.reasoning


async def test_a_conversation_goes_on_from_any_response_of_it(http: httpx.AsyncClient) -> None:
    async def said(**fields: object) -> dict[str, Any]:
        body: dict[str, Any] = (await ask(http, PATH, stream=False, **fields)).json()
        return body

    first = await said(input="one " * 100)
    branches = [await said(previous_response_id=first["id"]) for _ in range(2)]
    costs = [answer["usage"]["input_tokens"] for answer in (*branches, await said())]
    assert costs[0] == costs[1] > costs[2] + 100


async def test_instructions_count_and_are_not_carried_over(http: httpx.AsyncClient) -> None:
    instructions = "be short " * 50
    told = (await ask(http, PATH, stream=False, instructions=instructions)).json()
    again = (await ask(http, PATH, stream=False, previous_response_id=told["id"])).json()
    assert told["usage"]["input_tokens"] > 100 > again["usage"]["input_tokens"]


@pytest.mark.parametrize("stored", [True, False])
async def test_a_response_that_is_lost_or_was_not_stored_is_not_found(
    emulator: Emulator, http: httpx.AsyncClient, stored: bool
) -> None:
    first = (await ask(http, PATH, stream=False, store=stored)).json()
    if stored:
        emulator.fail_once(previous_response_lost=True)
    status, error = await refusal(http, previous_response_id=first["id"])
    assert (status, error["code"]) == (400, "previous_response_not_found")


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"tools": [TOOL | {"parameters": {}}]}, "tools.0", "custom"),
        ({"tools": [TOOL, {"type": "function", "function": {"name": "f"}}]}, "tools.1", "custom"),
        ({"text": {}}, "text.format", "missing_required_parameter"),
        ({"input": [{"role": "nobody", "content": "x"}]}, "input.0", "invalid_union"),
        ({"input": [{"role": "user", "content": [{"type": "text"}]}]}, "input.0.content", "invalid_union"),
    ],
    ids=["parameters", "nested function", "text", "role", "content"],
)
async def test_what_it_does_not_take_is_refused_with_its_place(
    http: httpx.AsyncClient, fields: dict[str, object], param: str, code: str
) -> None:
    status, error = await refusal(http, **fields)
    assert (status, error["type"]) == (400, "invalid_request_error")
    assert (error["param"], error["code"]) == (param, code)


async def test_a_whole_conversation_may_be_sent_as_items(http: httpx.AsyncClient) -> None:
    items = [
        *HELLO,
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "call_id": "7", "name": "read_file", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "7", "output": "good morning"},
        {"role": "user", "content": [{"type": "input_text", "text": "well?"}]},
    ]
    answer = await ask(http, PATH, stream=False, input=items)
    assert answer.json()["output"][0]["content"][0]["text"] == "You said: well?"


async def test_an_unknown_model_is_a_404(http: httpx.AsyncClient) -> None:
    status, error = await refusal(http, model="nope")
    assert (status, error["param"], error["code"]) == (404, "model", "model_not_found")


async def test_a_failure_in_the_stream_is_an_error_and_a_failed_response(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(text="half", error="Channel Error"))
    answer = await ask(http, PATH)
    assert names_of(answer)[-2:] == ["error", "response.failed"]
    assert data_of(answer, "error")[0]["error"]["type"] == "internal_error"
    failed = data_of(answer, "response.failed")[0]["response"]
    assert (failed["status"], failed["error"]["message"]) == ("failed", "Channel Error")
    assert failed["model"] == MODEL
    assert not emulator.state.responses


async def test_the_limit_makes_it_incomplete(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.script(Turn(text="x" * 100))
    answer = await ask(http, PATH, max_output_tokens=2)
    response = data_of(answer, "response.incomplete")[0]["response"]
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert response["output"][0]["content"][0]["text"] == "x" * 8
