"""The whole program, at a terminal and headless, while its server is killed and comes back."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.homes import welcomed_home
from tests.support.program import run_vtcode
from tests.support.terminal import Terminal

PROMPT = "\n>"


class Server:
    """The emulator as a process, always on the same port."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._script = folder / "emulator.jsonl"
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, *turns: object) -> None:
        self._script.write_text("".join(f"{json.dumps(turn)}\n" for turn in turns))
        arguments = ["-m", "vtcode", "dev", "emulator", "--port", str(self._port), "--script", self._script]
        self._process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self.url in self._process.stdout.readline()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.kill()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    welcomed_home(tmp_path / "home")
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def test_at_a_terminal_the_session_goes_on_when_the_server_is_back(server: Server, project: Path) -> None:
    server.start({"text": "Half of an answer that never ends", "pause": "text"})
    variables = {"LMSTUDIO_BASE_URL": server.url}
    home = project.parent / "home"
    with Terminal("--plain", cwd=project, home=home, rows=60, environment=variables) as terminal:
        _send(terminal, "First question")
        terminal.wait_for("Half of")
        server.kill()
        screen = terminal.wait_for("broke the connection off")
        assert "Traceback" not in screen
        terminal.wait_for("Number or letter:")
        terminal.enter("n")
        terminal.wait_for("\n> First question")
        terminal.type("\x15")
        _send(terminal, "Second question")
        terminal.wait_for(lambda screen: screen.rstrip().endswith("Number or letter:"))
        terminal.enter("n")
        terminal.wait_for("\n> Second question")
        terminal.enter("")
        terminal.wait_for(lambda screen: screen.rstrip().endswith("Number or letter:"))
        server.start({"text": "I am back."})
        terminal.enter("r")
        terminal.wait_for("I am back.")


def _send(terminal: Terminal, text: str) -> None:
    terminal.wait_for(lambda screen: screen.rstrip().endswith(PROMPT))
    terminal.enter(text)


def test_headless_the_failure_is_told_and_the_session_can_be_continued(server: Server, project: Path) -> None:
    home, variables = project.parent / "home", {"LMSTUDIO_BASE_URL": server.url}
    server.start({"text": "Half", "cut": True})
    failed = run_vtcode("exec", "One.", "--json", cwd=project, home=home, environment=variables)
    server.kill()
    away = run_vtcode("exec", "Two.", cwd=project, home=home, environment=variables)
    server.start({"text": "I am back."})
    resumed = run_vtcode("exec", "--continue", "Three.", cwd=project, home=home, environment=variables)
    assert failed.returncode == 1
    assert all(json.loads(line) for line in failed.stdout.splitlines())
    assert away.returncode == 1
    assert "can't be reached" in away.stderr
    assert "Traceback" not in failed.stderr + away.stderr
    assert resumed.stdout == "I am back.\n", resumed.stderr
