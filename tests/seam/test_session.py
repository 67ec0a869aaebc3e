"""What a front end may do with a session, and when."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.commands.builtin import dispatch
from vtcode.errors import SessionInUse, UsageError
from vtcode.events import (
    CommandRan,
    HistoryCleared,
    Notice,
    PermissionResolved,
    ReplyCompleted,
    ToolFinished,
    ToolOutputDelta,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import UserMessage
from vtcode.providers.script import Turn
from vtcode.session.log import SessionLog, closing_events, read_events


async def test_a_steer_that_comes_too_late_becomes_the_next_turn(bench: Bench) -> None:
    class Steering(Recorder):
        async def show(self, event: object) -> None:
            await super().show(event)  # type: ignore[arg-type]
            if isinstance(event, TurnEnded) and event.turn == 1:
                session.queue.steer("And this.")

    recorder = Steering()
    async with bench.session(recorder, Turn(text="One."), Turn(text="Two.")) as session:
        await session.submit("First.")
    assert [event.text for event in recorder.of(TurnStarted)] == ["First.", "And this."]


async def test_a_steer_before_an_interrupt_is_not_lost(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="One.", pause="text"), Turn(text="Two.")) as session:
        running = asyncio.ensure_future(session.submit("First."))
        await scripted(session).paused.wait()
        session.queue.steer("Wait.")
        assert session.status.steering == ("Wait.",)
        session.interrupt()
        await running
        assert session.queue.take_all() == ("Wait.",)
    assert not recorder.of(UserMessageAdded)


async def test_a_steer_can_be_taken_back_before_it_joins(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="One.", pause="text"), Turn(text="Two.")) as session:
        running = asyncio.ensure_future(session.submit("First."))
        await scripted(session).paused.wait()
        session.queue.steer("Wait.")
        session.queue.add("Later.")
        assert session.queue.take_all() == ("Wait.", "Later.")
        assert session.status.steering == ()
        session.interrupt()
        await running
    assert not recorder.of(UserMessageAdded)


async def test_what_the_limit_of_turns_keeps_from_being_sent_waits_on(
    bench: Bench, recorder: Recorder
) -> None:
    bench.settings.append("agent.max_conversation_turns=1")
    async with bench.session(recorder, Turn(text="One.", pause="text")) as session:
        running = asyncio.ensure_future(session.submit("First."))
        await scripted(session).paused.wait()
        session.queue.add("Second.")
        scripted(session).release()
        await running
        await session.submit("Third.")
        assert session.queue.take_all() == ("Third.", "Second.")
    assert [event.text for event in recorder.of(TurnStarted)] == ["First."]
    assert "agent.max_conversation_turns" in recorder.of(Notice)[-1].text


async def test_an_interrupt_before_anything_began_gives_the_message_back(
    bench: Bench, recorder: Recorder
) -> None:
    async with bench.session(recorder, Turn(text="One.")) as session:
        running = asyncio.ensure_future(session.submit("First."))
        await asyncio.sleep(0)
        assert session.interrupt()
        await running
        assert session.queue.take_all() == ("First.",)
    assert not recorder.of(TurnStarted)


async def test_what_is_typed_during_a_command_of_the_users_own_runs_after_it(
    bench: Bench, recorder: Recorder
) -> None:
    async with bench.session(recorder, Turn(text="One.")) as session:
        running = asyncio.ensure_future(session.run_command("echo started; read -r line"))
        await recorder.until(lambda: any("started" in event.text for event in recorder.of(ToolOutputDelta)))
        await session.submit("Then this.")
        with pytest.raises(UsageError):
            await session.run_command("echo no")
        session.control(recorder.events[-1].call_id, _enter())  # type: ignore[union-attr]
        await running
    assert recorder.of(TurnEnded)[0].outcome == "completed"
    assert_grammar(recorder.events)


def _enter() -> object:
    from vtcode.frontend import Control

    return Control(kind="input", text="\n")


async def test_commands_that_change_the_conversation_wait_for_the_turn_and_others_do_not(
    bench: Bench, recorder: Recorder
) -> None:
    turns = (Turn(calls=(call("list_files"),), pause="calls"), Turn(text="Done."))
    async with bench.session(recorder, *turns) as session:
        running = asyncio.ensure_future(session.submit("Go."))
        await scripted(session).paused.wait()
        await dispatch(session, recorder, "/clear")
        await dispatch(session, recorder, "/help")
        scripted(session).release()
        await running
        request = scripted(session).requests[-1]
    assert not recorder.of(HistoryCleared)
    assert recorder.of(CommandRan)
    assert any("/clear has to wait" in notice.text for notice in recorder.of(Notice))
    assert isinstance(request.messages[1], UserMessage)
    assert_grammar(recorder.events)


async def test_a_limit_on_the_window_outlives_a_change_of_model(bench: Bench, recorder: Recorder) -> None:
    bench.settings.append("context.max_context_tokens=4096")
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        assert session.status.window_tokens == 4096
        await dispatch(session, recorder, "/model scripted")
        assert session.status.window_tokens == 4096


async def test_an_answer_for_the_session_covers_calls_that_wait_for_their_own(bench: Bench) -> None:
    bench.settings.append("tools.policies.read_file=prompt")
    (bench.workspace / "a.txt").write_text("a")
    recorder = Recorder("session")
    calls = (call("read_file", path="a.txt"), call("read_file", path="a.txt", start_line=1))
    async with bench.session(recorder, Turn(calls=calls), Turn(text="Done.")) as session:
        await session.submit("Go.")
    assert len(recorder.questions) == 1
    assert [event.status for event in recorder.of(ToolFinished)] == ["completed", "completed"]


async def test_a_defect_inside_ends_the_turn_and_not_the_session(bench: Bench) -> None:
    (bench.workspace / "vtcode.toml").write_text("[tools]\n")

    class Breaking(Recorder):
        async def ask(self, question: object) -> object:  # type: ignore[override]
            raise ZeroDivisionError

    recorder = Breaking()
    turns = (Turn(calls=(call("write_file", path="a", content="a"),)), Turn(text="Sorry."), Turn(text="Yes."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("Go.")
        await session.submit("Still there?")
    assert recorder.of(ToolFinished)[0].status == "failed"
    assert [event.outcome for event in recorder.of(TurnEnded)] == ["completed", "completed"]


async def test_a_workspace_file_that_broke_meanwhile_costs_the_saved_rule_alone(bench: Bench) -> None:
    file = bench.workspace / "vtcode.toml"

    class Breaking(Recorder):
        async def ask(self, question: object) -> object:  # type: ignore[override]
            file.write_text("[broken")
            return await super().ask(question)  # type: ignore[arg-type]

    recorder = Breaking("workspace")
    turns = (Turn(calls=(call("run_pty_cmd", command="touch made"),)), Turn(text="Done."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("Go.")
    assert (bench.workspace / "made").exists()
    assert file.read_text() == "[broken"
    assert any("this session only" in notice.text for notice in recorder.of(Notice))


async def test_a_disk_that_fills_up_is_told_once_and_the_turn_goes_on(
    bench: Bench, recorder: Recorder
) -> None:
    async with bench.session(recorder, Turn(text="Hi."), Turn(text="Ho.")) as session:
        session._log.close()  # type: ignore[union-attr]
        await session.submit("Hello.")
        await session.submit("Again.")
    told = [notice for notice in recorder.of(Notice) if "nothing is recorded" in notice.text]
    assert len(told) == 1
    assert [event.outcome for event in recorder.of(TurnEnded)] == ["completed", "completed"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
async def test_a_full_disk_needs_room_and_no_rights(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, session._log._descriptor)  # type: ignore[union-attr]
        os.close(full)
        await session.submit("Hello.")
        assert not session.status.resumable
    (told,) = [notice for notice in recorder.of(Notice) if "nothing is recorded" in notice.text]
    assert told.hint.startswith("Free some space")


async def test_half_a_surrogate_pair_is_recorded_as_it_was_sent(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        await session.submit("caf\udce9")
        sent = scripted(session).requests[-1].messages[1].text
    log = bench.store.latest(bench.workspace)
    assert sent == "caf\ufffd"
    assert [event.text for event in read_events(log.path) if isinstance(event, TurnStarted)] == [sent]


async def test_a_session_that_is_open_elsewhere_is_neither_continued_nor_resumed(bench: Bench) -> None:
    async with bench.session(Recorder(), Turn(text="Hi.")) as session:
        await session.submit("Hello.")
        recorded = bench.store.recorded(bench.workspace)[0]
        with pytest.raises(SessionInUse, match="another vtcode"):
            bench.store.latest(bench.workspace)
        with pytest.raises(SessionInUse, match="another vtcode"):
            SessionLog(recorded.path)
    assert bench.store.latest(bench.workspace).id == recorded.id


async def test_where_the_newest_session_is_open_elsewhere_the_one_before_it_is_continued_and_says_so(
    bench: Bench, recorder: Recorder
) -> None:
    async with bench.session(Recorder(), Turn(text="Hi.")) as older:
        await older.submit("Hello.")
    async with bench.session(Recorder()) as newer:
        await newer.submit("Hello again.")
        found = bench.store.latest(bench.workspace)
        assert found.id == older.id
        async with bench.session(recorder, resume=found):
            pass
    assert f"{newer.id}, is open in another vtcode" in recorder.of(Notice)[-1].text


async def test_a_session_that_began_with_long_commands_is_continued(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        await session.run_command("for i in $(seq 50); do echo $i; done")
        for _ in range(60):
            await session.emit(ToolOutputDelta(call_id="user_0", text="more"))
        await session.submit("Hello.")
    assert bench.store.latest(bench.workspace).first_message == "Hello."


async def test_a_resumed_session_shows_what_was_settled_and_how_it_ended(bench: Bench) -> None:
    turns = (Turn(calls=(call("write_file", path="a", content="a"),)), Turn(text="Done."))
    asking = Recorder()
    asking.hold_question = True
    async with bench.session(asking, *turns) as session:
        running = asyncio.ensure_future(session.submit("Go."))
        await asking.until(lambda: bool(asking.questions))
        log = bench.store.recorded(bench.workspace)[0]
        killed = log.path.read_bytes()
        session.interrupt()
        await running
    log.path.write_bytes(killed)
    assert next(type(event) for event in closing_events(list(read_events(log.path)))) is PermissionResolved
    async with bench.session(Recorder(), Turn(text="Fine."), resume=log) as session:
        kinds = [type(event).__name__ for event in session.past]
        await session.submit("On.")
    assert kinds == ["TurnStarted", "ReplyCompleted", "ToolStarted", "ToolFinished", "TurnEnded"]
    assert_grammar(list(read_events(log.path)))
    assert [e.finish for e in read_events(log.path) if isinstance(e, ReplyCompleted)][-1] == "stop"
