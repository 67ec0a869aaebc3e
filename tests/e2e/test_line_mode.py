from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.embedded import starter_model_path
from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]
PROMPT = "\n>"
WRITE = {"name": "write_file", "arguments": {"path": "notes.txt", "content": "one\ntwo\n"}}
WAIT_FOR_A_FILE = {"name": "run_pty_cmd", "arguments": {"command": "until [ -e go ]; do sleep 0.05; done"}}
ASK_FOR_A_NAME = {"name": "run_pty_cmd", "arguments": {"command": "read -p 'Name? ' name; test $name = Bob"}}


def plain_mode(
    project: Path, home: Path, *arguments: str, environment: dict[str, str] | None = None
) -> Terminal:
    return Terminal("--plain", *arguments, cwd=project, home=home, rows=60, environment=environment)


def scripted(
    project: Path, home: Path, *turns: object, environment: dict[str, str] | None = None
) -> Terminal:
    script = project.parent / "script.jsonl"
    script.write_text("".join(f"{json.dumps(turn)}\n" for turn in turns))
    setting = f"providers.scripted.script={script}"
    return plain_mode(project, home, "--provider", "scripted", "-c", setting, environment=environment)


def send(terminal: Terminal, text: str) -> None:
    terminal.wait_for(lambda screen: screen.rstrip().endswith(PROMPT))
    terminal.enter(text)


def test_a_write_is_shown_asked_about_and_then_on_disk_as_shown(project: Path, home: Path) -> None:
    with scripted(
        project, home, {"text": "I write it.", "calls": [WRITE]}, {"text": "All done."}
    ) as terminal:
        send(terminal, "Write my notes")
        screen = terminal.wait_for("Number or letter:")
        assert "Write notes.txt (new file, 2 lines):" in screen
        assert "+one\n+two\n" in screen
        assert not (project / "notes.txt").exists()
        terminal.enter("y")
        screen = terminal.wait_for("[window]")
        assert "[allowed] once" in screen
        assert "All done." in screen
        assert (project / "notes.txt").read_text() == "one\ntwo\n"
        terminal.wait_for(lambda screen: screen.rstrip().endswith(PROMPT))
        terminal.type("\x04")
        assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize("key", ["\r", "\x03", "n\r"], ids=["enter alone", "ctrl+c", "no"])
def test_a_refused_write_never_happens(project: Path, home: Path, key: str) -> None:
    with scripted(project, home, {"calls": [WRITE]}, {"text": "As you wish."}) as terminal:
        send(terminal, "Write my notes")
        terminal.wait_for("Number or letter:")
        terminal.type(key)
        screen = terminal.wait_for("As you wish.")
        assert "[refused]" in screen
    assert not (project / "notes.txt").exists()


def test_a_command_that_asks_gets_the_typed_line(project: Path, home: Path) -> None:
    with scripted(project, home, {"calls": [ASK_FOR_A_NAME]}, {"text": "Thank you."}) as terminal:
        send(terminal, "Ask me")
        terminal.wait_for("Number or letter:")
        terminal.enter("y")
        terminal.wait_for("[waiting] The command waits for input: Name?")
        terminal.enter("Bob")
        assert "[done: exit code 0]" in terminal.wait_for("Thank you.")


def test_ctrl_d_ends_the_input_of_a_command_and_nothing_else(project: Path, home: Path) -> None:
    with scripted(project, home, {"text": "I am still here."}) as terminal:
        send(terminal, "!cat; read -p 'Name? ' name; echo it is $name")
        terminal.wait_for("[waiting]")
        terminal.type("\x04")
        terminal.wait_for("waits for input: Name?")
        terminal.enter("Bob")
        terminal.wait_for("it is Bob")
        send(terminal, "Are you there?")
        terminal.wait_for("I am still here.")


def test_ctrl_d_where_nothing_waits_says_what_it_is_for(project: Path, home: Path) -> None:
    with scripted(project, home, {"calls": [WAIT_FOR_A_FILE]}, {"text": "Done."}) as terminal:
        send(terminal, "Wait")
        terminal.wait_for("Number or letter:")
        terminal.enter("y")
        terminal.wait_for("[allowed] once")
        terminal.type("\x04")
        terminal.wait_for("Ctrl-D ends the input of a command that waits")
        terminal.enter("/kill")
        terminal.wait_for("Done.")


