"""Being asked: what is seen is what will happen, and nothing is answered by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.support.fake_session import FakeSession, Play
from tests.support.tui_app import Bench, Clock, running_app
from vtcode.actions import CommandAction, IntegrationsAction, WriteAction
from vtcode.events import ReplyDelta
from vtcode.frontends.tui.rendering.diff import diff_lines
from vtcode.frontends.tui.screens.asked import decision_for
from vtcode.frontends.tui.screens.decision import DecisionScreen
from vtcode.frontends.tui.typeahead import LoneKeys, TypeAheadGuard
from vtcode.frontends.tui.widgets.wrapped_text import ShownLine, WrappedText, rows_of
from vtcode.questions import (
    Answer,
    Choice,
    ChoiceQuestion,
    PermissionQuestion,
    PickQuestion,
    Question,
    Unusable,
)

CHOICES = (
    Choice(id="once", label="Yes, once", key="y"),
    Choice(id="session", label="Yes, for this session", key="s"),
    Choice(id="deny", label="No", key="n"),
    Choice(id="reason", label="No, and say why", key="r", takes_text=True),
)
GRANTS_CHOICES = (
    *CHOICES[:2],
    Choice(id="always", label="Yes, always", key="a"),
    Choice(id="workspace", label="Yes, in vtcode.toml", key="w"),
    *CHOICES[2:],
)
DIFF = "@@ -1,3 +1,3 @@\n import os\n-old\n+new\n end"
WRITE = PermissionQuestion(
    call_id="c1",
    tool="edit_file",
    action=WriteAction(path="src/app.py", diff=DIFF, added_lines=1, removed_lines=1, creates=False),
    reason="edit_file changes files",
    rule="built-in",
    always_rule="tools.policies.edit_file",
    choices=CHOICES,
)
GRANTS = replace(WRITE, choices=GRANTS_CHOICES)
COMMAND = replace(
    WRITE,
    tool="run_pty_cmd",
    action=CommandAction(
        command="rm -rf build\x1b[2K\necho \u202edone", cwd="/home/me/project", timeout_s=120
    ),
)
TRUST = ChoiceQuestion(
    kind="trust",
    title="Trust this workspace?",
    body="Its vtcode.toml widens what the model may do.",
    choices=(Choice(id="yes", label="Trust", key="y"), Choice(id="no", label="Don't", key="n")),
    refusal="no",
)


@pytest.mark.parametrize("rows", [24, 12])
async def test_the_mode_is_shown_while_a_question_covers_the_status_line(rows: int) -> None:
    async with running_app(asks(WRITE, []), size=(80, rows)) as bench:
        await bench.send("go")
        await bench.settle()
        assert isinstance(bench.app.screen, DecisionScreen)
        assert "build mode" in bench.screen_text()


def asks(question: Question, answers: list[Answer]) -> Play:
    """A turn that asks, and notes the answer."""

    async def play(session: FakeSession, text: str) -> None:
        answers.append(await session.front_end.ask(question))

    return play


async def ask(bench: Bench) -> None:
    """Have the question come up, and leave the user the time to see it."""
    await bench.send("go")
    await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
    await bench.settle()


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        pytest.param(["y"], "once", id="letter"),
        pytest.param(["N"], "deny", id="capital letter"),
        pytest.param(["2"], "session", id="number"),
        pytest.param(["enter"], "once", id="enter takes the first"),
        pytest.param(["down", "down", "enter"], "deny", id="arrows"),
        pytest.param(["up", "up", "enter"], "deny", id="arrows, around the end"),
        pytest.param(["escape"], "deny", id="escape refuses"),
        pytest.param(["s", "enter"], "session", id="a letter that allows more needs Enter"),
    ],
)
async def test_a_question_is_answered_with_a_key(keys: list[str], choice: str) -> None:
    answers: list[Answer] = []
    async with running_app(asks(WRITE, answers)) as bench:
        await ask(bench)
        await bench.pilot.press(*keys)
        await bench.until(lambda: bool(answers))
        await bench.pilot.pause()
        assert answers == [Answer(choice=choice)]
        assert bench.app.prompt.has_focus
        assert bench.status_text().startswith("ready")


async def test_a_refusal_can_carry_a_reason_for_the_model() -> None:
    answers: list[Answer] = []
    async with running_app(asks(WRITE, answers)) as bench:
        await ask(bench)
        await bench.pilot.press("r")
        await bench.type("use yarn, not y")
        assert answers == []
        await bench.pilot.press("enter")
        await bench.until(lambda: bool(answers))
        assert answers == [Answer(choice="reason", text="use yarn, not y")]


async def test_escape_leaves_the_reason_before_it_refuses() -> None:
    answers: list[Answer] = []
    async with running_app(asks(WRITE, answers)) as bench:
        await ask(bench)
        await bench.pilot.press("r", "escape")
        assert isinstance(bench.app.screen, DecisionScreen)
        await bench.pilot.press("y")
        await bench.until(lambda: bool(answers))
        assert answers == [Answer(choice="once")]


async def test_keys_typed_for_the_prompt_do_not_answer_and_are_not_lost() -> None:
    answers: list[Answer] = []
    may_ask = asyncio.Event()

    async def play(session: FakeSession, text: str) -> None:
        await may_ask.wait()
        answers.append(await session.front_end.ask(WRITE))

    async with running_app(play) as bench:
        await bench.send("go")
        await bench.type("and then ")
        may_ask.set()
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        for character in "try":
            bench.clock.now += 0.4
            await bench.pilot.press(character)
        await bench.pilot.press("enter")
        assert answers == []
        assert "keys answer once you pause" in bench.screen_text()
        assert bench.app.prompt.text == "and then try"
        await bench.settle()
        await bench.pilot.press("n")
        await bench.until(lambda: bool(answers))
        assert answers == [Answer(choice="deny")]
        assert bench.app.prompt.text == "and then try"


def burst(bench: Bench, text: str) -> None:
    """Type so fast that nothing comes between two keys."""
    assert bench.app.screen.focused
    for character in text:
        key = "space" if character == " " else character
        bench.app.screen.focused.post_message(events.Key(key, character))


SENTENCES = ["stop it", "wait", "also do that", "as I said", "was", "say yes", "what?", "go on"]
SENTENCES += ["you should use yarn", "yes, but not there", "no, use yarn", "y1", "2 of them", "ay", "nn"]


@pytest.mark.parametrize("sentence", SENTENCES)
async def test_a_sentence_typed_at_a_question_goes_to_the_prompt_and_allows_nothing(sentence: str) -> None:
    answers: list[Answer] = []
    async with running_app(asks(GRANTS, answers)) as bench:
        await ask(bench)
        burst(bench, sentence)
        await bench.pilot.press("enter")
        assert answers == []
        assert bench.app.prompt.text == sentence
        await bench.settle()
        await bench.pilot.press("enter")
        await bench.until(lambda: bool(answers))
        assert answers == [Answer(choice="deny")]


@pytest.mark.parametrize("letter", ["s", "a", "w"])
async def test_a_letter_that_allows_more_than_this_call_answers_nothing_by_itself(letter: str) -> None:
    answers: list[Answer] = []
    async with running_app(asks(GRANTS, answers)) as bench:
        await ask(bench)
        await bench.pilot.press(letter)
        await bench.until(lambda: "Enter confirms" in bench.screen_text())
        assert answers == []


@pytest.mark.parametrize(
    ("letter", "choice"), [("y", "once"), ("n", "deny"), ("1", "once"), ("2", "session")]
)
async def test_a_choice_can_be_corrected_by_another_letter(letter: str, choice: str) -> None:
    answers: list[Answer] = []
    async with running_app(asks(GRANTS, answers)) as bench:
        await ask(bench)
        await bench.pilot.press("a")
        await bench.until(lambda: "Enter confirms" in bench.screen_text())
        await bench.pilot.press(letter)
        await bench.until(lambda: bool(answers))
        assert answers == [Answer(choice=choice)]
        assert bench.app.prompt.text == ""


async def test_a_letter_with_alt_answers_nothing() -> None:
    answers: list[Answer] = []
    async with running_app(asks(WRITE, answers)) as bench:
        await ask(bench)
        assert bench.app.screen.focused
        bench.app.screen.focused.post_message(events.Key("alt+y", "y"))
        await bench.pilot.press("n")
        await bench.until(lambda: bool(answers))
        assert answers == [Answer(choice="deny")]


class Later:
    """Calls things when a test says how long nothing was typed."""

    def __init__(self) -> None:
        self._waits: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, delay_s: float, then: Callable[[], None]) -> Later:
        self._waits = [(delay_s, then)]
        return self

    def stop(self) -> None:
        self._waits = []

    def quiet(self, seconds: float) -> None:
        """Let time pass."""
        while self._waits and self._waits[0][0] <= seconds:
            delay_s, then = self._waits.pop()
            seconds -= delay_s
            then()


@pytest.mark.parametrize(
    ("gaps", "text", "counts"),
    [
        pytest.param([0.3], "", 1, id="alone"),
        pytest.param([0.2], "", 0, id="not alone for long enough"),
        pytest.param([0.2, 5.0], "ab", 0, id="right behind each other"),
        pytest.param([0.3, 0.6], "", 1, id="corrected, and the pause is not over"),
        pytest.param([0.3, 1.5], "", 2, id="corrected"),
        pytest.param([0.5, 0.5, 0.5, 0.5], "", 1, id="a word that is typed slowly"),
        pytest.param([0.5, 0.1, 0.5], "abc", 1, id="typed on"),
    ],
)
def test_a_key_counts_where_it_stands_alone(gaps: list[float], text: str, counts: int) -> None:
    counted: list[str] = []
    later = Later()
    keys = LoneKeys(cast("Any", later), lambda: counted.append(keys.typed))
    for letter, gap in zip("abcd", gaps, strict=False):
        if not keys.add(letter):
            assert keys.typed + letter == text
            break
        later.quiet(gap)
    else:
        assert not text
    assert len(counted) == counts


def test_what_was_typed_is_forgotten_with_what_would_follow() -> None:
    counted: list[str] = []
    later = Later()
    keys = LoneKeys(cast("Any", later), lambda: counted.append(keys.typed))
    keys.add("a")
    keys.forget()
    later.quiet(5.0)
    assert counted == []
    assert keys.add("b")
    assert keys.typed == "b"


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_what_allows_nothing_needs_no_pause(key: str) -> None:
    async with running_app() as bench:
        await bench.type("wai")
        asking = asyncio.ensure_future(bench.app.front_end.ask(WRITE))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.type("t")
        await bench.pilot.press(key)
        assert await asking == Answer(choice="deny")
        assert bench.app.prompt.text == "wait"


UNDO = replace(TRUST, kind="undo", title="Undo it?")


@pytest.mark.parametrize(("after_s", "counts"), [(0.2, False), (0.3, True)])
async def test_what_a_command_of_the_users_own_asks_waits_for_no_longer_pause(
    after_s: float, counts: bool
) -> None:
    async with running_app() as bench:
        await bench.send("/")  # the Enter that sends it is a key of the prompt's
        bench.app.prompt.clear()
        asking = asyncio.ensure_future(bench.app.front_end.ask(UNDO))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.pilot.pause()
        bench.clock.now += after_s
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert asking.done() is counts
        if not counts:
            assert "just come up" in bench.screen_text()
            assert "You were typing" not in bench.screen_text()
            asking.cancel()


async def test_what_a_command_asks_waits_for_who_is_typing_again() -> None:
    async with running_app() as bench:
        await bench.type("and")
        asking = asyncio.ensure_future(bench.app.front_end.ask(UNDO))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.pilot.pause()
        bench.clock.now += 0.5
        await bench.pilot.press("enter")
        assert not asking.done()
        assert "You were typing" in bench.screen_text()
        asking.cancel()


@pytest.mark.parametrize("sentence", SENTENCES)
async def test_a_sentence_typed_at_what_a_command_asks_takes_nothing_back(sentence: str) -> None:
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(UNDO))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.settle()
        burst(bench, sentence)
        await bench.pilot.press("enter")
        await bench.settle()
        await bench.pilot.press("enter")
        assert await asking == Answer(choice="no")


async def test_the_words_about_a_pause_go_with_the_pause() -> None:
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(WRITE))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.type("wait")
        assert "keys answer once you pause" in bench.screen_text()
        await bench.settle()
        await bench.until(lambda: "You were typing" not in bench.screen_text())
        asking.cancel()


async def test_a_choice_that_takes_words_is_the_one_that_is_marked() -> None:
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(WRITE))
        await ask_ready(bench)
        await bench.pilot.press("r")
        await bench.type("no")
        assert "› 4 r No, and say why" in bench.screen_text()
        await bench.pilot.press("escape")
        assert "› 4 r No, and say why" in bench.screen_text()
        asking.cancel()


async def ask_ready(bench: Bench) -> None:
    await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
    await bench.settle()


LONG_LABELS = (
    Choice(id="yes", label="Start: ask before each change and command", key="y"),
    Choice(id="no", label="No", key="n"),
)


async def test_a_label_that_is_too_long_for_a_row_goes_on_below_itself() -> None:
    async with running_app(size=(40, 15)) as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(replace(TRUST, choices=LONG_LABELS)))
        await ask_ready(bench)
        rows = bench.region_text("#choices").split("\n")
        assert [row.rstrip() for row in rows] == [
            "› 1 y Start: ask before each change",
            "      and command",
            "  2 n No",
        ]
        await bench.pilot.click("#choices", offset=(8, 1))
        assert await asking == Answer(choice="yes")


async def test_where_rows_are_scarce_each_choice_has_one() -> None:
    long = tuple(replace(LONG_LABELS[0], id=key, key=key) for key in "abcde")
    question = replace(TRUST, choices=long, refusal="a", body="\n".join("body" for _ in range(9)))
    async with running_app(size=(40, 12)) as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(question))
        await ask_ready(bench)
        rows = bench.region_text("#choices").split("\n")
        assert [row[2:5] for row in rows] == ["1 a", "2 b", "3 c", "4 d", "5 e"]
        asking.cancel()


def test_a_list_in_a_body_goes_on_below_its_text() -> None:
    rows = rows_of([ShownLine(text="2. Take the last separator", kind="prose")], 14).rows
    assert [row[0][0] for row in rows] == ["2. Take the", "   last", "   separator"]


async def test_what_the_model_has_read_unfolds() -> None:
    names = ("the output of make", "notes/todo.md")
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(replace(WRITE, untrusted=names)))
        await ask_ready(bench)
        assert "2 untrusted sources, which may be behind this: Ctrl+O" in bench.screen_text()
        await bench.pilot.press("ctrl+o")
        await bench.pilot.pause()
        assert "- notes/todo.md" in bench.screen_text()
        await bench.pilot.press("ctrl+o")
        await bench.pilot.pause()
        assert "- notes/todo.md" not in bench.screen_text()
        asking.cancel()


ADDRESS = Choice(id="address", label="Another address", key="a", takes_text=True, words_name="Address")
AGAIN = replace(
    TRUST,
    choices=(Choice(id="retry", label="Again", key="r"), ADDRESS, Choice(id="no", label="Leave", key="q")),
    resting="retry",
)


async def test_the_line_for_words_says_what_they_are() -> None:
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(AGAIN))
        await ask_ready(bench)
        await bench.pilot.press("a")
        await bench.until(lambda: "Address: Enter sends, Esc goes back" in bench.screen_text())
        asking.cancel()


async def test_words_that_led_nowhere_can_be_mended_below_what_was_wrong_with_them() -> None:
    again = replace(AGAIN, unusable=Unusable(choice="address", text="foo bar", problem="No address."))
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(again))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        rows = [row.strip("│ ") for row in bench.screen_text().split("\n")]
        assert rows[rows.index("foo bar") + 1] == "No address."
        await bench.type("s")
        await bench.pilot.press("enter")
        assert await asking == Answer(choice="address", text="foo bars")


async def test_escape_goes_back_from_words_that_led_nowhere() -> None:
    again = replace(AGAIN, unusable=Unusable(choice="address", text="foo bar", problem="No address."))
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(again))
        await ask_ready(bench)
        await bench.pilot.press("escape")
        await bench.pilot.pause()
        assert not asking.done()
        assert "No address." not in bench.screen_text()
        burst(bench, "what")
        await bench.settle()
        await bench.pilot.press("enter")
        assert await asking == Answer(choice="retry")


async def test_a_word_typed_at_a_choice_highlights_its_refusal() -> None:
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(TRUST))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.settle()
        await bench.type("hey")
        assert not asking.done()
        await bench.settle()
        await bench.pilot.press("enter")
        assert await asking == Answer(choice="no")


async def test_words_typed_before_the_pause_leave_the_refusal_highlighted() -> None:
    answers: list[Answer] = []
    async with running_app(asks(WRITE, answers)) as bench:
        await bench.send("go")
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.type("wait")
        await bench.settle()
        await bench.pilot.press("enter")
        await bench.until(lambda: bool(answers))
        assert answers == [Answer(choice="deny")]


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (100, 30)])
async def test_what_is_asked_about_stays_in_sight_above_its_answers(size: tuple[int, int]) -> None:
    command = " ".join(f"word{number}" for number in range(400))
    action = CommandAction(command=command, cwd="/home/me", timeout_s=1)
    rule = f"run_pty_cmd({command[:200]})"
    session = Choice(id="session", label=f"Yes, {rule} for this session", key="s")
    choices = (CHOICES[0], session, *CHOICES[2:])
    question = replace(WRITE, tool="run_pty_cmd", action=action, always_rule=rule, choices=choices)
    async with running_app(asks(question, []), size=size) as bench:
        await ask(bench)
        text = bench.screen_text()
        assert "run_pty_cmd wants to run this command" in text
        assert "word0 word1" in text
        assert "PgDn reads on" in text
        assert "this session" in text
        assert sum("Yes" in row or "No" in row for row in text.split("\n")) == 4
        await bench.pilot.press("ctrl+end")
        await bench.pilot.pause()
        assert '"Always" saves' in bench.screen_text() or "PgUp goes back" in bench.screen_text()


async def test_a_long_path_loses_its_middle_in_the_title_and_is_spelled_out_below() -> None:
    path = "src/" + "very/" * 20 + "app.py"
    action = WriteAction(path=path, diff="+x", added_lines=1, removed_lines=0, creates=False)
    async with running_app(asks(replace(WRITE, action=action), []), size=(60, 24)) as bench:
        await ask(bench)
        text = bench.screen_text()
        assert "app.py +1 -0" in text
        assert "Path: src/" in text


async def test_the_end_of_the_transcript_stays_in_sight_above_the_question() -> None:
    async def play(session: FakeSession, text: str) -> None:
        await session.emit(ReplyDelta(text="\n\n".join(f"line {number}" for number in range(60))))
        await session.front_end.ask(WRITE)

    async with running_app(play) as bench:
        await bench.send("go")
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.until(lambda: "line 59" in bench.screen_text())
        assert "line 58" in bench.screen_text()
        assert "src/app.py" in bench.screen_text()
        await bench.pilot._post_mouse_events([events.MouseScrollUp], offset=(5, 1))
        await bench.until(lambda: "line 59" not in bench.screen_text())
        await bench.settle()
        await bench.pilot.press("n")
        await bench.until(lambda: bench.app.transcript.size.height > 20)


async def test_an_interrupt_takes_the_question_away() -> None:
    answers: list[Answer] = []
    async with running_app(asks(WRITE, answers)) as bench:
        await ask(bench)
        assert bench.status_text().startswith("waiting for you")
        await bench.pilot.press("ctrl+c")
        await bench.until(lambda: bench.session.outcomes == ["cancelled"])
        await bench.pilot.pause()
        assert answers == []
        assert not isinstance(bench.app.screen, DecisionScreen)
        assert bench.app.prompt.has_focus


async def test_a_question_that_is_withdrawn_at_once_leaves_nothing_behind() -> None:
    async with running_app() as bench:
        for _ in range(3):
            asking = asyncio.ensure_future(bench.app.front_end.ask(WRITE))
            await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait({asking})
        await bench.pilot.pause()
        assert len(bench.app.screen_stack) == 1
        await bench.type("x")
        assert bench.app.prompt.text == "x"


async def test_a_question_withdrawn_below_the_help_screen_takes_both_away() -> None:
    async with running_app() as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(WRITE))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        bench.app.action_show_keys()
        await bench.pilot.pause()
        asking.cancel()
        await asyncio.wait({asking})
        assert len(bench.app.screen_stack) == 1


async def test_two_questions_come_one_after_the_other() -> None:
    async with running_app() as bench:
        first = asyncio.ensure_future(bench.app.front_end.ask(WRITE))
        second = asyncio.ensure_future(bench.app.front_end.ask(TRUST))
        await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
        await bench.settle()
        await bench.pilot.press("y")
        assert await first == Answer(choice="once")
        await bench.until(lambda: "Trust this workspace?" in bench.screen_text())
        await bench.settle()
        await bench.pilot.press("escape")
        assert await second == Answer(choice="no")


async def test_a_change_is_shown_with_its_path_counts_reason_and_rule() -> None:
    async with running_app(asks(WRITE, [])) as bench:
        await ask(bench)
        text = bench.screen_text()
    for part in ("src/app.py", "+1 -1", "-old", "+new", "edit_file changes files", "built-in"):
        assert part in text
    assert "tools.policies.edit_file" in text


async def test_all_of_a_long_change_can_be_read_before_it_is_answered() -> None:
    diff = "@@ -0,0 +1,300 @@\n" + "\n".join(f"+line {number}" for number in range(300))
    question = replace(
        WRITE, action=WriteAction(path="a", diff=diff, added_lines=300, removed_lines=0, creates=True)
    )
    async with running_app(asks(question, [])) as bench:
        await ask(bench)
        assert "new file" in bench.screen_text()
        seen = set(bench.screen_text().split())
        body = bench.app.screen.query_one(WrappedText)
        while body.scroll_y < body.max_scroll_y:
            await bench.pilot.press("pagedown")
            await bench.pilot.pause()
            seen |= set(bench.screen_text().split())
            assert "Yes, once" in bench.screen_text()
        assert {str(number) for number in range(300)} <= seen


@pytest.mark.parametrize("size", [(40, 16), (80, 24), (160, 50)])
async def test_the_answers_stay_in_sight_at_every_size(size: tuple[int, int]) -> None:
    diff = "\n".join(f"+{'long ' * 40}{number}" for number in range(100))
    question = replace(
        WRITE, action=WriteAction(path="a" * 60, diff=diff, added_lines=100, removed_lines=0, creates=True)
    )
    async with running_app(asks(question, []), size=size) as bench:
        await ask(bench)
        assert all(choice.label in bench.screen_text() for choice in CHOICES)
        await bench.pilot.resize_terminal(size[0] + 3, size[1] + 2)
        await bench.pilot.pause()
        assert all(choice.label in bench.screen_text() for choice in CHOICES)


async def test_the_bar_is_gone_once_all_of_the_text_has_room() -> None:
    lines = "".join(f"+line {number} of {'more words ' * 6}\n" for number in range(6))
    action = WriteAction(
        path="a.txt", diff=f"@@ -0,0 +1,6 @@\n{lines}", added_lines=6, removed_lines=0, creates=True
    )
    async with running_app(asks(replace(WRITE, action=action), []), size=(60, 20)) as bench:
        await ask(bench)
        body = bench.app.screen.query_one(WrappedText)
        body.scroll_end(animate=False)
        await bench.until(lambda: body.scroll_offset.y > 0)
        assert body.show_vertical_scrollbar
        await bench.pilot.resize_terminal(120, 40)
        await bench.settle()
        assert not body.show_vertical_scrollbar
        assert "line 0 of" in bench.screen_text()
        await bench.pilot.resize_terminal(60, 20)
        await bench.settle()
        assert body.show_vertical_scrollbar


@pytest.mark.parametrize("width", [40, 60, 80])
async def test_why_it_is_asked_wraps_between_words(width: int) -> None:
    asked = replace(
        WRITE, reason="edit_file changes files in a folder that you chose", rule="tools.default_policy"
    )
    async with running_app(size=(width, 24)) as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(asked))
        await bench.until(lambda: "Asked because" in bench.screen_text())
        assert "(tools.default_policy)" in bench.screen_text()
        asking.cancel()


async def test_a_question_before_a_message_is_sent_shows_the_message() -> None:
    async def play(session: FakeSession, text: str) -> None:
        await asyncio.Event().wait()

    action = IntegrationsAction(address="http://box:1234", servers=("mcp/notes",))
    async with running_app(play) as bench:
        await bench.send("one")
        await bench.send("read my notes")
        for asked, shows in ((replace(WRITE, action=action), True), (WRITE, False)):
            asking = asyncio.ensure_future(bench.app.front_end.ask(asked))
            await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
            await bench.until(lambda: "Yes, once" in bench.screen_text())
            assert ("Before your message is sent: read my notes" in bench.screen_text()) is shows
            asking.cancel()
            await bench.until(lambda: not isinstance(bench.app.screen, DecisionScreen))


async def test_a_command_is_shown_with_what_would_hide_spelled_out() -> None:
    async with running_app(asks(COMMAND, [])) as bench:
        await ask(bench)
        text = bench.screen_text()
    assert r"rm -rf build\x1b[2K" in text
    assert r"echo \u202edone" in text
    assert "/home/me/project" in text
    assert "120 s" in text


async def test_a_wrapped_command_cannot_pass_for_several_lines() -> None:
    command = "echo " + "".join(f"{number:04}" for number in range(1_000))
    question = replace(COMMAND, action=CommandAction(command=command, cwd="/", timeout_s=1))
    async with running_app(asks(question, []), size=(80, 120)) as bench:
        await ask(bench)
        first, *others = [row.strip("│ ") for row in bench.screen_text().split("\n") if "00" in row]
    assert [row[:2] for row in others] == ["↪ "] * len(others)
    assert first + "".join(row[2:] for row in others) == command


async def test_markup_in_foreign_text_stays_text() -> None:
    question = replace(
        WRITE,
        tool="[red]tool",
        reason="[b]why[/b]",
        action=WriteAction(path="[link=x]p", diff="+[/]y", added_lines=1, removed_lines=0, creates=True),
    )
    async with running_app(asks(question, [])) as bench:
        await ask(bench)
        text = bench.screen_text()
    for part in ("[red]tool", "[b]why[/b]", "[link=x]p", "+[/]y"):
        assert part in text


@given(st.text())
def test_no_control_character_of_a_diff_reaches_the_screen(diff: str) -> None:
    shown = "".join(line.text for line in diff_lines(diff, 80))
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)


@given(st.text(), st.text(), st.text())
def test_any_question_can_be_laid_out(title: str, path: str, command: str) -> None:
    write = WriteAction(path=path, diff=command, added_lines=0, removed_lines=0, creates=False)
    for question in (
        replace(WRITE, tool=title, action=write),
        replace(WRITE, tool=title, action=CommandAction(command=command, cwd=path, timeout_s=1)),
        replace(TRUST, title=title, body=command),
    ):
        decision = decision_for(question)
        assert decision.body
        rows = rows_of(decision.body, 80).rows
        shown = decision.title.fitting(80).plain + "".join(text for row in rows for text, _ in row)
        assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("typed_before", "gaps", "admitted"),
    [
        pytest.param(None, [0.1], [False], id="at once: a key on its way"),
        pytest.param(None, [0.3], [True], id="after a moment"),
        pytest.param(None, [0.1, 0.2, 0.3], [False, False, True], id="each early key starts the moment anew"),
        pytest.param(0.1, [0.5], [False], id="in the middle of typing"),
        pytest.param(0.1, [0.5, 0.5, 1.1], [False, False, True], id="typed on, then paused"),
        pytest.param(0.1, [1.1, 0.0, 0.0], [True, True, True], id="from the first that counts, all do"),
        pytest.param(5.0, [0.3], [True], id="typed long before"),
    ],
)
def test_keys_count_after_a_pause(
    typed_before: float | None, gaps: list[float], admitted: list[bool]
) -> None:
    clock = Clock()
    guard = TypeAheadGuard(clock, last_key_at=None if typed_before is None else clock.now - typed_before)
    guard.appeared()
    results = []
    for gap in gaps:
        clock.now += gap
        results.append(guard.admits())
    assert results == admitted


def test_no_key_counts_before_the_question_is_on_the_screen() -> None:
    clock = Clock()
    guard = TypeAheadGuard(clock, last_key_at=None)
    clock.now += 100
    assert not guard.admits()


async def test_a_list_and_a_permission_do_not_cover_each_other() -> None:
    pick = PickQuestion(title="Models", rows=())
    async with running_app() as bench:
        picking = asyncio.ensure_future(bench.app.front_end.ask(pick))
        await bench.until(lambda: "Models" in bench.screen_text())
        asking = asyncio.ensure_future(bench.app.front_end.ask(WRITE))
        await bench.pilot.pause()
        assert "src/app.py" not in bench.screen_text()
        await bench.pilot.press("escape")
        assert await picking == Answer(choice="cancel")
        await bench.until(lambda: "src/app.py" in bench.screen_text())
        asking.cancel()


async def asked_at_once(bench: Bench) -> asyncio.Task[Answer]:
    """Ask, and leave the clock where it is."""
    asking = asyncio.ensure_future(bench.app.front_end.ask(TRUST))
    await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
    await bench.pilot.pause()
    return asking


async def test_enter_alone_that_comes_too_early_is_not_called_typing() -> None:
    async with running_app() as bench:
        asking = await asked_at_once(bench)
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert "keys answer in a moment" in bench.screen_text()
        assert "You were typing" not in bench.screen_text()
        assert not asking.done()
        bench.clock.now += 0.3
        await bench.pilot.press("enter")
        assert (await asking).choice == "yes"


async def test_an_enter_with_nothing_to_send_makes_no_later_one_wait_longer() -> None:
    async with running_app() as bench:
        await bench.pilot.press("enter")
        asking = await asked_at_once(bench)
        bench.clock.now += 0.3
        await bench.pilot.press("enter")
        assert (await asking).choice == "yes"


async def test_who_sent_a_message_just_now_was_typing() -> None:
    async with running_app() as bench:
        await bench.type("hello")
        asking = await asked_at_once(bench)
        bench.clock.now += 0.3
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert "You were typing" in bench.screen_text()
        assert not asking.done()
        asking.cancel()


@pytest.mark.parametrize(("typed", "told"), [("", "answer in a moment."), ("hello", "pause, then answer.")])
async def test_why_a_key_did_not_answer_is_said_whole_in_forty_columns(typed: str, told: str) -> None:
    async with running_app(size=(40, 15)) as bench:
        await bench.type(typed)
        asking = await asked_at_once(bench)
        await bench.pilot.press("enter")
        await bench.until(lambda: told in bench.screen_text())
        assert "…" not in bench.region_text("#foot")
        asking.cancel()


async def test_in_forty_columns_the_mode_takes_a_row_of_its_own_where_the_title_is_long() -> None:
    async with running_app(size=(40, 15)) as bench:
        asking = asyncio.ensure_future(bench.app.front_end.ask(COMMAND))
        await bench.until(lambda: "build mode" in bench.screen_text())
        title = [line.strip() for line in bench.region_text("#title").splitlines()]
        assert title == ["run_pty_cmd wants to run this command", "build mode"]
        asking.cancel()
