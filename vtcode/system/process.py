"""The processes of a command: how all of them are found, how they are ended.

A command runs in a session and a process group of its own. What it starts may leave both (`setsid`, a
daemon's double fork); such processes are found by walking from parent to child, and on Linux also by a mark
that they inherit in their environment. A process that leaves the session, loses its parent and clears its
environment (on macOS: one that does the first two) is not found.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PROC = Path("/proc")
_LINUX = sys.platform == "linux"
_KILL_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """One process, as the system tells of it."""

    pid: int
    parent: int
    group: int
    session: int | None
    """None where the system does not tell."""
    is_zombie: bool


def new_mark() -> str:
    """Return a mark that no other command has."""
    return secrets.token_hex(8)


def processes() -> list[ProcessFacts]:
    """Return all processes that can be seen."""
    if _LINUX:
        return [facts for pid in _proc_pids() if (facts := _facts_of(pid))]
    listing = subprocess.run(
        ["/bin/ps", "-axo", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, timeout=10, check=False
    )
    return parse_ps(listing.stdout)


def parse_ps(listing: str) -> list[ProcessFacts]:
    """Return the processes that `ps -axo pid=,ppid=,pgid=,stat=` lists."""
    found = []
    for line in listing.splitlines():
        pid, parent, group, state = line.split()[:4]
        found.append(
            ProcessFacts(
                pid=int(pid),
                parent=int(parent),
                group=int(group),
                session=None,
                is_zombie=state.startswith("Z"),
            )
        )
    return found


def processes_of(leader: int, mark: str, *, leader_reaped: bool) -> list[ProcessFacts]:
    """Return the living processes of a command.

    Args:
        leader: The pid that the command's session and group were named after.
        mark: What is in the environment of all that the command started.
        leader_reaped: The number is free again; if somebody has it now, he is not ours.
    """
    table = processes()
    reused = leader_reaped and any(facts.pid == leader for facts in table)
    found = {
        facts.pid: facts
        for facts in table
        if (not reused and leader in {facts.session, facts.group}) or _carries(facts.pid, mark)
    }
    grown = True
    while grown:
        children = [facts for facts in table if facts.parent in found and facts.pid not in found]
        found.update((facts.pid, facts) for facts in children)
        grown = bool(children)
    return [facts for facts in found.values() if not facts.is_zombie]


def send_signal(targets: Sequence[ProcessFacts], number: signal.Signals) -> None:
    """Send a signal to the processes' groups as wholes; one that is gone or another user's is passed over."""
    for group in {facts.group for facts in targets} - {os.getpgrp(), 0, 1}:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def kill_all(leader: int, mark: str, *, leader_reaped: bool) -> None:
    """Kill a command's processes, also those that start meanwhile; does not wait for them to be gone."""
    for _ in range(_KILL_ROUNDS):
        targets = processes_of(leader, mark, leader_reaped=leader_reaped)
        if not targets:
            return
        send_signal(targets, signal.SIGKILL)


async def ask_to_end(
    leader: int, mark: str, *, leader_reaped: bool, grace_s: float, spares_leader: bool = False
) -> bool:
    """Ask a command's processes to end (SIGTERM); True if all of them are gone within the grace.

    Args:
        leader: As for `processes_of`, like the next two.
        mark: What is in the environment of all that the command started.
        leader_reaped: The leader's number is free again.
        grace_s: How long they may take.
        spares_leader: The leader's group only waits for the command, and would take it along at once.
    """
    targets = processes_of(leader, mark, leader_reaped=leader_reaped)
    asked = [facts for facts in targets if not (spares_leader and facts.group == leader)]
    send_signal(asked, signal.SIGTERM)
    send_signal(asked, signal.SIGCONT)  # a stopped process gets its SIGTERM only once it goes on
    deadline = asyncio.get_running_loop().time() + grace_s
    pause_s = 0.01
    while targets and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.1)
        targets = processes_of(leader, mark, leader_reaped=leader_reaped)
    return not targets


def _proc_pids() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir(_PROC) if entry.name.isdecimal())


def _facts_of(pid: int) -> ProcessFacts | None:
    try:
        status = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:  # ended meanwhile, or hidden
        return None
    # proc_pid_stat(5): pid (name) state ppid pgrp session ...; the name may hold anything, also ")".
    state, parent, group, session = status.rpartition(")")[2].split()[:4]
    return ProcessFacts(
        pid=pid, parent=int(parent), group=int(group), session=int(session), is_zombie=state in "ZX"
    )


def _carries(pid: int, mark: str) -> bool:
    if not _LINUX:
        return False
    try:
        return mark.encode() in (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
