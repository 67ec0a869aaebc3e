"""Every row of docs/troubleshooting.md, provoked in the real program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.situations import NOBODY, ROOT, ROWS, Place
from tests.support.terminal import Terminal

MESSAGES = re.findall(r"^\| `(.+?)` \|", (ROOT / "docs" / "troubleshooting.md").read_text(), re.MULTILINE)
BEFORE_A_TURN = [
    message for message in MESSAGES if message.startswith(("LM Studio at <address> wants", "--"))
]
MOST_LINES = 5
"""The message and its hint, and what may have been told before."""
RECOVERY = re.compile(r"^.*(?:; asking once more\.|Asking again .*)\n", re.MULTILINE)
"""What is told of a failure that does not end the turn yet."""
NO_SANDBOX = re.compile(r"^vtcode: warning: Sandbox: .*\n(?:  .*\n)?", re.MULTILINE)
"""What is told first on a machine without one."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        place = Place(tmp_path, stack)
        place.home.mkdir()
        place.project.mkdir()
        yield place


def as_printed(message: str) -> re.Pattern[str]:
    """Return what matches a row's message, whatever stands for its `<...>`."""
    words = (re.escape(part) for part in re.split(r"<[^<>]+>", message))
    return re.compile(rf"^vtcode: (?:error: |warning: )?{'.+'.join(words)}", re.MULTILINE)


def test_the_table_has_the_rows_that_are_tested() -> None:
    assert sorted(MESSAGES) == sorted(ROWS)


@pytest.mark.parametrize("message", MESSAGES)
def test_an_error_is_one_message_with_the_next_step(place: Place, message: str) -> None:
    row = ROWS[message]
    done = row.provoke(place)
    assert len(as_printed(message).findall(RECOVERY.sub("", done.stderr))) == 1, done.stderr
    assert row.next_step in done.stderr
    assert "Traceback" not in done.stderr
    assert len(NO_SANDBOX.sub("", done.stderr).splitlines()) <= MOST_LINES, done.stderr
    assert done.returncode == row.exit_code
    assert done.stdout == ("Hi.\n" if row.exit_code == 0 else "")


@pytest.mark.parametrize("message", BEFORE_A_TURN)
def test_with_json_stdout_holds_one_error_object(place: Place, message: str) -> None:
    place.as_json = True
    done = ROWS[message].provoke(place)
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert told["type"] == "error"
    assert as_printed(message).match(f"vtcode: {told['message']}")
    assert ROWS[message].next_step in told["message"]
    assert done.returncode == ROWS[message].exit_code


def test_with_json_a_turn_that_fails_says_why(place: Place) -> None:
    place.as_json = True
    message = "The prompt does not fit the model's window: <its words>."
    events = [json.loads(line) for line in ROWS[message].provoke(place).stdout.splitlines()]
    (failed,) = [event for event in events if event["type"] == "turn.failed"]
    assert as_printed(message).match(f"vtcode: {failed['message']}")
    assert ROWS[message].next_step in failed["message"]


def test_the_app_says_that_a_chosen_server_is_down_and_what_to_do(place: Place) -> None:
    environment = {"LMSTUDIO_BASE_URL": NOBODY}
    arguments = ("--provider", "lmstudio")
    with Terminal(*arguments, cwd=place.project, home=place.home, environment=environment) as app:
        app.wait_for("nothing listens there")
        screen = app.wait_for("r try again   q quit")
        assert "lms server start" in screen
        app.type("q")
        assert app.wait_for_exit() == 1


def test_a_headless_run_never_falls_back_and_names_both_ways_on(place: Place) -> None:
    place.environment["LMSTUDIO_BASE_URL"] = NOBODY
    done = place.run("exec", "Hi.")
    assert (done.returncode, done.stdout) == (1, "")
    assert "lms server start" in done.stderr
    assert "vtcode --provider embedded" in done.stderr
