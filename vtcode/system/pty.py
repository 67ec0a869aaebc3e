"""A shell command in a pseudo-terminal of its own.

The terminal is read as fast as the event loop can afford and never faster: a flood is throttled, kept in
bounded memory, and does not starve the rest of the program. What the command wrote is raw: it reaches no
screen and no model before it was made plain.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from functools import partial
from typing import Literal, TypeAlias

from vtcode.errors import ToolFailed
from vtcode.system.kept_output import KeptOutput
from vtcode.system.process import (
    ProcessFacts,
    ask_to_end,
    kill_all,
    new_mark,
    processes_of,
)
from vtcode.system.sandbox.base import Aftermath, Launch
from vtcode.system.shell_start import ShellSettings, launch_of, spawned, start_failed

AftermathUse: TypeAlias = Literal["undone", "told", "ignored"]

_READ_BYTES = 65_536
_READS_PER_TURN = 64
_REST_S = 0.01
"""A flood is read in turns with rests between them: about 25 MB/s on Linux, where a read gives 4 KB."""
_LIVE_INTERVAL_S = 1 / 30
_SLOW_LIVE_INTERVAL_S = 0.5
_LIVE_BUDGET_CHARS = 256_000
"""After so much live output the rest is shown at the slow interval: live output is also written to a log."""
_DRAIN_S = 0.3
"""How long, after the shell's end, output is awaited while something else still holds the terminal."""
_FALL_PAUSES_S = (0.01, 0.05, 0.2)
_GRACE_S = 1.5
_REAP_S = 5.0


