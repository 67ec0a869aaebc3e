"""Other people's programs that are asked something, without a shell; what they say is foreign text."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.system.child import start_child
from vtcode.system.finding import own_search_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from vtcode.system.child import Child

_CHUNK_BYTES = 65_536
_MAX_OUTPUT_BYTES = 8 * 1024 * 1024
_LAST_WORDS_S = 1.0
"""How long the output of a program that has ended is waited for: its children may hold it open for ever."""
_COLOURS = ("FORCE_COLOR", "CLICOLOR_FORCE")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramOutput:
    """What a program said, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str
    """The end of it."""


@asynccontextmanager
async def running_program(argv: Sequence[str]) -> AsyncIterator[Child]:
    """Start a program in the root folder, without colours; leaving the context kills it.

    It finds no other program in folders that commands can write to.

    Raises:
        OSError: It can't be started.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _COLOURS}
    environment |= {"NO_COLOR": "1", "PATH": own_search_path()}
    child = await start_child(argv, cwd=Path("/"), environment=environment)
    try:
        yield child
    finally:
        await child.stop()


async def run_program(argv: Sequence[str], *, timeout_s: float) -> ProgramOutput:
    """Run a program to its end and return what it said.

    Raises:
        OSError: It can't be started.
        TimeoutError: It took too long, and was killed.
    """
    stdout = bytearray()
    async with running_program(argv) as child:
        reading = asyncio.create_task(_read_all(child, stdout))
        try:
            if not await child.ends_within(timeout_s):
                raise TimeoutError
            await asyncio.wait({reading}, timeout=_LAST_WORDS_S)
        finally:
            reading.cancel()
            await asyncio.wait({reading})
        return ProgramOutput(
            exit_code=child.exit_code or 0,
            stdout=stdout.decode(errors="replace"),
            stderr=child.log_tail(),
        )


async def _read_all(child: Child, kept: bytearray) -> None:
    """Read to the end, so that the program can go on; keep no more than the limit."""
    while chunk := await child.read(_CHUNK_BYTES):
        kept += chunk[: _MAX_OUTPUT_BYTES - len(kept)]
