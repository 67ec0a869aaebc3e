"""A program in a pseudo-terminal, its clock and its memory; no terminal emulator, which would cost more."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE_S = 60.0
ROOT = Path(__file__).parents[2]
_ASKED = b"\x1b]11;?\x1b\\\x1b[c"
_ANSWER = b"\x1b]11;rgb:1010/1010/1414\x1b\\\x1b[?62;22c"
"""To the question for background and attributes, which terminals answer at once."""
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_=>])")


def plain(output: bytes) -> bytes:
    """Return what a terminal was sent without its codes."""
    return _ESCAPES.sub(b"", output)


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a user who has set nothing."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }


class Terminal:
    """A Python program at a terminal of 100 by 30, which answers as xterm does; kills it at the end."""

    def __init__(self, *arguments: str, cwd: Path, home: Path) -> None:
        self.started_at = time.monotonic()
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(sys.executable, [sys.executable, *arguments], environment(home))
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._descriptor)

    def send(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def read(self, *, timeout_s: float = PATIENCE_S) -> bytes:
        """Return what the program has written, or nothing where it writes nothing for so long."""
        if not select.select([self._descriptor], [], [], timeout_s)[0]:
            return b""
        written = os.read(self._descriptor, 1 << 16)
        if _ASKED in written:
            os.write(self._descriptor, _ANSWER)
        return written

    def wait_for(self, wanted: bytes) -> float:
        """Read until what was written from now on holds this; return when that was."""
        written = b""
        ends = time.monotonic() + PATIENCE_S
        while wanted not in written:
            try:
                written += self.read()
            except OSError:
                ends = 0
            if time.monotonic() > ends:
                raise AssertionError(f"{wanted!r} never came, but {plain(written)[-2_000:]!r}")
        return time.monotonic()

    def settle(self, quiet_s: float = 0.3) -> None:
        """Read until nothing has been written for so long; a cursor blinks twice a second."""
        while self.read(timeout_s=quiet_s):
            pass

    def cpu_s(self) -> float:
        """Return the CPU time of all its threads so far, to the nanosecond."""
        tasks = Path(f"/proc/{self.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def peak_mb(self) -> float:
        """Return the largest resident set so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


def run_once(arguments: Sequence[str], *, cwd: Path, home: Path) -> tuple[float, float]:
    """Run a Python program to its end; return its wall time and its CPU time in seconds."""
    started = time.monotonic()
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    actions += [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    before = os.getcwd()  # noqa: PTH109
    os.chdir(cwd)
    try:
        pid = os.posix_spawn(
            sys.executable, [sys.executable, *arguments], environment(home), file_actions=actions
        )
    finally:
        os.chdir(before)
    _, status, used = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, arguments
    return time.monotonic() - started, used.ru_utime + used.ru_stime
