"""Giving the terminal to the shell that vtcode was started from, until that takes vtcode up again (`fg`)."""

from __future__ import annotations

import os
import signal

from vtcode.system.process import processes


def has_job_control() -> bool:
    """Return whether a shell is there that gave vtcode a process group of its own: it can take it up again.

    What no such shell watches over would stop for good.
    """
    own = os.getpgrp()
    table = {facts.pid: facts for facts in processes()}
    for facts in table.values():
        parent = table.get(facts.parent)
        if facts.group == own and parent and parent.group != own and _is_in_session(parent.pid):
            return True
    return False


def stop_until_continued() -> None:
    """Stop, with what was started along with vtcode, as Ctrl+Z in a shell does; returns once continued."""
    os.killpg(os.getpgrp(), signal.SIGTSTP)


def _is_in_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == os.getsid(0)
    except OSError:  # ended meanwhile, or not ours to look at
        return False
