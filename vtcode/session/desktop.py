"""Notifications of the desktop that this machine shows."""

from __future__ import annotations

import logging
import os
import sys

from vtcode.system.finding import find_program
from vtcode.system.program import run_program

_WITHIN_S = 5.0
_APPLESCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)
_log = logging.getLogger(__name__)


def notification_command(title: str, text: str, *, is_mac: bool) -> list[str]:
    """Return what shows a notification, its words as arguments, never as code; empty: nothing here does.

    On macOS that is `osascript`, elsewhere `notify-send` of libnotify.
    """
    if is_mac:
        program = find_program("osascript")
        script = [part for line in _APPLESCRIPT for part in ("-e", line)]
        return [program, *script, "--", title, text] if program else []
    program = find_program("notify-send")
    return [program, "--app-name=vtcode", "--", title, text] if program else []


def has_desktop() -> bool:
    """Return whether a notification would be seen: somebody sits at this machine, who came by no network."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def notify_desktop(title: str, text: str) -> bool:
    """Show a notification; return whether it was shown."""
    argv = notification_command(title, text, is_mac=sys.platform == "darwin") if has_desktop() else []
    if not argv:
        return False
    try:
        return (await run_program(argv, timeout_s=_WITHIN_S)).exit_code == 0
    except (OSError, TimeoutError) as error:
        _log.info("No notification: %s", error)
        return False
