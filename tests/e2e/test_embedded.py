"""The real small model, through the program as a process. The line mode's turn is in test_line_mode.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.situations import NOBODY
from tests.support.commands import is_alive, until
from tests.support.embedded import starter_cache_folder, starter_model_path
from tests.support.program import run_vtcode
from tests.support.terminal import Terminal
from vtcode.system.process import processes

QUESTION = "What is the capital of France?"
# The most probable words, and a prompt that is read in less time.
SETTINGS = ("-c", "agent.temperature=0", "-c", "agent.system_prompt_mode=minimal")
EMBEDDED = ("--provider", "embedded", *SETTINGS)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Have the program find the starter model in its cache folder, as after a first run."""
    starter_model_path()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "vtcode").symlink_to(starter_cache_folder())
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_a_question_is_answered(project: Path, home: Path, environment: dict[str, str]) -> None:
    done = run_vtcode("ask", QUESTION, *EMBEDDED, cwd=project, home=home, environment=environment)
    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout


def test_a_headless_run_reaches_an_answer_and_tells_the_real_models_tokens(
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


async def test_the_app_and_its_engine_end_with_their_terminal(
    project: Path, home: Path, environment: dict[str, str]
) -> None:
    with Terminal(*EMBEDDED, cwd=project, home=home, environment=environment) as app:
        app.wait_for("ready")
        engines = [facts.pid for facts in processes() if facts.parent == app.pid and not facts.is_zombie]
        assert engines
        app.hang_up()
    await until(lambda: not any(is_alive(pid) for pid in engines))


def test_where_no_lm_studio_answers_one_key_starts_the_embedded_model_which_answers(
    project: Path, home: Path, environment: dict[str, str]
) -> None:
    environment["LMSTUDIO_BASE_URL"] = NOBODY
    with Terminal(*SETTINGS, cwd=project, home=home, environment=environment) as app:
        app.wait_for("No LM Studio answers")
        app.wait_for("is here already")
        app.answer("e")
        app.wait_for("ready")
        app.enter(QUESTION)
        app.wait_for("Paris")
        app.wait_for("tokens/s")
        app.wait_for("ready")
        app.type("\x04")
        assert app.wait_for_exit() == 0
