"""Asking the terminal for its background, before the app has the keyboard.

OSC 11 (xterm's control sequences, "Operating System Commands") is answered by nearly every terminal, the
device attributes that are asked for after it by all the others: they come last and end the wait.
"""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import threading
import time
import tty
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

Background: TypeAlias = Literal["dark", "light", ""]
"""Empty: the terminal does not say."""

_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
_PART = rb"([0-9a-fA-F]{1,4})"
_COLOR = re.compile(rb"\x1b\]11;rgba?:" + b"/".join((_PART,) * 3) + rb"[^\x07\x1b]*(\x07|\x1b\\)")
_ATTRIBUTES = re.compile(rb"\x1b\[\?[\d;]*c")
_MIDDLE = 0.5
_WAIT_S = 0.15
"""Less than the app takes to be imported, which goes on meanwhile."""


def can_ask(environment: Mapping[str, str]) -> bool:
    """Return whether an answer would come in time: over a network it may be late, and pass for keys."""
    is_far = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
    return not is_far and sys.stdin.isatty() and sys.stdout.isatty()


class BackgroundQuestion:
    """Asks in a thread; nobody else may read from the terminal before `answer` was called."""

    def __init__(self) -> None:
        self.typed = ""
        """What the user typed meanwhile; there after `answer`."""
        self._received = b""
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def answer(self) -> Background:
        """Wait until the terminal has answered or will not, and return what it said."""
        self._thread.join()
        said, self.typed = parse_answer(self._received)
        return said

    def _ask(self) -> None:
        source = sys.stdin.fileno()
        before = termios.tcgetattr(source)
        try:
            tty.setcbreak(source, termios.TCSANOW)
            os.write(sys.stdout.fileno(), _QUESTION)
            self._read(source, time.monotonic() + _WAIT_S)
        except OSError:
            pass  # a terminal that went away is found out by whoever draws on it
        finally:
            termios.tcsetattr(source, termios.TCSANOW, before)

    def _read(self, source: int, until: float) -> None:
        while not _ATTRIBUTES.search(self._received):
            ready, _, _ = select.select([source], [], [], max(0.0, until - time.monotonic()))
            chunk = os.read(source, 4096) if ready else b""
            if not chunk:
                return
            self._received += chunk


def parse_answer(received: bytes) -> tuple[Background, str]:
    """Return what the terminal said, and what was typed around that."""
    said: Background = ""
    if color := _COLOR.search(received):
        red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in color.groups()[:3])
        # The weights of ITU-R BT.709: how bright a color seems.
        said = "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _MIDDLE else "dark"
    return said, plain(_COLOR.sub(b"", received).decode(errors="ignore"))
