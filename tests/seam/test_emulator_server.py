"""The emulator as a server: what stays in memory, who waits for whom, who may ask, who went away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.commands import until
from tests.support.emulated import HELLO, MODEL, OTHER, SURFACES, WHOLE, ask
from vtcode.emulator.gate import Clock
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from tests.support.emulator import Emulator

CHAT = "/v1/chat/completions"
THIRD = "acme/thinker-4b"


async def at_rest(emulator: Emulator) -> None:
    """Wait until the server has noted the end of every reply, whose last byte is there before."""
    slots = emulator.state.slots
    await until(lambda: not any(slots.seated(instance.id) for instance in emulator.state.instances))


def loaded(emulator: Emulator) -> list[str]:
    return [instance.id for instance in emulator.state.instances]


async def test_what_a_request_loaded_goes_after_an_hour_without_one(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    found = []
    for idle_s in (3000, 3000, 3600):
        await ask(http, CHAT, model=OTHER)
        await at_rest(emulator)
        emulator.state.clock.advance(idle_s)
        await http.get("/v1/models")
        found.append(loaded(emulator))
    assert found == [[MODEL, OTHER], [MODEL, OTHER], [MODEL]]


async def test_the_request_that_loads_says_how_long_it_stays(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    await ask(http, CHAT, model=OTHER, ttl=60)
    await ask(http, CHAT, model=OTHER, ttl=9000)
    await at_rest(emulator)
    emulator.state.clock.advance(61)
    await http.get("/v1/models")
    assert loaded(emulator) == [MODEL]


async def test_what_was_loaded_on_purpose_stays(emulator: Emulator, http: httpx.AsyncClient) -> None:
    await http.post("/api/v1/models/load", json={"model": OTHER})
    emulator.state.clock.advance(1e9)
    await http.get("/v1/models")
    assert loaded(emulator) == [MODEL, OTHER]


@pytest.mark.parametrize("evicts", [True, False])
async def test_a_second_model_on_request_takes_the_place_of_the_first(
    emulator: Emulator, http: httpx.AsyncClient, evicts: bool
) -> None:
    emulator.settings.auto_evict = evicts
    emulator.state.models.append(emulator.state.catalog[0])
    await ask(http, CHAT, model=OTHER)
    await ask(http, CHAT, model=THIRD)
    assert loaded(emulator) == ([MODEL, THIRD] if evicts else [MODEL, OTHER, THIRD])


async def test_an_eviction_kills_what_is_being_written(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.state.models.append(emulator.state.catalog[0])
    emulator.script(Turn(text="one two three four", pause="text"))
    reply = asyncio.create_task(ask(http, CHAT, model=OTHER))
    await emulator.wait_until_paused()
    assert (await ask(http, CHAT, model=THIRD)).status_code == 200
    assert "Model unloaded." in (await reply).text


async def test_unloading_kills_what_is_being_written_and_what_waits(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.state.instances[0].parallel = 1
    emulator.script(Turn(text="one two three four", pause="prefill"))
    reply = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_paused()
    waiting = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_at_once(2)
    await http.post("/api/v1/models/unload", json={"instance_id": MODEL})
    assert ["Model unloaded." in (await one).text for one in (reply, waiting)] == [True, True]


async def test_requests_beyond_its_slots_wait_in_their_order(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.state.instances[0].parallel = 1
    emulator.script(*[Turn(text=f"no. {number}", pause="text") for number in range(3)])
    replies = []
    for number in range(3):
        replies.append(asyncio.create_task(ask(http, CHAT)))
        await emulator.wait_until_at_once(number + 1)
    assert emulator.state.slots.waiting(MODEL) == 2
    async with asyncio.timeout(10):
        for number, reply in enumerate(replies):
            await emulator.wait_until_paused()
            emulator.release()
            assert f"no. {number}" in (await reply).text


async def test_as_many_replies_as_it_has_slots_run_at_once(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(text="slow", pause="text"))
    slow = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_paused()
    assert "You said" in (await ask(http, CHAT)).text
    emulator.release()
    assert "slow" in (await slow).text


async def test_a_client_that_waits_and_leaves_gives_its_place_up(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.state.instances[0].parallel = 1
    emulator.script(Turn(text="first", pause="text"), Turn(text="second"), Turn(text="third"))
    first = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_paused()
    second = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_at_once(2)
    third = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_at_once(3)
    second.cancel()
    await emulator.wait_until_disconnected()
    assert emulator.state.disconnects == ["queued"]
    emulator.release()
    assert "first" in (await first).text
    assert "third" in (await third).text


@pytest.mark.parametrize("kills_all", [True, False])
async def test_replies_share_their_window(
    emulator: Emulator, http: httpx.AsyncClient, kills_all: bool
) -> None:
    emulator.faults.parallel_overflow_kills_all = kills_all
    emulator.state.instances[0].context_length = 1000
    long = [{"role": "user", "content": "x" * 2400}]
    emulator.script(Turn(text="an answer", pause="prefill"))
    first = asyncio.create_task(ask(http, CHAT, messages=long))
    await emulator.wait_until_paused()
    second = await ask(http, CHAT, messages=long)
    assert "Context size has been exceeded." in second.text
    emulator.release()
    assert ("Context size has been exceeded." in (await first).text) == kills_all
    assert loaded(emulator) == [MODEL]


async def test_without_a_shared_window_each_has_its_own(emulator: Emulator, http: httpx.AsyncClient) -> None:
    emulator.state.instances[0].context_length = 1000
    emulator.state.instances[0].unified_kv = False
    long = [{"role": "user", "content": "x" * 2400}]
    emulator.script(Turn(text="an answer", pause="prefill"))
    first = asyncio.create_task(ask(http, CHAT, messages=long))
    await emulator.wait_until_paused()
    assert "error" not in (await ask(http, CHAT, messages=long)).text
    emulator.release()
    assert "error" not in (await first).text


@pytest.mark.parametrize("path", list(SURFACES))
@pytest.mark.parametrize("phase", ["prefill", "text"])
async def test_who_goes_away_is_noted_with_the_phase(
    emulator: Emulator, http: httpx.AsyncClient, path: str, phase: Any
) -> None:
    emulator.script(Turn(text="one two three four", pause=phase))
    reply = asyncio.create_task(ask(http, path))
    await emulator.wait_until_paused()
    reply.cancel()
    await emulator.wait_until_disconnected()
    assert emulator.state.disconnects == [phase]


async def test_a_prompt_is_read_to_its_end_for_nobody_and_the_next_one_waits_for_it(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.state.instances[0].parallel = 1
    emulator.script(Turn(text="never told", pause="prefill"), Turn(text="second"))
    reply = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_paused()
    reply.cancel()
    await emulator.wait_until_disconnected()
    following = asyncio.create_task(ask(http, CHAT))
    await emulator.wait_until_at_once(2)
    assert emulator.state.slots.waiting(MODEL) == 1
    assert not emulator.state.gate.reached.is_set()
    emulator.release()
    assert "second" in (await following).text
    assert emulator.state.prompts_finished_alone == 1


async def test_a_request_that_is_not_streamed_can_be_left_too(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(Turn(text="one", pause="text"))
    reply = asyncio.create_task(ask(http, CHAT, stream=False))
    await emulator.wait_until_paused()
    reply.cancel()
    await emulator.wait_until_disconnected()
    assert emulator.state.disconnects == ["text"]


async def test_requests_for_a_reply_are_known_on_every_surface(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    await http.get("/api/v1/models")
    for path in SURFACES:
        await ask(http, path)
    assert [request.path for request in emulator.replies_asked] == list(SURFACES)


async def test_another_origin_may_ask_only_where_the_user_said_so(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    refused = await http.options(CHAT)
    assert refused.json() == {"error": f"Unexpected endpoint or method. (OPTIONS {CHAT})"}
    assert "access-control-allow-origin" not in refused.headers
    emulator.settings.cors = True
    assert (await http.options(CHAT)).headers["access-control-allow-origin"] == "*"
    assert (await ask(http, CHAT)).headers["access-control-allow-headers"] == "*"


async def test_it_calls_itself_what_the_original_does(http: httpx.AsyncClient) -> None:
    assert (await http.get("/lmstudio-greeting")).headers["x-powered-by"] == "Express"
    assert (await ask(http, CHAT)).headers["x-powered-by"] == "Express"


async def test_a_version_may_send_its_end_mark_after_an_error(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.faults.stream_error = "Channel Error"
    assert "[DONE]" not in (await ask(http, CHAT)).text
    emulator.settings.done_after_error = True
    assert (await ask(http, CHAT)).text.endswith("data: [DONE]\n\n")


async def test_after_a_stop_it_can_come_back_at_the_same_address(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    address = emulator.url
    emulator.stop()
    with pytest.raises(httpx.ConnectError):
        await http.get("/v1/models")
    emulator.start()
    assert emulator.url == address
    assert (await http.get("/v1/models")).status_code == 200


async def test_a_turn_that_a_fault_eats_is_told_to_the_next_request(
    emulator: Emulator, http: httpx.AsyncClient
) -> None:
    emulator.script(WHOLE, Turn(text="the second"))
    emulator.fail_once(crash=1, crash_at="calls")
    asked: dict[str, Any] = {"stream": False, "messages": HELLO}
    assert (await ask(http, CHAT, **asked)).status_code == 400
    told = [(await ask(http, CHAT, **asked)).json()["choices"][0]["message"]["content"] for _ in range(2)]
    assert told == [WHOLE.text, "the second"]


def test_a_clock_stands_still_unless_it_runs() -> None:
    still, running = Clock(), Clock(runs=True, ahead_s=0)
    assert still.now_s() == still.now_s()
    before = running.now_s()
    running.advance(60)
    assert running.now_s() >= before + 60
