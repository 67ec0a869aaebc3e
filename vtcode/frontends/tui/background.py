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
import time
import tty
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

Background: TypeAlias = Literal["dark", "light", ""]
"""Empty: the terminal does not say."""

_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
_PART = rb"([0-9a-fA-F]{1,4})"
_COLOR = re.compile(rb"\x1b\]11;rgba?:" + b"/".join((_PART,) * 3) + rb"[^\x07\x1b]*(\x07|\x1b\\)")
_ATTRIBUTES = re.compile(rb"\x1b\[\?[\d;]*c")
_MIDDLE = 0.5
_WAIT_S = 0.15
"""About what the app takes to be imported, which goes on meanwhile."""


def can_ask(environment: Mapping[str, str]) -> bool:
    """Return whether an answer would come in time: over a network it may be late, and pass for keys."""
    is_far = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
    return not is_far and sys.stdin.isatty() and sys.stdout.isatty()


class BackgroundQuestion:
    """Asks at once; the answer lies in the terminal's queue until somebody looks. A context manager.

    Nobody else may read from the terminal inside it; after it, the terminal is as it was.
    """

    def __init__(self) -> None:
        self._source = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._source)
        self._wait_until = time.monotonic() + _WAIT_S
        tty.setcbreak(self._source, termios.TCSANOW)

    def __enter__(self) -> Self:
        with suppress(OSError):  # a terminal that went away is found out by whoever draws on it
            os.write(sys.stdout.fileno(), _QUESTION)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(termios.error):
            termios.tcsetattr(self._source, termios.TCSANOW, self._before)

    def answer(self) -> tuple[Background, str]:
        """Wait until the terminal has answered or will not; return what it said, and what was typed."""
        received = b""
        with suppress(OSError):
            while not _ATTRIBUTES.search(received):
                left_s = max(0.0, self._wait_until - time.monotonic())
                ready, _, _ = select.select([self._source], [], [], left_s)
                chunk = os.read(self._source, 4096) if ready else b""
                if not chunk:
                    break
                received += chunk
        return parse_answer(received)


def parse_answer(received: bytes) -> tuple[Background, str]:
    """Return what the terminal said, and what was typed around that."""
    said: Background = ""
    if color := _COLOR.search(received):
        red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in color.groups()[:3])
        # The weights of ITU-R BT.709: how bright a color seems.
        said = "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _MIDDLE else "dark"
    return said, plain(_COLOR.sub(b"", received).decode(errors="ignore"))