def test_lines_that_are_typed_on_into_a_command_are_all_for_it(project: Path, home: Path) -> None:
    asks = "while read -p '>>> ' line && [ $line != end ]; do echo got $line; done"
    (project / "asks.sh").write_text(f"{asks}\nuntil [ -e go ]; do sleep 0.05; done\n")
    with scripted(project, home, {"text": "Never said."}) as terminal:
        send(terminal, "!bash asks.sh")
        terminal.wait_for("[waiting]")
        terminal.type("one\rtwo\rend\rtoo late\r")
        screen = terminal.wait_for(lambda screen: screen.count("[waiting]") == 3)
        assert screen.index("got one") < screen.index("got two")
        (project / "go").touch()
        screen = terminal.wait_for("\n> too late")
        assert "[kept]" in screen
        assert "[queued]" not in screen


def test_a_line_that_is_kept_for_a_command_is_said_to_be(project: Path, home: Path) -> None:
    asks = "read -p 'One? ' one; until [ -e go ]; do sleep 0.05; done; read -p 'Two? ' two; echo got $two"
    (project / "asks.sh").write_text(asks)
    with scripted(project, home, {"text": "Never said."}) as terminal:
        send(terminal, "!bash asks.sh")
        terminal.wait_for("[waiting]")
        terminal.type("one\rtwo\r")
        terminal.wait_for("[kept] for the command")
        (project / "go").touch()
        terminal.wait_for("got two")


def test_what_is_typed_while_busy_is_sent_after_the_turn(project: Path, home: Path) -> None:
    turns = [{"calls": [WAIT_FOR_A_FILE]}, {"text": "First answer."}, {"text": "Second answer."}]
    with scripted(project, home, *turns) as terminal:
        send(terminal, "Wait")
        terminal.wait_for("Number or letter:")
        terminal.enter("y")
        terminal.wait_for("[allowed] once")
        terminal.enter("And then this")
        terminal.wait_for("[queued]")
        (project / "go").touch()
        screen = terminal.wait_for("Second answer.")
        assert screen.index("First answer.") < screen.index("[you] And then this")


def test_a_message_beyond_the_limit_of_turns_is_in_the_next_prompt(project: Path, home: Path) -> None:
    limit = {"text": "Hello."}, {"text": "Never said."}
    script = project.parent / "script.jsonl"
    script.write_text("".join(f"{json.dumps(turn)}\n" for turn in limit))
    settings = ("-c", f"providers.scripted.script={script}", "-c", "agent.max_conversation_turns=1")
    with plain_mode(project, home, "--provider", "scripted", *settings) as terminal:
        send(terminal, "First")
        terminal.wait_for("Hello.")
        send(terminal, "One too many")
        terminal.wait_for("agent.max_conversation_turns")
        terminal.wait_for("\n> One too many")


def test_a_running_command_can_be_killed(project: Path, home: Path) -> None:
    with scripted(project, home, {"calls": [WAIT_FOR_A_FILE]}, {"text": "It is gone."}) as terminal:
        send(terminal, "Wait")
        terminal.wait_for("Number or letter:")
        terminal.enter("y")
        terminal.wait_for("[allowed] once")
        terminal.enter("/kill")
        terminal.wait_for("It is gone.")


def test_commands_answer_while_a_turn_runs(project: Path, home: Path) -> None:
    with scripted(project, home, {"calls": [WAIT_FOR_A_FILE]}, {"text": "The end."}) as terminal:
        send(terminal, "Wait")
        terminal.wait_for("Number or letter:")
        terminal.enter("y")
        terminal.wait_for("[allowed] once")
        terminal.enter("/status")
        terminal.wait_for("State: busy")
        terminal.enter("/clear")
        terminal.wait_for("/clear has to wait until the model is done.")
        terminal.enter("!ls")
        terminal.wait_for("[busy]")
        (project / "go").touch()
        screen = terminal.wait_for("The end.")
        assert "[queued]" not in screen


