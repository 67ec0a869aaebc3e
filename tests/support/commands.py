"""What tests of real commands need: somebody who listens to a call, and a look at the system's processes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from vtcode.frontend import Control
from vtcode.system.process import processes


class Listener:
    """Hears what a running call tells; implements `tools.base.Running`."""

    def __init__(self) -> None:
        self.controls: asyncio.Queue[Control] = asyncio.Queue()
        self.pieces: list[str] = []
        self.prompts: list[str] = []
        self._changed = asyncio.Event()

    @property
    def heard(self) -> str:
        return "".join(self.pieces)

    async def output(self, text: str) -> None:
        self.pieces.append(text)
        self._changed.set()

    async def awaiting_input(self, prompt: str) -> None:
        self.prompts.append(prompt)
        self._changed.set()

    def want(self, control: Control) -> None:
        """Say what the user wants of the command."""
        self.controls.put_nowait(control)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until `condition` holds after something was heard."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


async def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait until `condition`, about the world outside, holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that merely nobody has reaped does not."""
    return any(facts.pid == pid and not facts.is_zombie for facts in processes())


def own_zombies() -> list[int]:
    return [facts.pid for facts in processes() if facts.parent == os.getpid() and facts.is_zombie]


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))
