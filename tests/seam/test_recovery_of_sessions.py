"""Sessions in trouble: what waits in the queue, what holds after an interrupt, and which server goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.emulator import Emulator
from tests.support.grammar import assert_grammar
from tests.support.lm_studio import bodies, outcomes, session_with, told
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.agent.answer_schema import AnswerSchema
from vtcode.bootstrap import Opening, open_session
from vtcode.errors import LoadRefused
from vtcode.events import Notice, ReplyCompleted, SessionStarted, ToolStarted, TurnEnded, TurnStarted
from vtcode.providers.script import Turn
from vtcode.questions import PermissionQuestion
from vtcode.session.session import Session

BAD_CALL = "Failed to parse tool call: expected '}' at end of input"
TEMPLATE = "Error rendering prompt with jinja template: Conversation roles must alternate"
TOKEN = "sk-lm-AbCdEfGh:0123456789abcdefghij"
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.fixture
def box(bench: Bench) -> Iterator[Emulator]:
    """Have a second server, called `box`, with the same models."""
    with Emulator() as running:
        bench.settings += ["providers.box.kind=lmstudio", f"providers.box.base_url={running.url}"]
        yield running


async def move_to_box(session: Session) -> None:
    provider = await session.servers.opened("box")
    await session.select_model(await provider.resolve_model(""), provider)


async def test_after_a_failed_turn_nothing_that_waits_is_burnt_against_the_dead_server(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(text="One.", pause="text"))
    async with session_with(bench, emulator, recorder) as session:
        running = asyncio.create_task(session.submit("First."))
        await emulator.wait_until_paused()
        session.queue.add("Third.")
        session.queue.steer("Second.")
        emulator.stop()
        await running
        waiting = session.queue.take_all()
        emulator.start()
        await session.submit("Again.")
    assert waiting == ("Second.", "Third.")
    assert outcomes(recorder) == ["failed", "completed"]


async def test_a_message_that_comes_as_the_work_ends_is_sent(bench: Bench) -> None:
    class Late(Recorder):
        async def show(self, event: object) -> None:
            await super().show(event)  # type: ignore[arg-type]
            if isinstance(event, TurnEnded) and event.turn == 1:
                sending.append(asyncio.create_task(session.submit("Second.")))

    sending: list[asyncio.Task[None]] = []
    recorder = Late()
    async with bench.session(recorder, Turn(text="One."), Turn(text="Two.")) as session:
        await session.submit("First.")
        await asyncio.gather(*sending)
        await recorder.until(lambda: len(recorder.of(TurnEnded)) == 2)
        assert not session.status.queued
    assert [started.text for started in recorder.of(TurnStarted)] == ["First.", "Second."]


async def test_what_waited_for_work_that_failed_is_sent_after_the_failure_was_told(
    bench: Bench, recorder: Recorder
) -> None:
    go_on = asyncio.Event()

    async def load() -> None:
        await go_on.wait()
        raise LoadRefused("It does not fit.", hint="Take a smaller one.")

    async with bench.session(recorder, Turn(text="One.")) as session:
        running = asyncio.create_task(session.run_aside(load()))
        await asyncio.sleep(0)
        await session.submit("First.")
        go_on.set()
        await running
    kinds = [type(event) for event in recorder.events]
    assert outcomes(recorder) == ["completed"]
    assert "It does not fit. Take a smaller one." in told(recorder)
    assert kinds.index(Notice) < kinds.index(TurnStarted)


async def test_an_interrupt_while_another_request_goes_first_leaves_no_prompt_behind(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.state.instances[0].parallel = 1
    emulator.script(Turn(text="One.", pause="text"), Turn(text="Two.", pause="prefill"))
    first = Recorder()
    async with session_with(bench, emulator, first) as ahead, bench.session(recorder) as session:
        going = asyncio.create_task(ahead.submit("Go."))
        await emulator.wait_until_paused()
        waiting = asyncio.create_task(session.submit("Go."))
        await recorder.until(lambda: "another request first" in told(recorder))
        session.interrupt()
        await waiting
        assert len(emulator.replies_asked) == 1
        emulator.release()
        await going
    assert "still be reading" not in told(recorder)
    assert_grammar(recorder.events)


async def test_an_interrupt_after_the_wait_says_that_the_prompt_may_still_be_read(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.state.instances[0].parallel = 1
    emulator.script(Turn(text="One.", pause="text"), Turn(text="Two.", pause="prefill"))
    first = Recorder()
    async with session_with(bench, emulator, first) as ahead, bench.session(recorder) as session:
        going = asyncio.create_task(ahead.submit("Go."))
        await emulator.wait_until_paused()
        waiting = asyncio.create_task(session.submit("Go."))
        await recorder.until(lambda: "another request first" in told(recorder))
        emulator.release()
        await going
        await emulator.wait_until_paused()
        session.interrupt()
        await waiting
    assert "still be reading" in told(recorder)


async def test_a_tool_mode_that_was_only_tried_does_not_outlive_an_interrupt(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    held = Turn(text='{"say": "x"}', pause="prefill")
    emulator.script(Turn(error=BAD_CALL), Turn(error=BAD_CALL), held, Turn(text="Fine."))
    async with session_with(bench, emulator, recorder) as session:
        await interrupted(session, emulator)
        await session.submit("Again.")
    assert ["tools" in body for body in bodies(emulator)] == [True, True, False, True]


async def test_strict_turns_that_were_only_tried_do_not_outlive_an_interrupt(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(error=TEMPLATE), Turn(text="Never.", pause="prefill"), Turn(text="Fine."))
    async with session_with(bench, emulator, recorder) as session:
        await interrupted(session, emulator)
        await session.submit("Again.")
    assert [body["messages"][0]["role"] for body in bodies(emulator)] == ["system", "user", "system"]


async def interrupted(session: Session, emulator: Emulator) -> None:
    running = asyncio.create_task(session.submit("Go."))
    await emulator.wait_until_paused()
    session.interrupt()
    await running
    emulator.release()


async def test_a_strict_template_on_one_server_says_nothing_about_another(
    bench: Bench, emulator: Emulator, box: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(error=TEMPLATE), Turn(text="One."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        await move_to_box(session)
        await session.submit("More.")
    assert bodies(emulator)[-1]["messages"][0]["role"] == "user"
    assert bodies(box)[-1]["messages"][0]["role"] == "system"


async def test_consent_for_one_servers_integrations_is_none_for_another(
    bench: Bench, emulator: Emulator, box: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LM_API_TOKEN", TOKEN)
    for server in (emulator, box):
        server.settings.token, server.settings.allow_plugins = TOKEN, True
    for name in ("lmstudio", "box"):
        bench.settings += [f"providers.{name}.wire=native", f'providers.{name}.integrations=["mcp/files"]']
    bench.settings.append("providers.box.api_key_env=LM_API_TOKEN")
    recorder = Recorder("once", "deny")
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
        await move_to_box(session)
        await session.submit("Two.")
    actions = [asked.action for asked in recorder.questions if isinstance(asked, PermissionQuestion)]
    assert [getattr(action, "address", "") for action in actions] == [emulator.url, box.url]
    assert ["integrations" in body for body in (*bodies(emulator), *bodies(box))] == [True, False]


async def test_ids_for_calls_have_nine_digits_also_after_earlier_ones_are_no_longer_sent(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    (bench.workspace / "long.txt").write_text("a line of text\n" * 150)
    emulator.state.instances[0].context_length = 4_500
    emulator.faults.tool_empty_id = True
    bench.settings.append("context.auto_compact=false")
    reading = Turn(calls=(call("read_file", path="long.txt"),))
    async with session_with(bench, emulator, recorder) as session:
        for number in range(18):
            emulator.script(reading, Turn(text=f"{number} " + "word " * 60))
            await session.submit(f"Read {number} " + "word " * 60)
    ids = [started.call.id for started in recorder.of(ToolStarted)]
    assert len(set(ids)) == 18
    assert all(len(call_id) == 9 and call_id.isdecimal() for call_id in ids)


async def test_a_share_of_a_window_is_forgotten_where_the_next_one_is_not_known(
    bench: Bench, recorder: Recorder
) -> None:
    file = bench.workspace / "long.txt"
    reading = Turn(calls=(call("read_file", path="long.txt"),))
    turns = [turn for _ in range(3) for turn in (reading, Turn(text="Read."))]
    async with bench.session(recorder, *turns) as session:
        sizes = []
        for digit, window in enumerate((None, 4_096, None)):
            file.write_text(f"a line of {digit}\n" * 2_500)
            await session.select_model(replace(session.model, window_tokens=window))
            await session.submit("Read it.")
            sizes.append(len(scripted(session).requests[-1].messages[-1].text))
    assert sizes[0] == sizes[2] > sizes[1]


async def test_a_request_without_tools_is_not_taken_for_a_prompt_that_was_cut(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    (bench.workspace / "a.txt").write_text("word word word word\n" * 275)
    emulator.script(Turn(calls=(call("read_file", path="a.txt"),)), Turn(text="Fine."), Turn(text='{"a": 1}'))
    await ask_for_json(bench, emulator, recorder, "Read a.txt.")
    assert outcomes(recorder) == ["completed"]
    assert "left out" not in told(recorder)


async def test_a_schema_of_one_run_is_forgotten_when_its_session_is_resumed(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(text='{"a": 1}'), Turn(text="In words."))
    await ask_for_json(bench, emulator, recorder, "Go.")
    async with bench.session(recorder, resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("And in words?")
    first, resumed = (body["messages"][0]["content"] for body in bodies(emulator))
    assert "JSON schema" in first
    assert "JSON schema" not in resumed


async def ask_for_json(bench: Bench, emulator: Emulator, recorder: Recorder, text: str) -> None:
    bench.settings.append(f"providers.lmstudio.base_url={emulator.url}")
    schema = AnswerSchema(SCHEMA)
    opening = Opening(configuration=bench.configuration(), reload=bench.configuration, answer_schema=schema)
    session = await open_session(opening, recorder)
    try:
        await session.submit(text)
    finally:
        await session.close()


@pytest.fixture
async def moved(bench: Bench, emulator: Emulator, box: Emulator) -> None:
    """Record a session that moved from LM Studio to the box."""
    async with session_with(bench, emulator, Recorder()) as session:
        await session.submit("One.")
        await move_to_box(session)
        await session.submit("Two.")


@pytest.mark.usefixtures("moved")
async def test_a_session_that_had_moved_is_resumed_on_the_server_where_it_was(
    bench: Bench, box: Emulator, recorder: Recorder
) -> None:
    async with bench.session(recorder, resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("Three.")
    assert recorder.of(SessionStarted)[0].provider == "box"
    assert len(bodies(box)) == 2
    assert not told(recorder)


@pytest.mark.usefixtures("moved")
async def test_a_session_that_had_moved_goes_on_where_it_is_configured_when_that_server_is_away(
    bench: Bench, emulator: Emulator, box: Emulator, recorder: Recorder
) -> None:
    box.stop()
    async with bench.session(recorder, resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("Three.")
    box.start()
    assert len(bodies(emulator)) == 2
    assert "was on another server, box; lmstudio goes on with it" in told(recorder)


@pytest.mark.usefixtures("moved")
async def test_a_session_that_had_moved_to_a_server_that_is_no_longer_configured_says_so(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings = [setting for setting in bench.settings if "box" not in setting]
    async with bench.session(recorder, resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("Three.")
    assert recorder.of(ReplyCompleted)
    assert len(bodies(emulator)) == 2
    assert "There is no server 'box'" in told(recorder)


@pytest.mark.usefixtures("moved")
async def test_the_command_line_decides_where_a_session_that_had_moved_is_resumed(
    bench: Bench, recorder: Recorder
) -> None:
    bench.settings.append("agent.provider=lmstudio")
    async with bench.session(recorder, resume=bench.store.latest(bench.workspace)):
        pass
    assert recorder.of(SessionStarted)[0].provider == "lmstudio"
    assert not told(recorder)
