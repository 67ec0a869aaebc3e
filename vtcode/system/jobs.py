"""Commands that go on in the background of a session, until they end or the session does.

What is made under a protected name meanwhile is told and stays: the user works in the same folders.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.system.pty import PtyCommand
    from vtcode.system.sandbox import Aftermath


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command in the background; its output is read on, and its tail kept."""

    number: int
    """From 1, never used twice in a session."""
    command_line: str
    command: PtyCommand

    @property
    def is_running(self) -> bool:
        """Whether the shell, or anything else that the command started, is alive."""
        return bool(self.command.processes())


class Jobs:
    """The background commands of one session; `close` leaves none behind."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)

    def add(self, command_line: str, command: PtyCommand) -> Job:
        """Take a command over: from now on it is ended here."""
        job = Job(number=next(self._numbers), command_line=command_line, command=command)
        self._jobs[job.number] = job
        return job

    def listed(self) -> tuple[Job, ...]:
        """Return the jobs by number, also those that have ended by themselves."""
        return tuple(self._jobs.values())

    async def end(self, number: int) -> Aftermath | None:
        """End a job with all its processes; return what became of protected names meanwhile.

        None: there is no job of this number.
        """
        job = self._jobs.pop(number, None)
        if job is None:
            return None
        await job.command.end(aftermath="told")
        return job.command.aftermath

    async def close(self) -> None:
        """End every job; returns when they are gone."""
        async with asyncio.TaskGroup() as together:
            for job in self._jobs.values():
                together.create_task(job.command.end(aftermath="ignored"))
        self._jobs.clear()
