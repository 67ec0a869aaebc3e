"""Who gets a line that is typed while a command runs, in the line mode."""

from __future__ import annotations

import pytest

from vtcode.actions import CommandAction
from vtcode.details import TextDetails
from vtcode.events import ToolAwaitingInput, ToolFinished, ToolStarted
from vtcode.frontends.line.running import END_OF_INPUT, RunningCommands
from vtcode.messages import ToolCall


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


STARTED = ToolStarted(
    call=ToolCall(id="a", name="run_pty_cmd", arguments="{}"),
    action=CommandAction(command="python3", cwd="/", timeout_s=9.0),
)
WAITS = ToolAwaitingInput(call_id="a", prompt=">>>")
FINISHED = ToolFinished(
    call_id="a", name="run_pty_cmd", status="completed", text="", details=TextDetails(text="")
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answered(clock: Clock) -> RunningCommands:
    """A command that had its answer just now."""
    commands = RunningCommands(clock)
    commands.follow(STARTED)
    commands.follow(WAITS)
    assert commands.answer() == "a"
    return commands


def test_what_is_typed_right_after_an_answer_is_the_next_one(answered: RunningCommands, clock: Clock) -> None:
    clock.now_s += 0.3
    assert answered.takes("b = 2\n")
    clock.now_s += 0.9
    assert answered.takes("print(b)\n"), "what is typed soon after a line that is kept is kept, too"
    assert not answered.next_kept(), "it does not wait yet"
    for text in ("b = 2\n", "print(b)\n", ""):
        answered.follow(WAITS)
        assert answered.next_kept() == text
        answered.answer()


def test_a_line_that_is_kept_does_not_keep_what_is_typed_much_later(
    answered: RunningCommands, clock: Clock
) -> None:
    assert answered.takes("b = 2\n")
    clock.now_s += 1.5
    assert not answered.takes("please stop that\n")
    assert not answered.takes(END_OF_INPUT)
    assert answered.follow(FINISHED) == ["b = 2"]


@pytest.mark.parametrize("typed", ["/help\n", "  /kill\n"])
def test_what_begins_with_a_slash_is_kept_for_no_command(answered: RunningCommands, typed: str) -> None:
    assert not answered.takes(typed)


def test_what_is_typed_later_is_no_answer(answered: RunningCommands, clock: Clock) -> None:
    clock.now_s += 1.5
    assert not answered.takes("And now for the model\n")


def test_nothing_is_kept_for_a_command_that_was_never_answered(clock: Clock) -> None:
    commands = RunningCommands(clock)
    commands.follow(STARTED)
    assert not commands.takes("a message\n")


def test_what_a_command_no_longer_asks_for_comes_back(answered: RunningCommands) -> None:
    for text in ("b = 2\n", "\n", END_OF_INPUT, "  indented\n"):
        assert answered.takes(text)
    assert answered.follow(FINISHED) == ["b = 2", "  indented"]
    assert not answered.takes("more\n")
    assert answered.follow(FINISHED) == []
