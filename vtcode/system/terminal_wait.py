"""Whether a command waits for somebody to type.

Linux tells for sure: a process of the terminal's foreground group sleeps in `read` on that terminal. Where
that can't be seen (macOS, programs that sleep in `poll`) two signs count once the command is quiet: the
terminal was switched to single keys or hidden input, or the last line is unfinished and looks like a prompt.
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
import sys
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vtcode.system.process import processes
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.system.pty import PtyCommand

_QUIET_S: Final = 0.15
_QUIET_KEYS_S: Final = 0.5
_QUIET_PROMPT_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 1.0
_PROMPT: Final = re.compile(r"[:?>\])$#%] ?$")
_PROMPT_CHARS: Final = 500

_CALLS_64: Final = {"63", "65"}
_READ_CALLS: Final = {
    "x86_64": {"0", "19"},
    "aarch64": _CALLS_64,
    "riscv64": _CALLS_64,
    "loongarch64": _CALLS_64,
}.get(platform.machine(), set())
"""The numbers of the system calls read and readv, as /proc/PID/syscall shows them."""
_OWN_TERMINAL: Final = os.makedev(5, 0)
"""/dev/tty: whatever terminal the process has, here always the command's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputWait:
    """A command waits for input."""

    prompt: str
    """The last, unfinished line of its output, plain."""
    is_certain: bool
    """False where it only looks so."""


class InputWatch:
    """Watches one command for the moments in which it begins to wait for input."""

    def __init__(self, command: PtyCommand) -> None:
        self._command = command
        self._told_at: tuple[int, int] | None = None

    async def next_wait(self) -> InputWait:
        """Return once the command waits for input; each wait is told of once.

        Output, or something typed, ends a wait. Runs until it is cancelled if the command never waits.
        """
        seen, waited_s, pause_s = self._progress(), 0.0, _QUIET_S
        while True:
            await asyncio.sleep(_QUIET_S)
            now = self._progress()
            waited_s += _QUIET_S
            if now != seen:
                seen, pause_s = now, _QUIET_S
            if now == self._told_at or waited_s < pause_s:
                continue
            # Less often the longer nothing happens: looking costs some milliseconds.
            waited_s = 0.0
            pause_s = _QUIET_S if self._command.quiet_s < 1 else min(2 * pause_s, _LONGEST_PAUSE_S)
            wait = input_wait(self._command)
            if wait:
                self._told_at = now
                return wait

    async def lasts(self, duration_s: float) -> bool:
        """Tell whether the wait that `next_wait` returned goes on for so long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + duration_s
        while loop.time() < deadline:
            await asyncio.sleep(_QUIET_S)
            if self._progress() != self._told_at or not input_wait(self._command):
                self._told_at = None
                return False
        return True

    def _progress(self) -> tuple[int, int]:
        return self._command.output.total_bytes, self._command.input_count


def input_wait(command: PtyCommand) -> InputWait | None:
    """Return how the command waits for input at this moment, None if it does not seem to."""
    if command.terminal < 0 or command.exit_code is not None or command.quiet_s < _QUIET_S:
        return None
    prompt = last_line(command.output.tail()[-4 * _PROMPT_CHARS :])
    if _is_read(command):
        return InputWait(prompt=prompt, is_certain=True)
    looks_so = command.quiet_s >= _QUIET_KEYS_S and _takes_keys(command.terminal)
    looks_so = looks_so or (command.quiet_s >= _QUIET_PROMPT_S and _PROMPT.search(prompt) is not None)
    return InputWait(prompt=prompt, is_certain=False) if looks_so else None


def last_line(raw: str) -> str:
    """Return the last line of terminal output, plain, empty if it was finished."""
    return plain(re.split(r"[\r\n]+", raw)[-1])[-_PROMPT_CHARS:].lstrip()


def _takes_keys(terminal: int) -> bool:
    """Tell whether the terminal hands out single keys or hides what is typed."""
    local_modes = termios.tcgetattr(terminal)[3]
    wanted = termios.ICANON | termios.ECHO
    return bool(local_modes & wanted != wanted)


def _is_read(command: PtyCommand) -> bool:
    """Tell whether a process of the terminal's foreground group sleeps in a read of it (Linux only)."""
    if sys.platform != "linux" or not _READ_CALLS:
        return False
    foreground = os.tcgetpgrp(command.terminal)
    return any(
        _reads(task, command.terminal_device)
        for facts in processes()
        if facts.group == foreground
        for task in _tasks(facts.pid)
    )


def _tasks(pid: int) -> Iterator[Path]:
    try:
        yield from Path(f"/proc/{pid}/task").iterdir()
    except OSError:  # ended meanwhile
        return


def _reads(task: Path, device: int) -> bool:
    """Tell whether a thread sleeps in a read of the terminal that has this device number."""
    try:
        # "0 0x3 0x55..." : the call's number and arguments, the first one being the descriptor; or "running".
        words = (task / "syscall").read_text().split()
        if len(words) < 2 or words[0] not in _READ_CALLS:
            return False
        return (task / "fd" / str(int(words[1], 16))).stat().st_rdev in {device, _OWN_TERMINAL}
    except OSError:  # ended meanwhile, or not ours to look at
        return False
