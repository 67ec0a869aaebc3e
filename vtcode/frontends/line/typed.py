"""Lines typed while something runs: the terminal's own line editing, no drawing at all.

The screen then belongs to the stream of events; the terminal echoes what is typed and hands it over at Enter.
What was typed and not sent stays in the terminal, and the next prompt begins with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ECHO_FLAGS = 3  # the index of lflag in what tcgetattr returns


class TypedLines:
    """Passes on each line that is typed while it listens."""

    def __init__(self, on_line: Callable[[str], None], on_end: Callable[[], None]) -> None:
        """Call `on_line` with each line, `on_end` for a Ctrl-D on an empty one."""
        self._on_line = on_line
        self._on_end = on_end
        self._descriptor = sys.stdin.fileno()
        self._listening = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen inside the block."""
        self._listen()
        try:
            yield
        finally:
            self._ignore()
            self.echo(shown=True)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to somebody else inside the block."""
        was_listening = self._listening
        self._ignore()
        try:
            yield
        finally:
            if was_listening:
                self._listen()

    def echo(self, *, shown: bool) -> None:
        """Have the terminal show what is typed, or hide it (a password)."""
        attributes = termios.tcgetattr(self._descriptor)
        flags = attributes[_ECHO_FLAGS]
        attributes[_ECHO_FLAGS] = flags | termios.ECHO if shown else flags & ~termios.ECHO
        termios.tcsetattr(self._descriptor, termios.TCSANOW, attributes)

    def _listen(self) -> None:
        self._listening = True
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    def _ignore(self) -> None:
        if self._listening:
            self._listening = False
            asyncio.get_running_loop().remove_reader(self._descriptor)

    def _read(self) -> None:
        try:
            typed = os.read(self._descriptor, 65_536)
            termios.tcgetattr(self._descriptor)
        except (OSError, termios.error):  # the terminal is gone
            self._ignore()
            return
        if not typed:
            self._on_end()
        for line in typed.decode(errors="replace").splitlines():
            self._on_line(line)
