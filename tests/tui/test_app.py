"""The app as a whole: what becomes of what the user types, whether the session is idle, busy or opening."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from textual import events

from tests.support.fake_session import FakeSession
from tests.support.tui_app import app_with, running_app, until
from vtcode.details import CommandDetails, TextDetails
from vtcode.errors import ServerUnreachable
from vtcode.events import (
    CommandRan,
    Notice,
    ReplyCompleted,
    ReplyDelta,
    ToolAwaitingInput,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from vtcode.frontend import Control, FrontEnd
from vtcode.frontends.tui.app import UnexpectedFailure
from vtcode.frontends.tui.screens.opening_failed import OpeningFailedScreen
from vtcode.frontends.tui.settings import UiSettings
from vtcode.frontends.tui.widgets.command_input import CommandLine
from vtcode.messages import AssistantMessage, ToolCall, Usage


async def hang(session: FakeSession, text: str) -> None:
    """A turn that answers a little and then waits to be interrupted."""
    await session.emit(ReplyDelta(text="well"))
    await asyncio.Event().wait()


async def wait_for_input(session: FakeSession, text: str) -> None:
    """A turn whose command asks for a password."""
    call = ToolCall(id="c1", name="run_pty_cmd", arguments="{}")
    await session.emit(ToolStarted(call=call, action=None))
    await session.emit(ToolAwaitingInput(call_id="c1", prompt="[sudo] password for me: "))
    await asyncio.Event().wait()


async def test_the_app_paints_before_the_session_opens_and_sends_what_was_typed_meanwhile() -> None:
    may_open = asyncio.Event()
    opened: list[FakeSession] = []

    async def open_session(front_end: FrontEnd) -> FakeSession:
        await may_open.wait()
        opened.append(FakeSession(front_end))
        return opened[0]

    app = app_with(open_session)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "opening" in app.status_line.render().plain
        await pilot.press(*"first", "enter", *"draft")
        assert app.queue_view.display
        may_open.set()
        await until(pilot, lambda: bool(opened and opened[0].sent))
        assert opened[0].sent == ["first"]
        assert app.prompt.text == "draft"
        assert not app.queue_view.display


async def test_a_message_runs_a_turn_and_the_status_line_says_so() -> None:
    async with running_app(hang) as bench:
        await bench.send("hello")
        await bench.pilot.pause()
        assert bench.session.sent == ["hello"]
        assert bench.app.prompt.text == ""
        assert bench.status_text().startswith("answering")
        assert any(isinstance(event, TurnStarted) for event in bench.shown)


async def test_messages_typed_while_busy_wait_and_run_one_after_the_other() -> None:
    go_on = asyncio.Event()

    async def play(session: FakeSession, text: str) -> None:
        await go_on.wait()

    async with running_app(play) as bench:
        for text in ("one", "two", "three"):
            await bench.send(text)
        assert bench.session.sent == ["one"]
        assert "queued: two" in bench.screen_text()
        assert "queued: three" in bench.screen_text()
        go_on.set()
        await bench.pilot.pause()
        assert bench.session.sent == ["one", "two", "three"]
        assert not bench.app.queue_view.display


async def test_escape_interrupts_and_puts_the_queue_back_into_the_prompt() -> None:
    async with running_app(hang) as bench:
        await bench.send("one")
        await bench.send("two")
        await bench.send("three")
        await bench.type("draft")
        await bench.pilot.press("escape")
        await bench.pilot.pause()
        assert bench.session.outcomes == ["cancelled"]
        assert bench.app.prompt.text == "two\n\nthree\n\ndraft"
        assert bench.session.status.queued == ()


async def test_a_message_whose_turn_failed_unanswered_is_in_the_prompt_again() -> None:
    async def fail(session: FakeSession, text: str) -> None:
        raise ServerUnreachable("No server answers.")

    async with running_app(fail) as bench:
        await bench.send("one")
        await bench.until(lambda: bench.session.outcomes == ["failed"])
        await bench.until(lambda: bench.app.prompt.text == "one")
        await bench.until(lambda: "Enter tries again" in bench.screen_text())


async def test_a_message_that_was_answered_before_its_turn_failed_is_not_given_back() -> None:
    async def fail(session: FakeSession, text: str) -> None:
        await session.emit(
            ReplyCompleted(message=AssistantMessage(text="Well."), finish="stop", usage=Usage())
        )
        raise ServerUnreachable("No server answers.")

    async with running_app(fail) as bench:
        await bench.send("one")
        await bench.until(lambda: not bench.session.status.busy and bench.session.outcomes == ["failed"])
        await bench.pilot.pause()
        assert bench.app.prompt.text == ""
        assert "Enter tries again" not in bench.screen_text()


async def test_alt_up_takes_the_queue_back_while_the_turn_runs_on() -> None:
    async with running_app(hang) as bench:
        await bench.send("one")
        await bench.send("two")
        await bench.pilot.press("alt+up")
        assert bench.app.prompt.text == "two"
        assert bench.session.status.queued == ()
        assert bench.session.status.busy


@pytest.mark.parametrize("key", ["ctrl+s", "ctrl+enter"])
async def test_steering_joins_the_running_turn(key: str) -> None:
    async with running_app(hang) as bench:
        await bench.send("one")
        await bench.type("faster")
        await bench.pilot.press(key)
        await bench.pilot.pause()
        assert bench.session.steered == ["faster"]
        assert "joins at the next step: faster" in bench.screen_text()
        assert bench.session.status.queued == ()
        await bench.pilot.press("alt+up")
        assert bench.app.prompt.text == "faster"
        assert "joins" not in bench.screen_text()


async def test_ctrl_c_clears_the_prompt_then_interrupts_then_leaves() -> None:
    async with running_app(hang) as bench:
        await bench.send("one")
        await bench.type("draft")
        await bench.pilot.press("ctrl+c")
        assert bench.app.prompt.text == ""
        assert bench.session.status.busy
        await bench.pilot.press("ctrl+c")
        await bench.pilot.pause()
        assert bench.session.outcomes == ["cancelled"]
        await bench.pilot.press("ctrl+c")
        assert "Ctrl+C again exits" in bench.status_text()
        assert not bench.session.closed
        await bench.pilot.press("ctrl+c")
        await bench.pilot.pause()
        assert bench.session.closed
        assert bench.app.return_value == 0


async def test_a_second_ctrl_c_that_comes_late_does_not_leave() -> None:
    async with running_app() as bench:
        await bench.pilot.press("ctrl+c")
        bench.clock.now += 3
        await bench.pilot.press("ctrl+c")
        await bench.pilot.pause()
        assert not bench.session.closed


async def test_what_is_typed_while_the_transcript_has_the_keyboard_goes_on_with_the_draft() -> None:
    async with running_app() as bench:
        await bench.session.emit(Notice(level="info", text="something to read"))
        await bench.type("draft")
        await bench.pilot.press("tab")
        await bench.pilot.pause()
        assert "Tab: back to the prompt" in bench.status_text()
        await bench.type(" j")
        assert bench.app.prompt.text == "draft"
        await bench.type("head")
        assert bench.app.prompt.text == "drafthead"
        await bench.pilot.pause()
        assert "Tab: back" not in bench.status_text()


async def test_ctrl_c_on_the_transcript_goes_back_to_the_prompt_and_keeps_the_draft() -> None:
    async with running_app() as bench:
        await bench.type("draft")
        await bench.pilot.press("tab", "ctrl+c")
        await bench.pilot.pause()
        assert bench.app.prompt.has_focus
        await bench.pilot.press("ctrl+c", "up")
        await bench.pilot.pause()
        assert not bench.session.closed
        assert bench.app.prompt.text == "draft"


async def test_a_cleared_draft_is_the_first_thing_that_up_brings_back() -> None:
    async with running_app() as bench:
        await bench.type("draft")
        await bench.pilot.press("ctrl+c", "up")
        assert bench.app.prompt.text == "draft"


async def test_ctrl_d_leaves_only_from_an_empty_prompt() -> None:
    async with running_app() as bench:
        await bench.type("ab")
        await bench.pilot.press("home", "ctrl+d")
        assert bench.app.prompt.text == "b"
        await bench.pilot.press("ctrl+d", "ctrl+d")
        await bench.pilot.pause()
        assert bench.session.closed


async def test_keys_of_one_burst_act_in_the_order_in_which_they_were_pressed() -> None:
    async with running_app() as bench:
        for key, character in (
            ("a", "a"),
            ("b", "b"),
            ("backspace", None),
            ("c", "c"),
            ("enter", "\r"),
            ("d", "d"),
        ):
            bench.app.post_message(events.Key(key, character))
        await bench.pilot.pause()
        await bench.pilot.pause()
        assert bench.session.sent == ["ac"]
        assert bench.app.prompt.text == "d"


async def test_an_enter_that_the_terminal_took_before_the_app_ran_sends() -> None:
    async with running_app() as bench:
        bench.app.prompt.on_mount()
        await bench.type("early")
        await bench.pilot.press("ctrl+j")
        await bench.pilot.pause()
        assert bench.session.sent == ["early"]
        bench.clock.now += 1
        await bench.type("late")
        await bench.pilot.press("ctrl+j")
        assert bench.app.prompt.text == "late\n"


async def test_a_mistyped_command_stays_in_the_prompt() -> None:
    async with running_app() as bench:
        await bench.send("/hlep me")
        await bench.until(lambda: bench.app.prompt.text == "/hlep me")
        assert bench.session.sent == []


async def test_a_path_is_a_message() -> None:
    async with running_app() as bench:
        await bench.send("/usr/bin/foo is broken")
        await bench.pilot.pause()
        assert bench.session.sent == ["/usr/bin/foo is broken"]


async def test_a_lone_exclamation_mark_runs_nothing() -> None:
    async with running_app() as bench:
        await bench.send("!")
        await bench.pilot.pause()
        assert bench.session.sent == bench.session.commands == []
        assert "!ls" in bench.status_text()


async def test_what_the_user_sends_is_seen_where_the_transcript_was_scrolled_up() -> None:
    async def answer(session: FakeSession, text: str) -> None:
        await session.emit(ReplyDelta(text="\n\n".join(f"{text} {number}" for number in range(50))))

    async with running_app(answer) as bench:
        await bench.send("one")
        await bench.pilot.press("pageup", "pageup")
        await bench.send("two")
        await bench.until(lambda: "two 49" in bench.screen_text())


async def test_unfolding_what_stands_at_the_end_keeps_the_end_in_sight() -> None:
    go_on = asyncio.Event()

    async def think(session: FakeSession, text: str) -> None:
        await session.emit(ReplyDelta(text="\n\n".join(f"line {number}" for number in range(60))))
        call = ToolCall(id="c1", name="read_file", arguments="{}")
        await session.emit(ToolStarted(call=call, action=None))
        details = TextDetails(text="one\ntwo\nthree")
        await session.emit(
            ToolFinished(call_id="c1", name="read_file", status="completed", text="", details=details)
        )
        await session.emit(Notice(level="info", text="a\nb\nc\nso far"))
        await go_on.wait()
        await session.emit(ReplyDelta(text="\n\n".join(f"more {number}" for number in range(60))))

    async with running_app(think) as bench:
        await bench.send("go")
        await bench.until(lambda: "so far" in bench.screen_text())
        await bench.pilot.press("ctrl+o")
        await bench.until(lambda: "three" in bench.screen_text())
        go_on.set()
        await bench.until(lambda: "more 59" in bench.screen_text())


async def test_the_keys_can_be_read_to_their_end() -> None:
    async with running_app(size=(60, 16)) as bench:
        await bench.pilot.press("question_mark", "end")
        await bench.until(lambda: "Esc closes" in bench.screen_text())


async def test_selected_text_can_be_read() -> None:
    async with running_app() as bench:
        style = bench.app.screen.get_component_rich_style("screen--selection")
        assert style.color != style.bgcolor


async def test_a_slash_command_answers_in_the_transcript_and_reaches_no_model() -> None:
    async with running_app() as bench:
        await bench.send("/help")
        await bench.pilot.pause()
        assert [event.command for event in bench.shown if isinstance(event, CommandRan)] == ["/help"]
        assert bench.session.sent == []


async def test_an_unknown_command_is_said_to_be_unknown() -> None:
    async with running_app() as bench:
        await bench.send("/modell")
        await bench.pilot.pause()
        notices = [event for event in bench.shown if isinstance(event, Notice)]
        assert [(notice.level, notice.hint) for notice in notices] == [("error", "Did you mean /model?")]


async def test_exit_closes_the_session() -> None:
    async with running_app() as bench:
        await bench.send("/exit")
        await bench.pilot.pause()
        assert bench.session.closed
        assert bench.app.return_value == 0


async def test_an_exclamation_mark_runs_a_command_of_the_users_own() -> None:
    async with running_app() as bench:
        await bench.send("!git status")
        await bench.pilot.pause()
        assert bench.session.commands == ["git status"]
        assert bench.session.sent == []
        assert bench.status_text().startswith("ready")


async def test_a_command_of_the_users_own_is_given_back_while_a_turn_runs() -> None:
    async with running_app(hang) as bench:
        await bench.send("one")
        await bench.send("!ls")
        await bench.pilot.pause()
        assert bench.app.prompt.text == "!ls"
        assert bench.session.commands == []
        assert bench.session.status.queued == ()


async def test_a_message_behind_a_command_that_is_interrupted_is_in_the_prompt_again() -> None:
    async with running_app() as bench:
        bench.session.hold_commands = True
        await bench.send("!sleep 20")
        await bench.until(lambda: bench.session.status.busy)
        await bench.send("my message")
        await bench.until(lambda: bench.session.status.queued == ("my message",))
        await bench.pilot.press("escape")
        await bench.until(lambda: not bench.session.status.busy)
        await bench.until(lambda: bench.app.prompt.text == "my message")
        assert bench.session.status.queued == ()


async def test_of_two_commands_of_the_users_own_the_second_is_given_back() -> None:
    async with running_app() as bench:
        bench.session.hold_commands = True
        bench.app.conversation.send("!one")
        bench.app.conversation.send("!two")
        await bench.until(lambda: bench.app.prompt.text == "!two")
        assert bench.session.commands == ["one"]


async def test_commands_answer_while_a_turn_runs_and_those_that_can_not_say_so() -> None:
    async with running_app(hang) as bench:
        await bench.send("one")
        await bench.send("/status")
        await bench.send("/clear")
        await bench.until(lambda: "/clear has to wait" in bench.screen_text())
        assert "busy" in bench.screen_text()
        assert bench.session.outcomes == []


async def test_a_command_that_waits_for_input_gets_the_line_and_history_does_not() -> None:
    async with running_app(wait_for_input) as bench:
        await bench.send("install it")
        await bench.pilot.pause()
        line = bench.app.query_one(CommandLine)
        assert line.has_focus
        assert line.password
        assert "password for me:" in bench.screen_text()
        await bench.type("hunter2")
        assert "hunter2" not in bench.screen_text()
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert bench.session.controls == [("c1", Control(kind="input", text="hunter2\n"))]
        assert bench.app.prompt.past_prompts.entries == ("install it",)
        assert "runs" in bench.screen_text()
        await bench.session.emit(ToolAwaitingInput(call_id="c1", prompt="Again: "))
        assert "Again:" in bench.screen_text()
        await bench.session.emit(finished_call())
        await bench.pilot.pause()
        assert not bench.app.command_input.display
        assert bench.app.prompt.has_focus


async def ask_on_and_on(session: FakeSession, text: str) -> None:
    """A turn whose command asks for one thing, and for the next when it is told to."""
    call = ToolCall(id="c1", name="run_pty_cmd", arguments="{}")
    await session.emit(ToolStarted(call=call, action=None))
    await session.emit(ToolAwaitingInput(call_id="c1", prompt=">>> "))
    await asyncio.Event().wait()


async def test_lines_typed_one_after_the_other_all_go_to_the_command_that_asks_for_each() -> None:
    async with running_app(ask_on_and_on) as bench:
        await bench.send("calculate")
        await bench.pilot.pause()
        for typed in ("a=1", "b=2"):
            await bench.type(typed)
            await bench.pilot.press("enter")
        await bench.session.emit(ToolAwaitingInput(call_id="c1", prompt=">>> "))
        await bench.pilot.pause()
        assert [(call, control.text) for call, control in bench.session.controls] == [
            ("c1", "a=1\n"),
            ("c1", "b=2\n"),
        ]
        assert bench.app.prompt.text == ""


async def test_a_command_that_was_answered_and_runs_on_gives_the_keyboard_to_the_prompt() -> None:
    async with running_app(ask_on_and_on) as bench:
        await bench.send("install it")
        await bench.pilot.pause()
        await bench.type("yes")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.prompt.has_focus)
        assert "Tab types into the command" in bench.screen_text()
        await bench.type("next")
        assert bench.app.prompt.text == "next"


async def test_a_search_keeps_the_keyboard_while_commands_ask_and_end() -> None:
    async with running_app() as bench:
        call = ToolCall(id="c1", name="run_pty_cmd", arguments="{}")
        await bench.session.emit(ToolStarted(call=call, action=None))
        await bench.pilot.press("ctrl+f")
        await bench.type("cal")
        await bench.session.emit(ToolAwaitingInput(call_id="c1", prompt="Continue? "))
        await bench.pilot.pause()
        await bench.type("cul")
        await bench.session.emit(finished_call())
        await bench.pilot.pause()
        await bench.type("ate")
        assert "Search: calculate" in bench.screen_text()
        assert bench.app.prompt.text == ""


async def test_who_leaves_in_the_middle_of_a_turn_is_asked_to_say_so_twice() -> None:
    async with running_app(wait_for_input) as bench:
        await bench.send("install it")
        await bench.pilot.press("escape", "ctrl+d")
        assert "Ctrl+D again exits" in bench.status_text()
        assert not bench.session.closed
        await bench.pilot.press("ctrl+d")
        await bench.until(lambda: bench.session.closed)


async def test_a_question_may_come_and_go_before_the_transcript_is_there() -> None:
    async with running_app() as bench:
        await bench.app.transcript.remove()
        bench.app.transcript.leave_rows(4)
        bench.app.transcript.leave_rows(0)
        await bench.type("on")
        assert bench.app.prompt.text == "on"


async def test_what_was_typed_for_a_command_that_ends_meanwhile_is_in_the_prompt() -> None:
    async with running_app(ask_on_and_on) as bench:
        await bench.send("calculate")
        await bench.pilot.pause()
        await bench.type("and then")
        await bench.session.emit(finished_call())
        await bench.pilot.pause()
        assert bench.app.prompt.text == "and then"


async def test_a_password_typed_too_late_is_shown_nowhere() -> None:
    async with running_app(wait_for_input) as bench:
        await bench.send("install it")
        await bench.pilot.pause()
        await bench.type("hunter2")
        await bench.session.emit(finished_call())
        await bench.pilot.pause()
        assert bench.app.prompt.text == ""
        assert "hunter2" not in bench.screen_text()


def finished_call() -> ToolFinished:
    details = CommandDetails(command="sudo x", output="", exit_code=0)
    return ToolFinished(call_id="c1", name="run_pty_cmd", status="completed", text="", details=details)


@pytest.mark.parametrize(
    ("key", "control"),
    [
        ("ctrl+b", Control(kind="background")),
        ("ctrl+x", Control(kind="kill")),
        ("ctrl+d", Control(kind="input", text="\x04")),
    ],
)
async def test_a_waiting_command_can_be_left_ended_or_killed(key: str, control: Control) -> None:
    async with running_app(wait_for_input) as bench:
        await bench.send("install it")
        await bench.pilot.pause()
        await bench.pilot.press(key)
        await bench.pilot.pause()
        assert bench.session.controls == [("c1", control)]


async def test_a_waiting_command_does_not_take_the_keyboard_from_a_draft() -> None:
    may_ask = asyncio.Event()

    async def play(session: FakeSession, text: str) -> None:
        await may_ask.wait()
        await wait_for_input(session, text)

    async with running_app(play) as bench:
        await bench.send("install it")
        await bench.type("and th")
        may_ask.set()
        await bench.pilot.pause()
        await bench.type("en")
        assert bench.app.prompt.text == "and then"
        assert "You type in the prompt" in bench.screen_text()
        await bench.pilot.press("tab")
        assert bench.app.query_one(CommandLine).has_focus
        await bench.until(lambda: "You type in the prompt" not in bench.screen_text())
        await bench.pilot.press("escape")
        await bench.pilot.pause()
        assert bench.app.prompt.has_focus
        assert bench.session.status.busy


async def test_an_interrupted_turn_takes_the_line_of_its_command_away() -> None:
    async with running_app(wait_for_input) as bench:
        await bench.send("install it")
        await bench.pilot.pause()
        bench.session.interrupt()
        await bench.pilot.pause()
        assert not bench.app.command_input.display
        assert bench.app.prompt.has_focus


async def test_an_opening_that_fails_says_why_and_can_be_tried_again() -> None:
    tries: list[FrontEnd] = []

    async def open_session(front_end: FrontEnd) -> FakeSession:
        tries.append(front_end)
        if len(tries) < 3:
            raise ServerUnreachable(
                "No server answers at [b]127.0.0.1[/b].", hint="Start LM Studio's server."
            )
        return FakeSession(front_end)

    app = app_with(open_session)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, OpeningFailedScreen))
        shown = " ".join(str(static.render()) for static in app.screen.query("Static"))
        assert "No server answers at [b]127.0.0.1[/b]." in shown
        assert "Start LM Studio's server." in shown
        await pilot.press("r")
        await pilot.pause()
        shown = " ".join(str(static.render()) for static in app.screen.query("Static"))
        assert re.search(r"Tried again \d\d:\d\d:\d\d: no change", shown)
        await pilot.press("r")
        await pilot.pause()
        assert len(tries) == 3
        assert app.prompt.has_focus
        assert "ready" in app.status_line.render().plain


async def test_an_opening_that_fails_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LM_API_TOKEN", "zq7-own-key-0815")

    async def open_session(front_end: FrontEnd) -> FakeSession:
        raise ServerUnreachable("It refused zq7-own-key-0815.", hint="Is zq7-own-key-0815 right?")

    app = app_with(open_session)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, OpeningFailedScreen))
        shown = " ".join(str(static.render()) for static in app.screen.query("Static"))
        assert "zq7-own-key-0815" not in shown
        assert "It refused [redacted by vtcode: a known secret]." in shown


async def test_whoever_left_at_a_question_about_the_opening_is_not_asked_again() -> None:
    async def open_session(front_end: FrontEnd) -> FakeSession:
        error = ServerUnreachable("No server answers.")
        error.given_up = True
        raise error

    app = app_with(open_session)
    async with app.run_test() as pilot:
        await until(pilot, lambda: not app.is_running)
    assert app.return_value == 1


async def test_giving_up_on_an_opening_is_exit_code_1() -> None:
    async def open_session(front_end: FrontEnd) -> FakeSession:
        raise ServerUnreachable("No server answers.")

    app = app_with(open_session)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, OpeningFailedScreen))
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == 1


async def test_a_defect_ends_the_app_with_a_short_message_that_names_the_log() -> None:
    async def open_session(front_end: FrontEnd) -> FakeSession:
        raise KeyError("oops")

    app = app_with(open_session, UiSettings(log_file=Path("/state/vtcode.log")))
    with pytest.raises(UnexpectedFailure) as caught:
        async with app.run_test() as pilot:
            await until(pilot, lambda: not app.is_running)
    assert app.return_code == 1
    assert "KeyError" in caught.value.__rich__().plain
    assert "/state/vtcode.log" in caught.value.__rich__().plain
    assert caught.value.__rich__().plain.count("\n") == 1


async def test_a_resumed_session_is_shown_again() -> None:
    past = (TurnStarted(turn=1, text="asked before"), Notice(level="info", text="noted before"))
    async with running_app(past=past) as bench:
        await bench.until(lambda: "noted before" in bench.screen_text())
        assert "asked before" in bench.screen_text()


@pytest.mark.parametrize("width", [40, 80, 160])
async def test_everything_at_once_fits_the_terminal(width: int) -> None:
    async with running_app(wait_for_input, size=(width, 24)) as bench:
        await bench.send("install it")
        await bench.send("then " + "explain " * 40)
        bench.app.prompt.put("line\n" * 30)
        await bench.pilot.pause()
        await bench.pilot.resize_terminal(width + 7, 20)
        await bench.pilot.pause()
        prompt, status = bench.region_of("#prompt"), bench.region_of("#status")
        assert prompt.height == 8
        assert status.y == 19
        assert status.height == 1
        assert bench.region_of("#transcript").height >= 3


async def test_page_keys_scroll_the_transcript_and_leave_the_keyboard_with_the_prompt() -> None:
    async with running_app() as bench:
        for number in range(200):
            await bench.session.emit(Notice(level="info", text=f"notice {number}"))
        await bench.until(lambda: "notice 199" in bench.screen_text())
        bottom = bench.app.transcript.scroll_y
        await bench.pilot.press("pageup")
        await bench.pilot.pause()
        assert bench.app.transcript.scroll_y < bottom
        await bench.type("x")
        assert bench.app.prompt.text == "x"
        await bench.pilot.press("ctrl+end")
        await bench.pilot.pause()
        assert bench.app.transcript.scroll_y == bottom
