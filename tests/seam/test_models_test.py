"""`vtcode models test` as a process, against an LM Studio on loopback."""

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
from vtcode.emulator.instance import Instance
from vtcode.providers.script import Turn

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
EMBEDDING = "text-embedding-mini"


@pytest.fixture
def run(emulator: Emulator, tmp_path: Path) -> Run:
    (tmp_path / "home").mkdir()

    def run_test(*arguments: str) -> Any:
        environment = {"LMSTUDIO_BASE_URL": emulator.url}
        words = ("models", "test", *arguments)
        return run_vtcode(*words, cwd=tmp_path, home=tmp_path / "home", environment=environment)

    return run_test


def test_a_chat_model_gives_a_reply_and_a_call(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(text="Hello there!"), Turn(calls=(call("read_file", path="hello.txt"),)))
    done = run("--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    reply, tool_call = report["results"]
    assert (report["model"], report["ok"]) == ("acme/coder-30b-a3b", True)
    assert reply["text"] == "Hello there!"
    assert reply["first_token_s"] > 0
    assert (tool_call["ok"], tool_call["tool_mode"]) == (True, "native")


def test_a_model_that_makes_no_call_fails_in_words(emulator: Emulator, run: Run) -> None:
    emulator.script(Turn(text="Hello there!"), Turn(text="I would read it."))
    done = run()
    assert done.returncode == 1
    assert "ok    reply" in done.stdout
    assert "fail  tool call  none in tool mode native" in done.stdout


def test_an_embedding_model_gives_a_vector(emulator: Emulator, run: Run) -> None:
    emulator.state.instances.append(Instance(id=EMBEDDING, key=EMBEDDING, context_length=2048))
    done = run(EMBEDDING, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = json.loads(done.stdout)["results"]
    assert result["name"] == "embedding"
    assert result["vector_length"] > 0


@pytest.mark.parametrize("model", ["acme/chat-8b", EMBEDDING])
def test_a_model_that_is_not_loaded_stays_so(emulator: Emulator, run: Run, model: str) -> None:
    done = run(model)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{model} is not loaded: testing it would load it" in done.stderr
    assert f"vtcode models load {model}" in done.stderr
    assert {request.method for request in emulator.requests} == {"GET"}
