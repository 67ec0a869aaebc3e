"""One turn, with a scripted model and everything else real."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.events import (
    HistoryCleared,
    PermissionRequested,
    PermissionResolved,
    ReplyCompleted,
    ReplyDiscarded,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnEnded,
    UserMessageAdded,
)
from vtcode.frontend import Control
from vtcode.messages import AssistantMessage, ToolMessage, UserMessage
from vtcode.providers.script import ScriptedCall, Turn
from vtcode.questions import Answer, ChoiceQuestion, PermissionQuestion


async def test_a_question_is_answered(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="Four.", reasoning="2 + 2")) as session:
        await session.submit("What is two and two?")
    assert recorder.of(ReplyCompleted)[0].message == AssistantMessage(text="Four.", reasoning="2 + 2")
    assert recorder.of(TurnEnded)[0].outcome == "completed"
    assert_grammar(recorder.events)


async def test_a_file_is_listed_read_edited_and_checked(bench: Bench) -> None:
    (bench.workspace / "hello.txt").write_text("hello world\n")
    recorder = Recorder("once", "once")
    turns = (
        Turn(calls=(call("list_files"), call("read_file", path="hello.txt"))),
        Turn(calls=(call("edit_file", path="hello.txt", old_str="world", new_str="there"),)),
        Turn(calls=(call("run_pty_cmd", command="cat hello.txt"),)),
        Turn(text="Done."),
    )
    async with bench.session(recorder, *turns) as session:
        await session.submit("Greet somebody else.")
        last_request = scripted(session).requests[-1]
    assert (bench.workspace / "hello.txt").read_text() == "hello there\n"
    question = recorder.questions[0]
    assert isinstance(question, PermissionQuestion)
    assert question.action.kind == "write"
    assert "-hello world\n+hello there" in question.action.diff
    assert [event.status for event in recorder.of(ToolFinished)] == ["completed"] * 4
    assert "hello there" in last_request.messages[-1].text
    assert_grammar(recorder.events)


async def test_a_denied_call_changes_nothing_and_still_answers_the_model(bench: Bench) -> None:
    recorder = Recorder(Answer(choice="reason", text="use uv instead"))
    turns = (Turn(calls=(call("run_pty_cmd", command="touch made"),)), Turn(text="I see."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("Go.")
        told = scripted(session).requests[-1].messages[-1]
    assert not (bench.workspace / "made").exists()
    assert isinstance(told, ToolMessage)
    assert "use uv instead" in told.text
    assert recorder.of(PermissionResolved)[0].decision == "deny"
    assert recorder.of(ToolFinished)[0].status == "denied"
    assert_grammar(recorder.events)


async def test_a_deny_rule_refuses_without_a_question_and_names_itself(bench: Bench) -> None:
    bench.settings.append('commands.deny_list=["touch"]')
    recorder = Recorder()
    turns = (Turn(calls=(call("run_pty_cmd", command="touch made"),)), Turn(text="I see."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("Go.")
    assert recorder.questions == []
    assert "commands.deny_list" in recorder.of(ToolFinished)[0].text
    assert not (bench.workspace / "made").exists()


async def test_an_answer_for_the_session_is_not_asked_again(bench: Bench) -> None:
    recorder = Recorder("session")
    turns = (
        Turn(calls=(call("write_file", path="a.txt", content="a"),)),
        Turn(calls=(call("write_file", path="b.txt", content="b"),)),
        Turn(text="Done."),
    )
    async with bench.session(recorder, *turns) as session:
        await session.submit("Go.")
    assert len(recorder.questions) == 1
    assert (bench.workspace / "b.txt").read_text() == "b"


async def test_an_answer_for_good_holds_in_the_next_session(bench: Bench) -> None:
    turn = Turn(calls=(call("run_pty_cmd", command="touch made"),))
    async with bench.session(Recorder("always"), turn, Turn(text="Done.")) as session:
        await session.submit("Go.")
    (bench.workspace / "made").unlink()
    later = Recorder()
    async with bench.session(later, turn, Turn(text="Done.")) as session:
        await session.submit("Go.")
    assert later.questions == []
    assert (bench.workspace / "made").exists()
    assert not (bench.workspace / "vtcode.toml").exists()


async def test_an_answer_for_the_workspace_goes_to_its_file_with_every_comment_kept(bench: Bench) -> None:
    file = bench.workspace / "vtcode.toml"
    file.write_text("# ours\n[tools] # here\ndefault_policy = 'prompt'\n")
    turn = Turn(calls=(call("write_file", path="a.txt", content="a"),))
    async with bench.session(Recorder("workspace"), turn, Turn(text="Done.")) as session:
        await session.submit("Go.")
    text = file.read_text()
    assert text.startswith("# ours\n[tools] # here\ndefault_policy = 'prompt'\n")
    assert bench.configuration().settings.tools.policies["write_file"] == "allow"


async def test_read_only_calls_run_together_and_answer_in_order(bench: Bench, recorder: Recorder) -> None:
    for name in "abc":
        (bench.workspace / f"{name}.txt").write_text(name * 3)
    calls = tuple(call("read_file", path=f"{name}.txt") for name in "abc")
    async with bench.session(recorder, Turn(calls=calls), Turn(text="Done.")) as session:
        await session.submit("Go.")
        results = scripted(session).requests[-1].messages[-3:]
    assert ["aaa" in results[0].text, "bbb" in results[1].text, "ccc" in results[2].text] == [True] * 3


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("no_such_tool", "{}", "no tool"),
        ("write_file", '{"path": "a", "content": "b', "cut off"),
        ("read_file", "{}", "path"),
        ("read_file", '{"path": "../../etc/passwd"}', "outside"),
        ("read_file", '{"path": "missing.txt"}', "missing.txt"),
    ],
)
async def test_a_call_that_cannot_work_is_a_result_for_the_model(
    bench: Bench, recorder: Recorder, name: str, arguments: str, words: str
) -> None:
    bad = ScriptedCall(name=name, arguments=arguments)
    async with bench.session(recorder, Turn(calls=(bad,)), Turn(text="Sorry.")) as session:
        await session.submit("Go.")
        last = scripted(session).requests[-1]
    assert recorder.of(ToolFinished)[0].status == "failed"
    assert words in last.messages[-1].text
    assert recorder.of(TurnEnded)[0].outcome == "completed"
    assert_grammar(recorder.events)


async def test_a_failed_reply_ends_the_turn_with_its_error_and_the_next_one_works(
    bench: Bench, recorder: Recorder
) -> None:
    turns = (
        Turn(error="Model loading was stopped due to insufficient system resources."),
        Turn(text="Hi."),
    )
    async with bench.session(recorder, *turns) as session:
        await session.submit("One.")
        await session.submit("Two.")
        request = scripted(session).requests[-1]
    assert [event.outcome for event in recorder.of(TurnEnded)] == ["failed", "completed"]
    assert "could not load" in recorder.of(TurnEnded)[0].error
    assert [type(message) for message in request.messages[1:]] == [UserMessage]
    assert_grammar(recorder.events)


async def test_a_cut_reply_keeps_its_text(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="Half of it", cut=True), Turn(text="Rest.")) as session:
        await session.submit("One.")
        await session.submit("Go on.")
        said = scripted(session).requests[-1].messages
    assert said[2] == AssistantMessage(text="Half of it")
    assert recorder.of(ReplyCompleted)[0].finish == "cut"
    assert_grammar(recorder.events)


@pytest.mark.parametrize("phase", ["loading", "prefill", "reasoning", "text", "calls", "end"])
async def test_an_interrupt_in_any_phase_of_a_reply_keeps_the_grammar_and_the_session(
    bench: Bench, recorder: Recorder, phase: str
) -> None:
    held = Turn(
        loading=True,
        prefill_tokens=100,
        reasoning="thinking about it",
        text="Let me see.",
        calls=(call("list_files"),),
        piece_chars=4,
        pause=phase,  # type: ignore[arg-type]
    )
    async with bench.session(recorder, held, Turn(text="Fine.")) as session:
        running = asyncio.ensure_future(session.submit("One."))
        await scripted(session).paused.wait()
        assert session.interrupt()
        await running
        await session.submit("Two.")
        request = scripted(session).requests[-1]
    assert [event.outcome for event in recorder.of(TurnEnded)] == ["cancelled", "completed"]
    assert isinstance(request.messages[-1], UserMessage)
    assert_grammar(recorder.events)
    kept = phase in {"text", "calls", "end"}
    assert bool(recorder.of(ReplyDiscarded)) is not kept


async def test_an_interrupt_while_the_user_is_asked_closes_the_call(bench: Bench, recorder: Recorder) -> None:
    recorder.hold_question = True
    turns = (Turn(calls=(call("write_file", path="a", content="a"), call("list_files"))), Turn(text="Fine."))
    async with bench.session(recorder, *turns) as session:
        running = asyncio.ensure_future(session.submit("One."))
        await recorder.until(lambda: bool(recorder.questions))
        session.interrupt()
        await running
        await session.submit("Two.")
        results = [m for m in scripted(session).requests[-1].messages if isinstance(m, ToolMessage)]
    assert recorder.of(PermissionRequested)
    assert recorder.of(PermissionResolved)[0].decision == "cancelled"
    assert recorder.of(ToolFinished)[0].status == "cancelled"
    assert len(results) == 2
    assert not (bench.workspace / "a").exists()
    assert_grammar(recorder.events)


async def test_an_interrupt_kills_the_running_command(bench: Bench) -> None:
    recorder = Recorder("once")
    turns = (Turn(calls=(call("run_pty_cmd", command="echo started; sleep 1000"),)), Turn(text="Fine."))
    async with bench.session(recorder, *turns) as session:
        running = asyncio.ensure_future(session.submit("One."))
        await recorder.until(lambda: any("started" in event.text for event in recorder.of(ToolOutputDelta)))
        session.interrupt()
        await running
        finished = recorder.of(ToolFinished)[0]
        assert finished.status == "cancelled"
        assert "started" in finished.text
        await session.submit("Two.")
    assert_grammar(recorder.events)


async def test_a_command_that_waits_gets_what_the_user_types(bench: Bench) -> None:
    recorder = Recorder("once")
    turns = (
        Turn(calls=(call("run_pty_cmd", command="read -p 'name? ' n; echo hello $n"),)),
        Turn(text="Fine."),
    )
    async with bench.session(recorder, *turns) as session:
        running = asyncio.ensure_future(session.submit("One."))
        await recorder.until(lambda: any(event.type == "tool_awaiting_input" for event in recorder.events))
        call_id = recorder.of(ToolStarted)[0].call.id
        assert session.control(call_id, Control(kind="input", text="Ada\n"))
        await running
    assert "hello Ada" in recorder.of(ToolFinished)[0].text
    assert_grammar(recorder.events)


async def test_messages_typed_while_busy_are_queued_or_steer(bench: Bench, recorder: Recorder) -> None:
    turns = (
        Turn(calls=(call("list_files"),), pause="calls"),
        Turn(text="First."),
        Turn(text="Second."),
    )
    async with bench.session(recorder, *turns) as session:
        running = asyncio.ensure_future(session.submit("One."))
        await scripted(session).paused.wait()
        session.queue.steer("Be quick.")
        session.queue.add("Two.")
        scripted(session).release()
        await running
    assert recorder.of(UserMessageAdded)[0].text == "Be quick."
    assert [event.turn for event in recorder.of(TurnEnded)] == [1, 2]
    assert_grammar(recorder.events)


async def test_the_limit_of_steps_asks_whether_to_go_on(bench: Bench) -> None:
    bench.settings.append("tools.max_tool_loops=2")
    recorder = Recorder("go_on", "stop")
    turns = tuple(Turn(calls=(call("list_files"),)) for _ in range(5))
    async with bench.session(recorder, *turns) as session:
        await session.submit("One.")
        assert len(scripted(session).requests) == 4
    assert all(isinstance(question, ChoiceQuestion) for question in recorder.questions)
    assert recorder.of(TurnEnded)[0].outcome == "limit"


async def test_a_cleared_conversation_is_not_sent(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="A."), Turn(text="B.")) as session:
        await session.submit("One.")
        await session.clear()
        await session.submit("Two.")
        request = scripted(session).requests[-1]
    assert recorder.of(HistoryCleared)
    assert [message.text for message in request.messages[1:]] == ["Two."]


async def test_a_shell_command_of_the_users_own_is_shown_and_not_told_to_the_model(
    bench: Bench, recorder: Recorder
) -> None:
    async with bench.session(recorder, Turn(text="A.")) as session:
        await session.run_command("echo mine")
        await session.submit("One.")
        request = scripted(session).requests[-1]
    assert recorder.questions == []
    assert "mine" in recorder.of(ToolFinished)[0].text
    assert len(request.messages) == 2
    assert_grammar(recorder.events)
