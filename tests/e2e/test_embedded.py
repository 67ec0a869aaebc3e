"""The real small model, through the program as a process. The line mode's turn is in test_line_mode.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.situations import NOBODY
from tests.support.embedded import starter_cache_folder, starter_model_path
from tests.support.program import run_vtcode
from tests.support.terminal import Terminal

QUESTION = "What is the capital of France?"
EMBEDDED = ("--provider", "embedded", "-c", "agent.temperature=0")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Have the program find the starter model in its cache folder, as after a first run."""
    starter_model_path()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "vtcode").symlink_to(starter_cache_folder())
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.mark.parametrize("command", ["exec", "ask"])
def test_a_headless_run_reaches_an_answer(
    project: Path, home: Path, environment: dict[str, str], command: str
) -> None:
    done = run_vtcode(command, QUESTION, *EMBEDDED, cwd=project, home=home, environment=environment)
    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout


def test_json_lines_tell_the_real_models_tokens(
    project: Path, home: Path, environment: dict[str, str]
) -> None:
    done = run_vtcode("exec", "--json", QUESTION, *EMBEDDED, cwd=project, home=home, environment=environment)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    (message,) = [
        event["item"]["text"]
        for event in events
        if event["type"] == "item.completed" and event["item"]["type"] == "agent_message"
    ]
    assert "Paris" in message
    assert events[-1]["result"] == message
    assert events[-1]["usage"]["output_tokens"] > 0


def test_the_app_reaches_an_answer(project: Path, home: Path, environment: dict[str, str]) -> None:
    with Terminal(*EMBEDDED, cwd=project, home=home, environment=environment) as app:
        app.wait_for("ready")
        app.enter(QUESTION)
        app.wait_for("Paris")
        app.type("\x04")
        assert app.wait_for_exit() == 0


def test_the_app_and_its_engine_end_with_their_terminal(
    project: Path, home: Path, environment: dict[str, str]
) -> None:
    with Terminal(*EMBEDDED, cwd=project, home=home, environment=environment) as app:
        app.wait_for("ready")
        app.enter(QUESTION)
        app.wait_for("Paris")
        app.hang_up()


def test_where_no_lm_studio_answers_one_key_starts_the_embedded_model(
    project: Path, home: Path, environment: dict[str, str]
) -> None:
    environment["LMSTUDIO_BASE_URL"] = NOBODY
    settings = ("-c", "agent.temperature=0")
    with Terminal(*settings, cwd=project, home=home, environment=environment) as app:
        app.wait_for("No LM Studio answers")
        app.wait_for("is here already")
        app.answer("e")
        app.wait_for("ready")
        app.enter(QUESTION)
        app.wait_for("Paris")
