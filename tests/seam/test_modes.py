"""Modes in a session: what passes, what the model hears, and the plan that ends plan mode."""

from __future__ import annotations

import itertools

import pytest

from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.commands.builtin import dispatch
from vtcode.events import CommandRan, Notice, PermissionRequested, ToolFinished, TurnStarted, UserMessageAdded
from vtcode.providers.script import Turn
from vtcode.questions import Answer, ChoiceQuestion
from vtcode.session.modes import APPROVED

PLAN = call("update_plan", plan=[{"step": "Write a.txt\x1b[2J", "status": "pending"}])
WRITE = call("write_file", path="a.txt", content="x\n")
IN_PLAN_MODE = "agent.default_mode=plan"


def _notes(recorder: Recorder) -> list[str]:
    return [event.text for event in recorder.of(UserMessageAdded)]


async def test_the_model_is_told_of_a_mode_once_and_reads_the_same_prompt_and_tools(
    bench: Bench, recorder: Recorder
) -> None:
    async with bench.session(recorder, *[Turn(text="Yes.")] * 4) as session:
        await session.submit("One.")
        for line in ("/mode plan", "/mode plan"):
            await dispatch(session, recorder, line)
            await session.submit("Two.")
        await dispatch(session, recorder, "/mode build")
        await session.submit("Three.")
        requests = scripted(session).requests
    assert ["plan mode" in note for note in _notes(recorder)] == [True, False]
    assert "build mode" in _notes(recorder)[1]
    assert {request.messages[0] for request in requests} == {requests[0].messages[0]}
    assert all(request.tools == requests[0].tools for request in requests)
    for before, after in itertools.pairwise(requests):
        assert after.messages[: len(before.messages)] == before.messages
    assert_grammar(recorder.events)


async def test_in_plan_mode_a_change_is_refused_in_words_that_help(bench: Bench, recorder: Recorder) -> None:
    bench.settings += [IN_PLAN_MODE, "tools.policies.write_file=allow"]
    calls = (WRITE, call("run_pty_cmd", command="touch b.txt"), call("run_pty_cmd", command="ls"))
    async with bench.session(recorder, Turn(calls=calls), Turn(text="Well.")) as session:
        await session.submit("Go.")
    written, touched, listed = recorder.of(ToolFinished)
    assert (written.status, touched.status, listed.status) == ("denied", "denied", "completed")
    assert "plan mode" in written.text
    assert "update_plan" in touched.text
    assert not list(bench.workspace.iterdir())
    assert not recorder.of(PermissionRequested)


@pytest.mark.parametrize("chosen", ["build", "auto"])
async def test_an_approved_plan_is_carried_out_in_the_chosen_mode(bench: Bench, chosen: str) -> None:
    bench.settings += [IN_PLAN_MODE, "tools.policies.write_file=allow"]
    recorder = Recorder(chosen)
    turns = (Turn(calls=(PLAN,)), Turn(text="That is it."), Turn(calls=(WRITE,)), Turn(text="Done."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("Plan it.")
        assert session.status.mode == chosen
    (question,) = recorder.questions
    assert isinstance(question, ChoiceQuestion)
    assert question.body == r"1. Write a.txt\x1b[2J"
    assert [event.text for event in recorder.of(TurnStarted)] == ["Plan it.", APPROVED]
    assert f"{chosen} mode" in _notes(recorder)[-1]
    assert (bench.workspace / "a.txt").read_text() == "x\n"
    assert_grammar(recorder.events)


async def test_words_for_a_plan_go_to_the_model_which_keeps_planning(bench: Bench) -> None:
    bench.settings.append(IN_PLAN_MODE)
    recorder = Recorder(Answer(choice="keep", text="Smaller steps."))
    turns = (Turn(calls=(PLAN,)), Turn(text="That is it."), Turn(text="Smaller, then."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("Plan it.")
        assert session.status.mode == "plan"
    assert [event.text for event in recorder.of(TurnStarted)] == ["Plan it.", "Smaller steps."]
    assert len(recorder.questions) == 1


async def test_without_a_plan_or_with_more_to_say_nothing_is_asked(bench: Bench, recorder: Recorder) -> None:
    bench.settings.append(IN_PLAN_MODE)
    turns = (Turn(text="It is Python."), Turn(calls=(PLAN,)), Turn(text="That is it."), Turn(text="Well."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("What is it?")
        session.queue.add("Also this.")
        session.queue.add("And this.")
        await session.submit("Plan it.")
    assert not recorder.questions


async def test_a_headless_run_ends_with_the_plan(bench: Bench, recorder: Recorder) -> None:
    bench.settings.append(IN_PLAN_MODE)
    turns = (Turn(calls=(PLAN,)), Turn(text="That is it."))
    async with bench.session(recorder, *turns, interactive=False) as session:
        await session.submit("Plan it.")
    assert not recorder.questions
    assert len(recorder.of(TurnStarted)) == 1


async def test_a_resumed_session_is_in_plan_mode_again_and_never_in_auto_by_itself(
    bench: Bench, recorder: Recorder
) -> None:
    for mode, again in (("plan", "plan"), ("auto", "build")):
        async with bench.session(recorder, Turn(text="Yes."), Turn(text="No.")) as session:
            await dispatch(session, recorder, f"/mode {mode}")
            await session.submit("One.")
        latest = bench.store.latest(bench.workspace)
        async with bench.session(recorder, resume=latest) as session:
            assert session.status.mode == again


async def test_the_mode_is_shown_and_a_wrong_name_is_told(bench: Bench, recorder: Recorder) -> None:
    async with bench.session(recorder, Turn(text="Yes.")) as session:
        await dispatch(session, recorder, "/mode")
        await dispatch(session, recorder, "/mode fast")
    assert "| `build` |" in recorder.of(CommandRan)[0].text
    assert recorder.of(Notice)[-1].hint == "There are: build, plan, auto."


async def test_auto_mode_without_a_full_sandbox_says_so_and_asks(bench: Bench, recorder: Recorder) -> None:
    bench.settings.append("sandbox.default_policy=off")
    async with bench.session(recorder, Turn(calls=(WRITE,)), Turn(text="Well.")) as session:
        await dispatch(session, recorder, "/mode auto")
        notice = recorder.of(Notice)[-1]
        await session.submit("Go.")
    assert (notice.level, "no full sandbox" in notice.text) == ("warning", True)
    assert len(recorder.of(PermissionRequested)) == 1
