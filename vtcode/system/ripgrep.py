"""ripgrep: where it is, how it is called, and how much of what it says is kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vtcode.errors import ToolFailed
from vtcode.system.finding import find_program
from vtcode.system.nearest import UNINTERESTING_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CHUNK_BYTES: Final = 65_536
_MAX_STDERR_BYTES: Final = 4_096

COMMON_OPTIONS: Final = (
    "--no-config",
    "--no-messages",
    "--hidden",
    "--no-require-git",
    "--color=never",
    *(f"--glob=!{name}" for name in sorted(UNINTERESTING_FOLDERS)),
)
"""Hidden files count; what ignore files name does not, nor do folders that nobody wants to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a program printed."""

    stdout: bytes
    stderr: str
    exit_code: int
    cut: bool
    """There was more than `max_bytes`; the program was stopped."""
    timed_out: bool
    """It took too long and was stopped."""


def find_ripgrep() -> str:
    """Return ripgrep's path: the environment's own, else the one on the PATH; empty: there is none.

    The environment's own is a part of vtcode, wherever that is installed, as the modules beside it are.
    """
    own = Path(sysconfig.get_path("scripts"), "rg")
    return str(own) if own.is_file() else find_program("rg")


async def run_bounded(
    argv: Sequence[str], *, cwd: Path, max_bytes: int, timeout_s: float, separator: bytes = b"\n"
) -> Output:
    """Run a program that only reads, and return what it printed, up to `max_bytes`, in whole records.

    It gets no input, runs in a process group of its own, and is killed with it when it prints too much, takes
    too long, or when this call is cancelled.

    Raises:
        ToolFailed: It can't be started.
    """
    environment = {name: value for name, value in os.environ.items() if name != "RIPGREP_CONFIG_PATH"}
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolFailed(f"{Path(argv[0]).name} can't be started: {error.strerror}.") from None
    assert process.stdout is not None
    assert process.stderr is not None
    timed_out = False
    stdout, stderr = bytearray(), bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async with asyncio.TaskGroup() as readers:
                readers.create_task(_read(process.stdout, stdout, max_bytes, lambda: _kill(process)))
                readers.create_task(_read(process.stderr, stderr, _MAX_STDERR_BYTES, lambda: None))
            await process.wait()
    except TimeoutError:
        timed_out = True
    finally:
        _kill(process)
        await process.communicate()
    cut = len(stdout) > max_bytes
    if cut or timed_out:
        del stdout[stdout.rfind(separator, 0, max_bytes) + 1 :]
    return Output(
        stdout=bytes(stdout),
        stderr=bytes(stderr[:_MAX_STDERR_BYTES]).decode(errors="replace"),
        exit_code=process.returncode or 0,
        cut=cut,
        timed_out=timed_out,
    )


async def _read(
    stream: asyncio.StreamReader, kept: bytearray, max_bytes: int, on_too_much: Callable[[], None]
) -> None:
    """Read to the end; keep a little more than `max_bytes`, so that the caller sees that there was more."""
    while chunk := await stream.read(_CHUNK_BYTES):
        if len(kept) <= max_bytes:
            kept += chunk
            if len(kept) > max_bytes:
                on_too_much()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
