"""The emulator's knobs: what each does to a reply, on which surfaces, and for how long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest

from tests.support.emulated import (
    CALL,
    HELLO,
    MODEL,
    OTHER,
    SURFACES,
    WHOLE,
    ask,
    deltas_of,
    events_of,
)
from vtcode.emulator.faults import CallFormat, Faults, Stall, faults_from
from vtcode.errors import UsageError
from vtcode.providers.script import Phase, Turn

if TYPE_CHECKING:
    from tests.support.emulator import Emulator

CHAT = "/v1/chat/completions"
EVERYWHERE = pytest.mark.parametrize("path", list(SURFACES))
LAST = {
    "/v1/chat/completions": "[DONE]",
    "/v1/responses": "response.completed",
    "/v1/messages": "message_stop",
    "/api/v1/chat": "chat.end",
}


def said(response: httpx.Response) -> str:
    """Return all that stands in the stream."""
    return json.dumps([data for _, data in events_of(response)], ensure_ascii=False)


async def broken_off(http: httpx.AsyncClient, path: str, **fields: object) -> bytes:
    """Return what came before the connection broke."""
    body = bytearray()
    asked = {"model": MODEL, "stream": True, **SURFACES[path], **fields}

    async def read() -> None:
        async with http.stream("POST", path, json=asked) as response:
            async for piece in response.aiter_raw():
                body.extend(piece)

    with pytest.raises(httpx.RemoteProtocolError):
        await read()
    return bytes(body)


class TestEveryKnobWorksOnEverySurface:
    @EVERYWHERE
    async def test_an_error_inside_a_200(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.faults.stream_error = "Input does not fit in context length."
        assert "does not fit in context length" in said(await ask(http, path))
        whole = await ask(http, path, stream=False)
        assert whole.status_code >= 400
        assert "does not fit in context length" in whole.text

    @EVERYWHERE
    async def test_a_crash_takes_the_instance_along(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.fail_once(crash="null")
        emulator.script(Turn(text="never told at first"))
        answer = await ask(http, path)
        assert "(Exit code: null)" in said(answer)
        assert "never told" not in said(answer)
        assert not emulator.state.instances
        assert "never to" in said(await ask(http, path))

    @EVERYWHERE
    async def test_an_eviction_strikes_in_the_middle(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.faults.evict_mid_stream = True
        emulator.script(Turn(text="a longer answer than that"))
        answer = said(await ask(http, path))
        assert "a longer" in answer
        assert "Model unloaded." in answer
        assert "than that" not in answer
        assert not emulator.state.instances

    @EVERYWHERE
    async def test_a_connection_that_breaks(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.faults.drop_connection_after = 2
        emulator.script(WHOLE)
        assert (await broken_off(http, path)).count(b"data: ") == 2
        await broken_off(http, path, stream=False)

    @EVERYWHERE
    async def test_a_reply_with_nothing_in_it(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.fail_once(empty_200=True)
        emulator.script(WHOLE)
        empty = await ask(http, path)
        assert empty.status_code == 200
        assert "look" not in said(empty)
        assert LAST[path] in empty.text
        assert "I look i" in said(await ask(http, path))

    @EVERYWHERE
    async def test_a_stream_without_its_end(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        assert LAST[path] in (await ask(http, path)).text
        emulator.faults.no_finish_reason = True
        assert LAST[path] not in (await ask(http, path)).text

    @EVERYWHERE
    async def test_no_usage(self, emulator: Emulator, http: httpx.AsyncClient, path: str) -> None:
        options = {"stream_options": {"include_usage": True}} if path == CHAT else {}
        assert "output_tokens" in (await ask(http, path)).text or path == CHAT
        emulator.faults.no_usage = True
        answer = (await ask(http, path, **options)).text
        assert "usage" not in answer
        assert "output_tokens" not in answer
        assert "prompt_tokens" not in (await ask(http, path, stream=False)).text

    @EVERYWHERE
    async def test_reasoning_inside_the_text(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.faults.reasoning_field = "close_tag_only"
        emulator.script(Turn(reasoning="hm", text="Hi."))
        body = (await ask(http, path, stream=False)).text
        assert json.dumps("hm\n</think>\n\nHi.") in body

    @EVERYWHERE
    async def test_a_prompt_that_is_too_long(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.state.instances[0].context_length = 1
        emulator.script(WHOLE)
        assert "greater than the context length" in said(await ask(http, path))
        assert emulator.state.turns == type(emulator.state.turns)([WHOLE])

    @EVERYWHERE
    async def test_a_key_that_this_version_refuses(
        self, emulator: Emulator, http: httpx.AsyncClient, path: str
    ) -> None:
        emulator.faults.reject_key = "temperature"
        refused = await ask(http, path, temperature=0.5)
        assert refused.status_code == 400
        assert "Unrecognized key(s) in object: 'temperature'" in refused.text
        assert (await ask(http, path)).status_code == 200


async def whole(http: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    body: dict[str, Any] = (await ask(http, CHAT, stream=False, **fields)).json()["choices"][0]["message"]
    return body


@pytest.mark.parametrize("call_format", get_args(CallFormat))
async def test_a_call_may_stay_text_in_every_family_s_format(
    emulator: Emulator, http: httpx.AsyncClient, call_format: CallFormat
) -> None:
    emulator.faults.tool_as_text = call_format
    emulator.script(WHOLE)
    message = await whole(http)
    assert message["tool_calls"] == []
    assert message["content"].startswith("I look into it.\n")
    assert "read_file" in message["content"]
    assert "a/long/path.txt" in message["content"]


async def test_a_call_may_be_lost_with_the_text_beside_it(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.faults.tool_dropped = True
    emulator.script(WHOLE, Turn(text="no call"))
    message = await whole(http)
    assert (message["content"], message["tool_calls"]) == ("", [])
    assert (await whole(http))["content"] == "no call"


async def test_calls_may_come_again_and_again_and_without_ids(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.faults.tool_duplicate = 3
    emulator.faults.tool_empty_id = True
    emulator.script(WHOLE)
    assert [call["id"] for call in (await whole(http))["tool_calls"]] == ["", "", ""]


async def test_arguments_may_come_at_once(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.faults.tool_args_single_chunk = True
    emulator.script(WHOLE)
    (delta,) = [delta for delta in deltas_of(await ask(http, CHAT)) if "tool_calls" in delta]
    assert delta["tool_calls"][0]["function"]["arguments"] == CALL.arguments_text


async def test_later_pieces_may_carry_a_blank_name(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.faults.tool_name_blank_chunks = True
    emulator.script(WHOLE)
    deltas = [delta for delta in deltas_of(await ask(http, CHAT)) if "tool_calls" in delta]
    names = [delta["tool_calls"][0]["function"]["name"] for delta in deltas]
    assert names == ["read_file"] + [""] * (len(names) - 1)


async def test_the_answer_may_arrive_as_reasoning(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.faults.content_in_reasoning = True
    emulator.script(Turn(text="The answer."))
    message = await whole(http)
    assert (message["content"], message["reasoning_content"]) == ("", "The answer.")


async def test_harmony_s_tokens_may_stand_in_the_text_and_in_names(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.faults.harmony_leak = True
    emulator.script(WHOLE)
    message = await whole(http)
    assert message["content"] == "<|channel|>final<|message|>I look into it."
    assert message["tool_calls"][0]["function"]["name"] == "read_file<|channel|>commentary"


async def test_usage_at_the_limit_may_be_one_short(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.faults.completion_tokens_off_by_one = True
    emulator.script(Turn(text="x" * 100), Turn(text="x" * 4))
    told = [(await ask(http, CHAT, stream=False, max_tokens=10)).json() for _ in range(2)]
    assert [body["usage"]["completion_tokens"] for body in told] == [9, 1]
    assert [body["choices"][0]["finish_reason"] for body in told] == ["length", "stop"]


@pytest.mark.parametrize(
    ("knob", "messages", "said_of_it"),
    [
        ("role_alternation", [*HELLO, *HELLO], "roles must alternate"),
        ("role_alternation", [*HELLO, {"role": "system", "content": "x"}], "roles must alternate"),
        ("no_system_role", [{"role": "system", "content": "x"}, *HELLO], "got system"),
        ("needs_user_query", [{"role": "system", "content": "x"}], "No user query found"),
    ],
)
async def test_a_template_may_be_strict(
    emulator: Emulator, http: httpx.AsyncClient, knob: str, messages: list[Any], said_of_it: str
) -> None:
    setattr(emulator.faults, knob, True)
    assert said_of_it in said(await ask(http, CHAT, messages=messages))
    usual = [{"role": "system", "content": "x"}] if knob == "role_alternation" else []
    usual = [*usual, *HELLO, {"role": "assistant", "content": "hi"}, *HELLO]
    assert "error" not in said(await ask(http, CHAT, messages=usual))


async def test_the_one_loaded_model_may_answer_to_every_name_but_natively(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.faults.any_name_served = True
    assert (await ask(http, CHAT, stream=False, model="nope")).json()["model"] == MODEL
    assert (await ask(http, "/api/v1/chat", model="nope")).status_code == 404


async def test_loading_on_request_may_be_refused(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.fail_once(jit_refuse=True)
    assert "No models loaded" in (await ask(http, CHAT, model=OTHER)).text
    assert (await ask(http, CHAT, model=OTHER)).status_code == 200


@pytest.mark.parametrize(
    ("knobs", "granted"),
    [
        ({"load_reduces_context": 6000}, 6000),
        ({"load_reduces_context": 60_000}, 20_000),
        ({"load_ignores_context": True}, 4096),
    ],
)
async def test_the_window_that_is_granted_may_be_another(
    emulator: Emulator, http: httpx.AsyncClient, knobs: dict[str, Any], granted: int
) -> None:
    emulator.fail_once(**knobs)
    loads = [{"model": OTHER, "context_length": 20_000}] * 2
    for asked in loads:
        await http.post("/api/v1/models/load", json=asked)
    assert [one.context_length for one in emulator.state.instances[1:]] == [granted, 20_000]


async def test_loading_may_fail_wherever_it_happens(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.faults.load_fails = "insufficient system resources"
    native = await http.post("/api/v1/models/load", json={"model": OTHER})
    assert (native.status_code, native.json()["error"]["type"]) == (500, "model_load_failed")
    chat = await ask(http, CHAT, model=OTHER)
    assert (chat.status_code, chat.json()["error"]["code"]) == (404, "model_not_found")
    assert f'Failed to load model "{OTHER}". Error: insufficient' in chat.json()["error"]["message"]


async def test_a_right_token_may_be_called_malformed(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.settings.token = "sk-lm-AbCdEfGh:0123456789abcdefghij"
    http.headers["Authorization"] = f"Bearer {emulator.settings.token}"
    emulator.fail_once(auth_malformed=True)
    assert "Malformed" in (await http.get("/v1/models")).text
    assert (await http.get("/v1/models")).status_code == 200


@pytest.mark.parametrize("phase", ["prefill", "reasoning", "text", "calls", "end"])
async def test_a_model_may_die_in_every_phase(
    emulator: Emulator, http: httpx.AsyncClient, phase: Phase
) -> None:
    emulator.faults.crash_at = phase
    emulator.fail_once(crash=6)
    emulator.script(WHOLE)
    keys = [next(iter(delta.keys() - {"role"})) for delta in deltas_of(await ask(http, CHAT))]
    expected = {"prefill": "", "reasoning": "reasoning_content", "text": "content"}
    assert (keys[-1] if keys else "") == expected.get(phase, "tool_calls")


@pytest.mark.parametrize("phase", ["prefill", "text", "end"])
async def test_a_reply_may_stall_until_the_gate_opens(
    emulator: Emulator, http: httpx.AsyncClient, phase: Any
) -> None:
    emulator.fail_once(stall=Stall(phase=phase))
    body = b""
    asked = {"model": MODEL, "stream": True, "messages": HELLO}
    async with http.stream("POST", CHAT, json=asked) as response:
        await emulator.wait_until_paused()
        emulator.release()
        async for piece in response.aiter_raw():
            body += piece
    assert body.endswith(b"data: [DONE]\n\n")


async def test_a_stall_may_have_its_time(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.faults.stall = Stall(phase="text", seconds=0.001)
    assert (await ask(http, CHAT)).text.endswith("data: [DONE]\n\n")


async def test_knobs_for_one_request_are_used_up_in_their_order(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.fail_once(stream_error="first")
    emulator.fail_once()
    emulator.fail_once(stream_error="third")
    answers = [(await ask(http, CHAT)).text for _ in range(4)]
    assert ["first" in answers[0], "third" in answers[2]] == [True, True]
    assert ["error" in answer for answer in answers] == [True, False, True, False]


async def test_a_request_that_is_not_for_a_reply_uses_none_up(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.fail_once(stream_error="Channel Error")
    await http.get("/v1/models")
    await http.post("/api/v1/models/load", json={"model": OTHER})
    assert "Channel Error" in (await ask(http, CHAT)).text


def test_a_knob_that_does_not_exist_can_not_be_turned(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match="nope"):
        emulator.fail_once(nope=True)


def test_knobs_are_read_from_flags() -> None:
    flags = ("crash=6", "crash_at=text", "empty_200", "stall=prefill:30", "tool_duplicate=9")
    assert faults_from(flags) == Faults(
        crash=6,
        crash_at="text",
        empty_200=True,
        stall=Stall(phase="prefill", seconds=30),
        tool_duplicate=9,
    )
    assert faults_from(("crash=null", "stall=text")) == Faults(crash="null", stall=Stall(phase="text"))


@pytest.mark.parametrize(
    "flag", ["nope", "stall", "crash=x", "crash_at=never", "tool_duplicate=many", "=", ""]
)
def test_a_flag_that_is_none_is_said_so(flag: str) -> None:
    with pytest.raises(UsageError, match="--fault"):
        faults_from((flag,))
