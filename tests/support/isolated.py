"""Run in a network namespace of its own: a headless session and one in the app, with an emulated server."""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
from pathlib import Path

from tests.support.emulator import Emulator
from tests.support.homes import welcomed_home
from tests.support.program import run_vtcode
from tests.support.sessions import call
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn

_SIOCSIFFLAGS = 0x8914
_UP_AND_RUNNING = 0x41


def bring_loopback_up() -> None:
    """Have 127.0.0.1 answer, and make sure that nothing else does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", _UP_AND_RUNNING)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=5).close()
    except OSError:
        return
    raise AssertionError("there is a way out of the namespace")


def main(folder: Path) -> None:
    """Run both sessions in `folder`, and print what they answered."""
    bring_loopback_up()
    home, project = welcomed_home(folder / "home"), folder / "project"
    project.mkdir()
    with Emulator() as emulator:
        environment = {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1"}
        emulator.script(Turn(calls=(call("list_files"),)), Turn(text="All done here."))
        done = run_vtcode("exec", "go", cwd=project, home=home, environment=environment)
        print(f"exec: {done.stdout.strip()}{done.stderr if done.returncode else ''}")
        emulator.script(Turn(text="Hello from here."))
        with Terminal(cwd=project, home=home, environment=environment) as terminal:
            terminal.wait_for("acme/coder-30b-a3b")
            terminal.enter("hello")
            terminal.wait_for("Hello from here.")
            terminal.type("\x04")
            assert terminal.wait_for_exit() == 0
        print("app: Hello from here.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