class PtyCommand:
    """A running or ended command. Whoever starts one calls `end`, or hands it to somebody who will."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        *,
        terminal: tuple[int, int],
        mark: str,
        settings: ShellSettings,
        launch: Launch,
    ) -> None:
        self.output = KeptOutput(settings.max_tail_bytes)
        self.input_count = 0
        """How often something was typed."""
        self.aftermath = Aftermath()
        """What became of protected names meanwhile; known once the command was ended."""
        self.terminal_device = os.fstat(terminal[1]).st_rdev
        """The device number of the command's side of the terminal."""
        self._process = process
        self._master, self._slave = terminal
        self._mark = mark
        self._launch = launch
        self._loop = asyncio.get_running_loop()
        self._typed = bytearray()
        self._last_output_at = self._loop.time()
        self._live_chars = 0
        self._live_due_at = 0.0
        self._news = asyncio.Event()
        self._hung_up = asyncio.Event()
        self._over = asyncio.Event()
        self._rest: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._master, self._read)
        self._life = asyncio.create_task(self._live())

    @classmethod
    async def start(cls, command: str, *, cwd: str, settings: ShellSettings) -> PtyCommand:
        """Start a command line in the folder `cwd`.

        Raises:
            ToolFailed: It can't be started; the message is for the model.
        """
        mark = new_mark()
        launch = await launch_of(command, cwd, settings, mark)
        try:
            terminal = os.openpty()
        except OSError as error:
            launch.release()
            raise ToolFailed(f"No pseudo-terminal could be opened: {error.strerror}.") from error
        try:
            process = await spawned(launch, terminal, cwd, settings)
        except BaseException as error:
            launch.release()
            for descriptor in terminal:
                os.close(descriptor)
            if isinstance(error, OSError | ValueError):
                raise start_failed(error, cwd) from error
            raise
        return cls(process, terminal=terminal, mark=mark, settings=settings, launch=launch)

    @property
    def pid(self) -> int:
        """The shell's process id, which also names the command's session and process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while the shell runs; negative: it was ended by that signal."""
        return self._process.returncode

    @property
    def _is_reaped(self) -> bool:
        return self._process.returncode is not None

    @property
    def quiet_s(self) -> float:
        """Seconds since the command last wrote something."""
        return self._loop.time() - self._last_output_at

    @property
    def terminal(self) -> int:
        """The descriptor of our side of the terminal, -1 once it is closed."""
        return self._master

    async def next_output(self) -> str | None:
        """Return the next piece of live output, raw; None once the command is over and all was returned.

        Pieces come at most 30 times a second, and less often after much output.
        """
        while True:
            while not (self.output.has_live or self._over.is_set()):
                self._news.clear()
                await self._news.wait()
            await self._until_live_is_due()
            text = self.output.take_live()
            self._live_chars += len(text)
            slow = self._live_chars > _LIVE_BUDGET_CHARS
            self._live_due_at = self._loop.time() + (_SLOW_LIVE_INTERVAL_S if slow else _LIVE_INTERVAL_S)
            if text:
                return text
            if self._over.is_set():
                return None

    async def wait(self) -> None:
        """Return once the shell has ended and its output was read."""
        await self._over.wait()

    def type_text(self, text: str) -> None:
        """Type into the terminal; without effect once it is closed."""
        if self._master < 0:
            return
        self.input_count += 1
        self._typed += text.encode(errors="replace")
        self._write()

    def processes(self) -> list[ProcessFacts]:
        """Return what is alive of the command: its shell and all that it started, also in the background."""
        return processes_of(self.pid, self._mark, leader_reaped=self._is_reaped)

    async def end(self, *, grace_s: float = _GRACE_S, aftermath: AftermathUse = "undone") -> None:
        """End what is alive of the command, politely, then by force; close the terminal.

        A cancellation on the way cuts the politeness short, nothing else.

        Args:
            grace_s: How long the command may take to end.
            aftermath: Undone: what was made under a protected name meanwhile is the command's.
        """
        if self._master < 0:
            return
        try:
            await self._end_processes(grace_s)
            with suppress(TimeoutError):  # a process in an uninterruptible call can't be waited for
                async with asyncio.timeout(_REAP_S):
                    await self._over.wait()
        finally:
            self.close()
            if self._launch.look_back and aftermath != "ignored":
                looking = partial(self._launch.look_back, renames=aftermath == "undone")
                self.aftermath = await self._loop.run_in_executor(None, looking)

    async def left_processes(self) -> list[ProcessFacts]:
        """Return what outlives the shell, which has ended; what is just going down with it gets a moment."""
        left = self.processes()
        for pause_s in _FALL_PAUSES_S:
            if not left:
                break
            await asyncio.sleep(pause_s)
            left = self.processes()
        return left

    def close(self) -> None:
        """Close the terminal; what is kept of the output stays. What still runs in it gets a SIGHUP."""
        if self._master < 0:
            return
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        if self._rest:
            self._rest.cancel()
        self._life.cancel()
        os.close(self._master)
        self._master = -1
        self._close_slave()
        self._launch.release()

    async def _end_processes(self, grace_s: float) -> None:
        all_gone = False
        try:
            all_gone = await ask_to_end(
                self.pid,
                self._mark,
                leader_reaped=self._is_reaped,
                grace_s=grace_s,
                spares_leader=self._launch.is_wrapped,
            )
        finally:
            if not all_gone:
                kill_all(self.pid, self._mark, leader_reaped=self._is_reaped)

    async def _live(self) -> None:
        try:
            await self._process.wait()
            self._close_slave()
            with suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_S):
                    await self._hung_up.wait()
        finally:
            self._over.set()
            self._news.set()
            if self._launch.is_wrapped and (self._process.returncode or 0) >= 0:
                self._launch.release()  # not killed: what waits outside ends after all that is inside

    async def _until_live_is_due(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._live_due_at):
                await self._over.wait()

    def _read(self) -> None:
        for _ in range(_READS_PER_TURN):
            try:
                data = os.read(self._master, _READ_BYTES)
            except BlockingIOError:
                break
            except OSError:  # Linux answers EIO once nobody holds the other side, macOS an empty read
                data = b""
            if not data:
                self._loop.remove_reader(self._master)
                self._hung_up.set()
                break
            self.output.add(data)
            self._last_output_at = self._loop.time()
        else:
            self._loop.remove_reader(self._master)
            self._rest = self._loop.call_later(_REST_S, self._loop.add_reader, self._master, self._read)
        self._news.set()

    def _write(self) -> None:
        try:
            written = os.write(self._master, self._typed)
        except BlockingIOError:
            written = 0
        except OSError:  # nobody is there to read it any more
            written = len(self._typed)
        del self._typed[:written]
        if self._typed:
            self._loop.add_writer(self._master, self._write)
        else:
            self._loop.remove_writer(self._master)

    def _close_slave(self) -> None:
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1
