"""Nothing is sent to anybody but the configured server: no telemetry, no look for updates, no look-up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.program import run_vtcode
from tests.support.sessions import call
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn

ROOT = Path(__file__).parents[2]
WATCHED = ROOT / "tests" / "support" / "watched"
TURNS = (
    Turn(calls=(call("list_files"), call("read_file", path="a.txt"), call("grep_file", pattern="a"))),
    Turn(calls=(call("run_pty_cmd", command="git status; python3 -c 'print(1)'"),)),
    Turn(calls=(call("write_file", path="b.txt", content="b\n"),)),
    Turn(text="All done here."),
)


def _can_isolate() -> bool:
    argv = ["unshare", "--net", "--map-root-user", "true"]
    try:
        return subprocess.run(argv, capture_output=True, timeout=30, check=False).returncode == 0
    except OSError:
        return False


def watching(emulator: Emulator, log: Path) -> dict[str, str]:
    return {
        "LMSTUDIO_BASE_URL": f"{emulator.url}/v1",
        "PYTHONPATH": f"{WATCHED}:{ROOT}",
        "VTCODE_NETWORK_LOG": str(log),
        "VTCODE_NETWORK_ALLOWED": emulator.url.removeprefix("http://"),
    }


def test_a_headless_session_speaks_to_the_configured_server_alone(
    emulator: Emulator, project: Path, home: Path, tmp_path: Path
) -> None:
    emulator.script(*TURNS)
    (project / "a.txt").write_text("a\n")
    log = tmp_path / "network.log"
    allowed = ("-c", "tools.policies.run_pty_cmd=allow", "-c", "tools.policies.write_file=allow")
    environment = watching(emulator, log)
    done = run_vtcode("exec", "go", *allowed, cwd=project, home=home, environment=environment)
    assert done.stdout.strip() == "All done here.", done.stderr
    assert (project / "b.txt").exists()
    assert not log.exists(), log.read_text()


def test_the_app_speaks_to_the_configured_server_alone(
    emulator: Emulator, project: Path, home: Path, tmp_path: Path
) -> None:
    emulator.script(Turn(text="Hello from here."))
    log = tmp_path / "network.log"
    with Terminal(cwd=project, home=home, environment=watching(emulator, log)) as terminal:
        terminal.wait_for("acme/coder-30b-a3b")
        terminal.enter("hello")
        terminal.wait_for("Hello from here.")
        terminal.wait_for("ready")
        terminal.type("\x04")
        assert terminal.wait_for_exit() == 0
    assert not log.exists(), log.read_text()


@pytest.mark.parametrize(
    "contact",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.getaddrinfo('telemetry.example', 443)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "import httpx; httpx.get('http://192.0.2.1')",
    ],
    ids=["connection", "look-up", "datagram", "request"],
)
def test_any_other_contact_would_be_noticed(emulator: Emulator, tmp_path: Path, contact: str) -> None:
    log = tmp_path / "network.log"
    done = subprocess.run(
        [sys.executable, "-c", contact],
        env=watching(emulator, log),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert log.read_text()


@pytest.mark.skipif(not _can_isolate(), reason="this system lets nobody make a network namespace")
def test_a_whole_session_runs_where_there_is_no_network_but_loopback(tmp_path: Path) -> None:
    argv = [
        "unshare",
        "--net",
        "--map-root-user",
        sys.executable,
        "-m",
        "tests.support.isolated",
        str(tmp_path),
    ]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["exec: All done here.", "app: Hello from here."]
