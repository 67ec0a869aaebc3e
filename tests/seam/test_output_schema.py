"""`--output-schema`: the program as a process, against an LM Studio on loopback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.emulator import Emulator
from tests.support.program import run_vtcode
from tests.support.sessions import call
from vtcode.providers.script import Turn

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
SCHEMA = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string"}}},
    "required": ["files"],
    "additionalProperties": False,
}
VALID = '{"files": ["a.txt"]}'
WRONG = '{"files": "a.txt"}'


@pytest.fixture
def run(emulator: Emulator, tmp_path: Path) -> Run:
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))

    def run_with_schema(command: str, *arguments: str, schema: str = "schema.json") -> Any:
        return run_vtcode(
            command,
            "Which files are there?",
            "--output-schema",
            str(tmp_path / schema),
            *arguments,
            cwd=tmp_path / "project",
            home=tmp_path / "home",
            environment={"LMSTUDIO_BASE_URL": emulator.url},
        )

    return run_with_schema


def bodies(emulator: Emulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.replies_asked]


def test_ask_forwards_the_schema_and_prints_the_json_alone(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(text=VALID))
    done = run("ask")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{VALID}\n", "")
    (body,) = bodies(emulator)
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert "tools" not in body
    assert '"additionalProperties": false' in body["messages"][0]["content"]


def test_a_fence_around_the_json_reaches_no_pipe(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(text=f"Here you are:\n```json\n{VALID}\n```"))
    done = run("ask")
    assert (done.returncode, done.stdout) == (0, f"{VALID}\n")
    assert len(bodies(emulator)) == 1


def test_json_that_came_as_reasoning_counts_where_the_answer_is_empty(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(reasoning=VALID))
    done = run("ask")
    assert (done.returncode, done.stdout) == (0, f"{VALID}\n")
    assert len(bodies(emulator)) == 1


def test_an_answer_that_does_not_fit_is_asked_for_once_more_with_the_validators_words(
    emulator: Emulator, run: Run
) -> None:
    emulator.script(Turn(text=WRONG), Turn(text=VALID))
    done = run("ask")
    assert (done.returncode, done.stdout) == (0, f"{VALID}\n")
    first, second = bodies(emulator)
    assert second["messages"][:2] == first["messages"]
    assert second["messages"][2] == {"role": "assistant", "content": WRONG}
    assert "'a.txt' is not of type 'array'" in second["messages"][3]["content"]
    assert second["response_format"] == first["response_format"]


def test_after_two_answers_that_do_not_fit_the_run_fails_with_the_validators_words(
    emulator: Emulator, run: Run
) -> None:
    emulator.script(Turn(text=WRONG), Turn(text="no files"), Turn(text=VALID))
    done = run("ask")
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not fit the schema: not JSON: Expecting value" in done.stderr
    assert len(bodies(emulator)) == 2


def test_the_json_lines_tell_the_validators_words(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(text=WRONG), Turn(text=WRONG))
    done = run("ask", "--json")
    assert done.returncode == 1
    events = [json.loads(line) for line in done.stdout.splitlines()]
    (failed,) = [event for event in events if event["type"] == "turn.failed"]
    assert "'a.txt' is not of type 'array'" in failed["message"]


def test_exec_works_with_tools_and_never_asks_for_both_at_once(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(calls=(call("list_files"),)), Turn(text="There is a.txt."), Turn(text=VALID))
    done = run("exec")
    assert (done.returncode, done.stdout) == (0, f"{VALID}\n")
    assert [("tools" in body, "response_format" in body) for body in bodies(emulator)] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_exec_asks_no_more_where_the_agents_answer_is_valid(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(calls=(call("list_files"),)), Turn(text=VALID))
    done = run("exec", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1])["result"] == VALID
    assert len(bodies(emulator)) == 2


def test_exec_corrects_its_final_answer_once(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(text="There is a.txt."), Turn(text=WRONG), Turn(text=WRONG), Turn(text=VALID))
    done = run("exec")
    assert (done.returncode, done.stdout) == (1, "")
    assert "'a.txt' is not of type 'array'" in done.stderr
    assert len(bodies(emulator)) == 3


def test_a_server_that_answers_a_schema_with_nothing_gets_it_in_words(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(), Turn(), Turn(text=VALID))
    done = run("ask")
    assert (done.returncode, done.stdout) == (0, f"{VALID}\n")
    assert ["response_format" in body for body in bodies(emulator)] == [True, True, False]


@pytest.mark.parametrize(
    "knobs", [{"stream_error": "failed to parse grammar"}, {"reject_key": "response_format"}]
)
def test_a_server_that_takes_no_schema_gets_it_in_words(
    emulator: Emulator, run: Run, knobs: dict[str, str]
) -> None:
    emulator.fail_once(**knobs)
    emulator.script(Turn(text=VALID))
    done = run("ask")
    assert (done.returncode, done.stdout) == (0, f"{VALID}\n"), done.stderr
    assert ["response_format" in body for body in bodies(emulator)] == [True, False]
    assert "in words alone" in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "can't be read", id="missing"),
        pytest.param("{", "is not JSON", id="torn"),
        pytest.param("[]", "is not a JSON object", id="a list"),
        pytest.param('{"type": "text"}', "no JSON schema", id="no schema"),
        pytest.param('{"$ref": "other.json"}', "does not hold", id="in two files"),
    ],
)
def test_a_bad_schema_is_a_usage_error_and_nothing_is_sent(
    emulator: Emulator, run: Run, tmp_path: Path, content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_text(content)
    done = run("exec", schema="bad.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "bad.json" in done.stderr
    assert not emulator.requests
