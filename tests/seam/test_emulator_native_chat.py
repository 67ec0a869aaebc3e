"""The emulator's native chat: its events, its state, its refusals, and the tools that it runs itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulated import OTHER, WHOLE, ask, data_of, events_of, names_of
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    import httpx

    from tests.support.emulator import Emulator

CHAT = "/api/v1/chat"
TOKEN = "sk-lm-AbCdEfGh:0123456789abcdefghij"
PNG = "data:image/png;base64,iVBORw0KGgo="


async def chat(http: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    answer = await ask(http, CHAT, stream=False, **fields)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refusal(http: httpx.AsyncClient, **fields: object) -> tuple[int, dict[str, Any]]:
    answer = await ask(http, CHAT, **fields)
    return answer.status_code, answer.json()["error"]


async def test_a_warm_model_tells_its_prompt_its_reasoning_its_message_and_the_whole(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(reasoning="hm", text="a longer answer", prefill_steps=(0.2, 0.9)))
    answer = await ask(http, CHAT)
    assert names_of(answer) == [
        "chat.start",
        *("prompt_processing.start", "prompt_processing.progress", "prompt_processing.end"),
        *("reasoning.start", "reasoning.delta", "reasoning.end"),
        *("message.start", "message.delta", "message.end"),
        "chat.end",
    ]
    assert all(data["type"] == name for name, data in events_of(answer))
    assert [data["progress"] for data in data_of(answer, "prompt_processing.progress")] == [0.2, 0.9]
    result = data_of(answer, "chat.end")[0]["result"]
    assert result["output"] == [
        {"type": "reasoning", "content": "hm"},
        {"type": "message", "content": "a longer answer"},
    ]
    assert result["response_id"].startswith("resp_")
    assert len(result["response_id"]) == len("resp_") + 48
    assert (result["stats"]["reasoning_output_tokens"], result["stats"]["total_output_tokens"]) == (1, 5)
    assert "model_load_time_seconds" not in result["stats"]


async def test_a_cold_model_tells_how_far_its_loading_is_and_gets_the_window_that_was_asked(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(text="hi", loading_steps=(0.4,)))
    answer = await ask(http, CHAT, model=OTHER, context_length=12_000)
    loading = [name for name, _ in events_of(answer) if name.startswith("model_load")]
    assert loading == ["model_load.start", "model_load.progress", "model_load.end"]
    assert data_of(answer, "model_load.progress")[0] == {
        "type": "model_load.progress",
        "model_instance_id": OTHER,
        "progress": 0.4,
    }
    assert data_of(answer, "chat.end")[0]["result"]["stats"]["model_load_time_seconds"] > 0
    assert emulator.state.instances[-1].context_length == 12_000


async def test_it_loads_a_model_also_where_others_may_not(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.settings.jit = False
    assert (await chat(http, model=OTHER))["model_instance_id"] == OTHER


async def test_every_response_is_a_place_to_go_on_from(emulator: Emulator, http: httpx.AsyncClient) -> None:
    first = await chat(http, input="one " * 100)
    branches = [await chat(http, previous_response_id=first["response_id"]) for _ in range(2)]
    alone = await chat(http)
    assert branches[0]["response_id"] != branches[1]["response_id"]
    costs = [answer["stats"]["input_tokens"] for answer in (*branches, alone)]
    assert costs[0] == costs[1] > costs[2] + 100


async def test_what_is_not_stored_has_no_id(emulator: Emulator, http: httpx.AsyncClient) -> None:
    assert "response_id" not in await chat(http, store=False)
    assert not emulator.state.responses


@pytest.mark.parametrize(
    ("response_id", "code"),
    [("chat_1", "invalid_string"), ("resp_unknown", "previous_response_not_found")],
)
async def test_an_id_that_is_none_or_unknown_is_refused(
    http: httpx.AsyncClient, response_id: str, code: str
) -> None:
    status, error = await refusal(http, previous_response_id=response_id)
    assert (status, error["code"]) == (400, code)


async def test_a_system_prompt_in_the_middle_breaks_a_strict_template(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.faults.role_alternation = True
    first = await chat(http, system_prompt="Be short.")
    again = await ask(
        http, CHAT, stream=False, system_prompt="Be short.", previous_response_id=first["response_id"]
    )
    assert (again.status_code, again.json()["error"]["type"]) == (500, "internal_error")
    assert "Jinja Exception" in again.json()["error"]["message"]


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"seed": 1}, "unrecognized_keys", "'seed'"),
        ({"stop": ["x"]}, "unrecognized_keys", "'stop'"),
        ({"tools": []}, "unrecognized_keys", "'tools'"),
        ({"messages": []}, "unrecognized_keys", "'messages'"),
        ({"temperature": 1.5}, "too_big", "less than or equal to 1"),
        ({"reasoning": "on"}, "invalid_value", "does not expose reasoning configuration"),
        ({"reasoning": "maximal"}, "invalid_value", "Expected 'off'"),
        ({"input": [{"type": "message", "content": "x"}]}, "invalid_union", "Expected 'text' | 'image'"),
        ({"input": [{"type": "text", "text": "x"}]}, "invalid_union", "'input.0.content' is required"),
    ],
    ids=["seed", "stop", "tools", "messages", "temperature", "reasoning", "no such", "message", "text"],
)
async def test_what_it_does_not_take_is_refused_by_name(
    http: httpx.AsyncClient, fields: dict[str, object], code: str, said: str
) -> None:
    status, error = await refusal(http, **fields)
    assert (status, error["type"], error["code"]) == (400, "invalid_request", code)
    assert said in error["message"]


async def test_reasoning_can_be_switched_off_where_the_model_has_the_switch(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.state.models[0].reasoning = ("off", "on")
    emulator.script(WHOLE, WHOLE)
    kinds = [[item["type"] for item in (await chat(http, reasoning=to))["output"]] for to in ("on", "off")]
    assert kinds == [["reasoning", "message"], ["message"]]
    status, error = await refusal(http, reasoning="high")
    assert (status, error["param"]) == (400, "reasoning")


async def test_an_image_is_taken_by_a_model_with_eyes_alone(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    shown = [{"type": "text", "content": "what is it?"}, {"type": "image", "data_url": PNG}]
    answer = await ask(http, CHAT, input=shown)
    assert "does not support images" in data_of(answer, "error")[0]["error"]["message"]
    emulator.state.models[0].vision = True
    assert (await chat(http, input=shown))["stats"]["input_tokens"] > 200


async def test_an_answer_is_cut_at_its_limit_without_a_word(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(text="x" * 100))
    answer = await chat(http, max_output_tokens=3)
    assert answer["output"][0]["content"] == "x" * 12
    assert answer["stats"]["total_output_tokens"] == 3


async def test_calls_are_what_the_model_wrote_for_it_takes_no_tools(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(WHOLE)
    message = (await chat(http))["output"][1]["content"]
    assert message.startswith("I look into it.\n<tool_call>")
    assert '"arguments": {"path": "a/long/path.txt"}' in message


async def test_an_error_in_a_stream_is_followed_by_the_end_with_what_was_written(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(text="half an answer", error="Failed to parse tool call: nonsense"))
    answer = await ask(http, CHAT)
    assert names_of(answer)[-3:] == ["error", "message.end", "chat.end"]
    assert data_of(answer, "error")[0]["error"]["type"] == "tool_format_generation_error"
    result = data_of(answer, "chat.end")[0]["result"]
    assert result["output"] == [{"type": "message", "content": "half an answer"}]
    assert "response_id" not in result
