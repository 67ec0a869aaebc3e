"""Child processes of the program's own: pip while it fetches, the embedded engine while it serves, `lms`.

Not for the model's commands, which run in a pseudo-terminal. A child here starts in a session of its own, so
that Ctrl-C in the terminal is ours to handle, and gets a pipe as its stdin that closes when we are gone,
whatever ended us: a child that is to die with us reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOG_TAIL_BYTES = 4_096


class Child:
    """A running child process; what it writes to stderr goes to a file without a name."""

    def __init__(self, process: asyncio.subprocess.Process, log: IO[bytes]) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """The process id, which is also the process group's."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: ended by that signal."""
        return self._process.returncode

    async def write_line(self, line: bytes) -> None:
        """Write one line to the child's stdin; silent if the child is gone already."""
        await self.write(line + b"\n")

    async def write(self, data: bytes) -> None:
        """Write to the child's stdin; silent if the child is gone already."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(data)
            await self._process.stdin.drain()

    def hang_up(self) -> None:
        """Close the child's stdin, as our end would."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def read_line(self) -> bytes:
        """Return the next line of the child's stdout; empty: there is none any more."""
        assert self._process.stdout is not None
        return await self._process.stdout.readline()

    async def read(self, max_bytes: int) -> bytes:
        """Return what the child wrote to stdout, or wait until it writes; empty: there is no more."""
        assert self._process.stdout is not None
        return await self._process.stdout.read(max_bytes)

    async def read_exactly(self, count: int) -> bytes:
        """Return this many bytes of the child's stdout; fewer only at its end."""
        assert self._process.stdout is not None
        try:
            return await self._process.stdout.readexactly(count)
        except asyncio.IncompleteReadError as ended:
            return ended.partial

    async def ends_within(self, timeout_s: float) -> bool:
        """Wait until the child has ended, but no longer than this; True: it has."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._process.wait()
        return self._process.returncode is not None

    def log_tail(self) -> str:
        """Return the end of what the child wrote to stderr: foreign text, to be made plain."""
        descriptor = self._log.fileno()
        start = max(0, os.fstat(descriptor).st_size - _LOG_TAIL_BYTES)
        return os.pread(descriptor, _LOG_TAIL_BYTES, start).decode(errors="replace")

    async def stop(self) -> None:
        """Kill the child with all that it started, and wait for its end. Idempotent."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


async def start_child(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> Child:
    """Start `argv` and return it running.

    Raises:
        OSError: The program can't be started.
    """
    log = tempfile.TemporaryFile(mode="a+b")  # noqa: SIM115  (lives as long as the child)
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=cwd,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        start_new_session=True,
    )
    return Child(process, log)