def test_a_question_of_a_command_outlives_the_turn_and_the_prompt_waits_for_it(
    project: Path, home: Path
) -> None:
    turns = [{"calls": [WAIT_FOR_A_FILE]}, {"calls": [WAIT_FOR_A_FILE]}, {"text": "The end."}]
    with scripted(project, home, *turns) as terminal:
        send(terminal, "Wait")
        terminal.wait_for("Number or letter:")
        terminal.enter("y")
        terminal.wait_for("[allowed] once")
        terminal.enter("/bg")
        terminal.wait_for(lambda screen: screen.count("Number or letter:") == 2)
        terminal.enter("y")
        terminal.wait_for(lambda screen: screen.count("[allowed] once") == 2)
        terminal.enter("/jobs")
        terminal.wait_for("Commands in the background")
        (project / "go").touch()
        screen = terminal.wait_for("The end.")
        assert not screen.rstrip().endswith(PROMPT)
        terminal.enter("")
        terminal.wait_for(lambda screen: screen.rstrip().endswith(PROMPT))


def test_leaving_does_not_wait_for_the_turn(project: Path, home: Path) -> None:
    with scripted(project, home, {"text": "Never ending", "pause": "text"}) as terminal:
        send(terminal, "Talk")
        terminal.wait_for("Never ending")
        terminal.enter("/exit")
        assert terminal.wait_for_exit() == 0


def test_ctrl_c_stops_the_turn_and_not_the_program(project: Path, home: Path) -> None:
    with scripted(
        project, home, {"text": "Never ending", "pause": "text"}, {"text": "Still here."}
    ) as terminal:
        send(terminal, "Talk")
        terminal.wait_for("Never ending")
        terminal.type("\x03")
        terminal.wait_for("[stopped]")
        send(terminal, "Are you there?")
        terminal.wait_for("Still here.")


def test_ctrl_c_twice_at_the_prompt_leaves(project: Path, home: Path) -> None:
    with scripted(project, home) as terminal:
        terminal.wait_for(lambda screen: screen.rstrip().endswith(PROMPT))
        terminal.type("\x03")
        terminal.wait_for("Ctrl-C again, or Ctrl-D, leaves.")
        terminal.type("\x03")
        assert terminal.wait_for_exit() == 0
        assert "--continue" not in terminal.text()  # nothing was said that it could come back to


def test_commands_answer_in_lines(project: Path, home: Path) -> None:
    with scripted(project, home) as terminal:
        send(terminal, "/status")
        assert "Window: about" in terminal.wait_for("Model: scripted\n")
        send(terminal, "/kill")
        terminal.wait_for("/kill is for a command that is running; none is.")
        send(terminal, "/hepl")
        terminal.wait_for("Did you mean /help?")
        send(terminal, "/exit")
        assert terminal.wait_for_exit() == 0


def test_a_resumed_session_shows_its_last_turn(project: Path, home: Path) -> None:
    with scripted(project, home, {"text": "Remember the milk."}) as terminal:
        send(terminal, "What was it?")
        terminal.wait_for("[window]")
        send(terminal, "/exit")
        assert terminal.wait_for_exit() == 0
        assert "[left] vtcode --continue comes back to this session." in terminal.text()
    with plain_mode(
        project,
        home,
        "--continue",
        "--provider",
        "scripted",
        "-c",
        f"providers.scripted.script={project.parent}/script.jsonl",
    ) as terminal:
        screen = terminal.wait_for(lambda screen: screen.rstrip().endswith(PROMPT))
    assert "[resumed] 1 turn so far; the last one:\n[you] What was it?\nRemember the milk.\n" in screen


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=["dumb", "no colour"])
def test_no_colour_where_none_is_wanted(project: Path, home: Path, variables: dict[str, str]) -> None:
    turn = {"reasoning": "Hm.", "text": "Plain words."}
    with scripted(project, home, turn, environment=variables) as terminal:
        send(terminal, "Talk")
        terminal.wait_for("[reasoning] Hm.")
        terminal.wait_for("[window]")
        assert b"\x1b[2m" not in terminal.received
        assert b"\x1b[3" not in terminal.received


def test_the_embedded_model_answers(project: Path, home: Path) -> None:
    model = f"providers.embedded.model_path={starter_model_path()}"
    brief = "agent.system_prompt_mode=minimal"
    options = ["--provider", "embedded", "-c", model, "-c", "agent.temperature=0", "-c", brief]
    with plain_mode(project, home, *options) as terminal:
        send(terminal, "What is the capital of France?")
        assert "Paris" in terminal.wait_for("[window]")
        send(terminal, "/exit")
        assert terminal.wait_for_exit() == 0


def test_without_a_terminal_the_next_step_is_named(project: Path, home: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "vtcode", "--plain"],
        cwd=project,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "vtcode exec" in ran.stderr
    assert "Traceback" not in ran.stderr
