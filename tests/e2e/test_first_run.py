"""The program as a new user meets it: a fresh home, one greeting, and work."""

from __future__ import annotations

from pathlib import Path

from tests.support.emulator import Emulator
from tests.support.sessions import call
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn


def at(emulator: Emulator) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1"}


def test_a_new_user_needs_three_keys_from_the_start_to_the_changed_file(
    emulator: Emulator, project: Path, fresh_home: Path
) -> None:
    (project / "greet.py").write_text("print('hello world')\n")
    emulator.script(
        Turn(calls=(call("edit_file", path="greet.py", old_str="world", new_str="there"),)),
        Turn(text="It greets there now."),
    )
    with Terminal(cwd=project, home=fresh_home, environment=at(emulator), columns=80, rows=24) as app:
        app.wait_for("Welcome to vtcode")
        app.answer("\r")
        app.wait_for("ready")
        app.enter("Greet somebody else.")
        app.wait_for("+print('hello there')")
        app.answer("y")
        app.wait_for("It greets there now.")
    assert (project / "greet.py").read_text() == "print('hello there')\n"


def test_the_line_mode_greets_in_lines_and_an_empty_line_begins(
    emulator: Emulator, project: Path, fresh_home: Path
) -> None:
    with Terminal("--plain", cwd=project, home=fresh_home, environment=at(emulator)) as app:
        text = app.wait_for("Number or letter:")
        assert "[question] Welcome to vtcode" in text
        assert "Enter alone or Ctrl-C: Start" in text
        app.type("\r")
        app.wait_for("Ctrl-D leaves")
        app.type("\x04")
        assert app.wait_for_exit() == 0


def test_a_token_is_not_seen_while_it_is_typed_and_opens_the_server(
    emulator: Emulator, project: Path, fresh_home: Path
) -> None:
    emulator.settings.token = "lm-right-token"
    with Terminal("--plain", cwd=project, home=fresh_home, environment=at(emulator)) as app:
        app.wait_for("Number or letter:")
        app.type("t\r")
        app.wait_for("Token:")
        app.type("lm-right-token\r")
        assert "right" not in app.wait_for("Welcome to vtcode")
