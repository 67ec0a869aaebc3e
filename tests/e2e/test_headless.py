"""`vtcode exec` and `vtcode ask` as processes, against an LM Studio on loopback."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.support.program import run_vtcode
from tests.support.sessions import call
from vtcode.emulator.catalog import EmulatedModel
from vtcode.providers.script import Turn

Run = subprocess.CompletedProcess[str]
EXAMPLE = """\
[agent]
provider = "lmstudio"                     # LM Studio provider
default_model = "lmstudio-community/meta-llama-3.1-8b-instruct"

[tools]
default_policy = "prompt"

[tools.policies]
read_file = "allow"
write_file = "prompt"
run_pty_cmd = "prompt"
"""
"""The guide's own example."""


@pytest.fixture
def environment(emulator: Emulator) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1"}


def lines(done: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_stdout_holds_the_answer_and_nothing_else(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.script(
        Turn(text="Looking.", calls=(call("list_files"),)), Turn(text="Nothing here.", reasoning="Hm.")
    )
    done = run_vtcode("exec", "What is here?", cwd=project, home=home, environment=environment)
    assert (done.returncode, done.stdout) == (0, "Nothing here.\n")
    assert "list_files" in done.stderr


def test_json_lines_carry_the_originals_tags(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    (project / "a.txt").write_text("a\n")
    emulator.script(
        Turn(reasoning="Hm.", calls=(call("read_file", path="a.txt"),)),
        Turn(calls=(call("run_pty_cmd", command="wc -l a.txt"),)),
        Turn(calls=(call("write_file", path="b.txt", content="b"),)),
        Turn(text="Done."),
    )
    done = run_vtcode("exec", "--json", "Go.", cwd=project, home=home, environment=environment)
    assert done.returncode == 0
    events = lines(done)
    tags = [event["type"] for event in events]
    assert [tag for tag in tags if tag.startswith(("thread.", "turn."))][:2] == [
        "thread.started",
        "turn.started",
    ]
    assert tags[-2:] == ["turn.completed", "thread.completed"]
    completed = [event["item"] for event in events if event["type"] == "item.completed"]
    by_type = {item["type"]: item for item in completed}
    assert by_type["reasoning"]["text"] == "Hm."
    assert by_type["tool_invocation"]["tool_name"] == "read_file"
    assert "a" in by_type["tool_output"]["output"]
    assert by_type["command_execution"]["exit_code"] == 0
    assert by_type["file_change"]["status"] == "failed"
    assert by_type["agent_message"]["text"] == "Done."
    assert [event["decision"] for event in events if event["type"] == "permission.resolved"] == ["deny"]
    assert not (project / "b.txt").exists()
    assert events[-1]["subtype"] == "success"
    ids = [event["item"]["id"] for event in events if event["type"] == "item.completed"]
    assert len(ids) == len(set(ids))


def test_what_was_denied_is_told_with_the_way_to_allow_it(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    turns = (Turn(calls=(call("write_file", path="b.txt", content="b"),)), Turn(text="Fixed."))
    emulator.script(*turns)
    done = run_vtcode("exec", "Go.", cwd=project, home=home, environment=environment)
    assert (done.returncode, done.stdout) == (0, "Fixed.\n")
    assert "1 call was denied, since nobody could be asked: write_file." in done.stderr
    assert '--full-auto with [automation.full_auto], or tools.policies.write_file = "allow".' in done.stderr
    emulator.script(*turns)
    done = run_vtcode("exec", "--json", "Go.", cwd=project, home=home, environment=environment)
    told = [line["item"]["message"] for line in lines(done) if line.get("item", {}).get("event") == "warning"]
    assert told[-1].startswith("1 call was denied")


def test_what_a_rule_forbids_is_not_said_to_want_consent(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.script(Turn(calls=(call("write_file", path="b.txt", content="b"),)), Turn(text="Done."))
    flag = ("-c", "tools.policies.write_file=deny")
    done = run_vtcode("exec", "Go.", *flag, cwd=project, home=home, environment=environment)
    assert "nobody could be asked" not in done.stderr


@pytest.mark.parametrize("command", ["exec", "ask"])
def test_without_a_prompt_the_command_is_shown_with_one(project: Path, home: Path, command: str) -> None:
    done = run_vtcode(command, cwd=project, home=home, stdin="")
    assert done.returncode == 2
    assert f'vtcode {command} "PROMPT"' in done.stderr


def test_full_auto_runs_what_the_configuration_lists(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    turns = (Turn(calls=(call("write_file", path="b.txt", content="b"),)), Turn(text="Done."))
    settings = [
        "-c",
        "automation.full_auto.enabled=true",
        "-c",
        'automation.full_auto.allowed_tools=["write_file"]',
    ]
    emulator.script(*turns)
    run_vtcode("exec", "Go.", *settings, cwd=project, home=home, environment=environment)
    assert not (project / "b.txt").exists()
    emulator.script(*turns)
    run_vtcode("exec", "Go.", "--full-auto", *settings, cwd=project, home=home, environment=environment)
    assert (project / "b.txt").read_text() == "b"


def test_a_workspace_file_cannot_turn_on_full_auto_untrusted(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    (project / "vtcode.toml").write_text('[automation.full_auto]\nenabled = true\nallowed_tools = ["*"]\n')
    turns = (Turn(calls=(call("write_file", path="b.txt", content="b"),)), Turn(text="Done."))
    emulator.script(*turns)
    run_vtcode("exec", "Go.", "--full-auto", cwd=project, home=home, environment=environment)
    assert not (project / "b.txt").exists()
    emulator.script(*turns)
    run_vtcode("--trust", "exec", "Go.", "--full-auto", cwd=project, home=home, environment=environment)
    assert (project / "b.txt").exists()


def test_the_prompt_comes_from_the_command_line_a_pipe_or_both(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    def ask(*arguments: str, stdin: str | None = None) -> str:
        done = run_vtcode("ask", *arguments, cwd=project, home=home, environment=environment, stdin=stdin)
        body = json.loads(emulator.replies_asked[-1].body)
        assert done.returncode == 0
        assert "tools" not in body
        return str(body["messages"][-1]["content"])

    assert ask("one") == "one"
    assert ask("-", stdin="two\n") == "two"
    assert ask(stdin="three\n") == "three"
    assert ask("review this", stdin="the diff\n") == "review this\n\nthe diff"


def test_ask_runs_no_tool_that_the_server_calls_all_the_same(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.script(Turn(text="Here.", calls=(call("write_file", path="made.txt", content="x"),)))
    allowed = ("-c", "tools.policies.write_file=allow")
    done = run_vtcode("ask", "Go.", *allowed, cwd=project, home=home, environment=environment)
    assert (done.returncode, done.stdout) == (0, "Here.\n")
    assert not (project / "made.txt").exists()


def test_ask_keeps_no_session(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.script(Turn(text="Yes."))
    done = run_vtcode("ask", "Really?", cwd=project, home=home, environment=environment)
    assert done.stdout == "Yes.\n"
    assert "No sessions" in run_vtcode("sessions", "list", "--all", cwd=project, home=home).stdout


def test_escape_codes_of_a_model_reach_no_terminal(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.script(Turn(text="red \x1b[31mand \x1b]0;title\x07loud\x08"))
    done = run_vtcode("ask", "Hi.", cwd=project, home=home, environment=environment)
    assert done.stdout == "red and loud\n"


def test_the_guides_example_works_as_written(emulator: Emulator, project: Path, home: Path) -> None:
    key = "lmstudio-community/meta-llama-3.1-8b-instruct"
    emulator.state.models.append(EmulatedModel(key=key))
    (project / "vtcode.toml").write_text(EXAMPLE)
    (project / "a.txt").write_text("a\n")
    emulator.script(Turn(calls=(call("list_files"), call("read_file", path="a.txt"))), Turn(text="Done."))
    environment = {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1"}
    done = run_vtcode("exec", "--json", "Go.", cwd=project, home=home, environment=environment)
    assert done.returncode == 0
    assert not [event for event in lines(done) if event["type"] == "permission.requested"]
    assert json.loads(emulator.replies_asked[-1].body)["model"] == key
    other = run_vtcode(
        "exec",
        "Go.",
        "--provider",
        "lmstudio",
        "--model",
        "acme/chat-8b",
        cwd=project,
        home=home,
        environment=environment,
    )
    assert other.returncode == 0
    assert json.loads(emulator.replies_asked[-1].body)["model"] == "acme/chat-8b"


def test_sessions_are_listed_shown_continued_and_deleted(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.script(Turn(text="Blue."), Turn(text="I said blue."))
    run_vtcode("exec", "Name a colour.", cwd=project, home=home, environment=environment)
    listed = run_vtcode("sessions", cwd=project, home=home).stdout
    assert "Name a colour." in listed
    session_id = listed.split()[0]
    assert "Blue." in run_vtcode("sessions", "show", session_id, cwd=project, home=home).stdout
    run_vtcode("exec", "--continue", "Again?", cwd=project, home=home, environment=environment)
    texts = [m["content"] for m in json.loads(emulator.replies_asked[-1].body)["messages"]]
    assert texts[1:] == ["Name a colour.", "Blue.", "Again?"]
    (record,) = home.rglob(f"{session_id}.jsonl")
    outputs = record.with_suffix(".outputs")
    outputs.mkdir()
    (outputs / "1").write_text("A long output.")
    assert "Deleted" in run_vtcode("sessions", "delete", session_id, cwd=project, home=home).stdout
    assert list(home.rglob(f"{session_id}.*")) == []
    assert run_vtcode("sessions", "show", session_id, cwd=project, home=home).returncode == 1


def test_a_session_at_its_limit_of_turns_is_refused_with_the_error(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.script(Turn(text="Hello."))
    run_vtcode("exec", "Hello?", cwd=project, home=home, environment=environment)
    again = ("exec", "--continue", "Again?", "-c", "agent.max_conversation_turns=1")
    refused = run_vtcode(*again, cwd=project, home=home, environment=environment)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "has had its 1 turns" in refused.stderr
    refused = run_vtcode(*again, "--json", cwd=project, home=home, environment=environment)
    assert refused.returncode == 1
    assert "has had its 1 turns" in refused.stdout
