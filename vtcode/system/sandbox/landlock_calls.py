"""Landlock's system calls; run as a program it gives up rights and becomes a command.

`python -I -S landlock_calls.py TMP on|off COMMAND...`: from then on only TMP and a few devices can be
written; with `off` no TCP connection is made or taken. Numbers: linux/landlock.h, and landlock(7). Imports
nothing of ours, because it runs alone.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_WRITE_FILE = 1 << 1
_TRUNCATE = 1 << 14
_CHANGES = _WRITE_FILE | _TRUNCATE | sum(1 << bit for bit in range(4, 14))
"""Writing, removing, making and moving; reading and running stay free."""
_TCP = 0b11
_SCOPES = 0b11
"""Abstract sockets and signals stay among the sandbox's own processes; from version 6 on."""
_SCOPES_SINCE = 6
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts")


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def landlock_version() -> int:
    """Return the version of the kernel's Landlock, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    try:
        return _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def give_up_rights(writable: str, *, network: bool) -> None:
    """Take from this process, for good, what a command must not do.

    Raises:
        OSError: The kernel refuses.
    """
    attributes = _RulesetAttributes(_CHANGES, 0 if network else _TCP, _SCOPES)
    size = (
        ctypes.sizeof(attributes) if landlock_version() >= _SCOPES_SINCE else _RulesetAttributes.scoped.offset
    )
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    _allow(ruleset, writable, _CHANGES)
    for device in _DEVICES:
        if Path(device).exists():
            _allow(ruleset, device, _WRITE_FILE)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(access, descriptor)
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def main(argv: Sequence[str]) -> None:
    """Give up rights, then become the command; an error ends the process before anything ran."""
    writable, network, *command = argv
    give_up_rights(writable, network=network == "on")
    os.execvp(command[0], command)  # noqa: S606 - a shell line is among the words


if __name__ == "__main__":
    main(sys.argv[1:])
