"""The program in a real pseudo-terminal, its screen read by a terminal emulator."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar

import pexpect
import pyte

from tests.support.program import HERE

DEADLINE_S = 30.0
_READING_S = 1.2
_STILL_S = 0.4
_QUESTION = "╭──"
"""The frame that every question has."""


class Terminal:
    """`python -m vtcode ...` at a terminal of a given size; waits on what the screen shows, never on time."""

    program: ClassVar = (sys.executable, "-m", "vtcode")

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        home: Path,
        columns: int = 100,
        rows: int = 30,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.received = b""
        self._hung_up = False
        variables = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "COLORTERM": "truecolor",
            "PYTHONPATH": HERE,
            **(environment or {}),
        }
        self._child = pexpect.spawn(
            self.program[0],
            [*self.program[1:], *arguments],
            cwd=str(cwd),
            env=variables,  # type: ignore[arg-type]
            dimensions=(rows, columns),
            timeout=None,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(self.text())
        if self._hung_up:
            return
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
        self._child.close(force=True)

    @property
    def pid(self) -> int:
        return self._child.pid

    def text(self) -> str:
        """Return what the screen shows now."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str) -> None:
        self._child.send(keys)

    def enter(self, text: str) -> None:
        """Type a line, wait until it is on the screen, then press Enter."""
        self.type(text)
        self.wait_for(text[-30:])
        self.type("\r")

    def answer(self, key: str) -> None:
        """Answer the question that is, or soon will be, on the screen, and wait until it is gone.

        Like a person, it reads first: keys that come too soon after others count for nothing.
        """
        self.wait_for(_QUESTION)
        deadline = time.monotonic() + DEADLINE_S
        while _QUESTION in self.text():
            if time.monotonic() > deadline:
                raise AssertionError(f"{key!r} was no answer; the screen shows:\n{self.text()}")
            self._read_for(_READING_S)
            self.type(key)
            self._read_for(_READING_S, until_gone=_QUESTION)

    def _read_for(self, seconds: float, until_gone: str | None = None) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and (until_gone is None or until_gone in self.text()):
            self._read(timeout_s=0.1)

    def wait_for(self, wanted: str | Callable[[str], bool]) -> str:
        """Wait until the screen holds `wanted`, and return the screen's text."""
        holds = wanted if callable(wanted) else lambda text: wanted in text
        deadline = time.monotonic() + DEADLINE_S
        while not holds(self.text()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{wanted!r} never came; the screen shows:\n{self.text()}")
            if not self._read():
                raise AssertionError(f"{wanted!r} never came; the program ended with:\n{self.text()}")
        return self.text()

    def settle(self) -> str:
        """Read until nothing has come for a moment, and return the screen's text."""
        before = -1
        while before != len(self.received):
            before = len(self.received)
            self._read(timeout_s=_STILL_S)
        return self.text()

    def wait_for_exit(self) -> int:
        """Read until the program ends, and return its exit code; -N where signal N ended it."""
        deadline = time.monotonic() + DEADLINE_S
        while self._read():
            if time.monotonic() > deadline:
                raise AssertionError(f"the program never ended; the screen shows:\n{self.text()}")
        self._child.wait()
        signalled = self._child.signalstatus
        return -signalled if signalled else int(self._child.exitstatus or 0)

    def hang_up(self) -> None:
        """Close the terminal under the program, and wait until it has ended."""
        os.close(self._child.child_fd)
        deadline = time.monotonic() + DEADLINE_S
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError("the program outlived its terminal")
            time.sleep(0.05)
        self._hung_up = True

    def _read(self, timeout_s: float = 1.0) -> bool:
        """Take what has arrived; False at the end of the program."""
        try:
            received = self._child.read_nonblocking(65536, timeout=timeout_s)
        except pexpect.TIMEOUT:
            return True
        except (pexpect.EOF, OSError):
            return False
        self.received += received
        with contextlib.suppress(Exception):  # sequences that the emulator does not know
            self._stream.feed(received)
        return True
