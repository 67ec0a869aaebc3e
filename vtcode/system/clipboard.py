"""The desktop's own clipboard, where the terminal's can't be relied on: Terminal on macOS knows no OSC 52."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_PBCOPY: Final = "/usr/bin/pbcopy"
_TIMEOUT_S: Final = 2.0


def clipboard_program(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> str:
    """Return the program that copies to this machine's clipboard; empty: the terminal has to do it.

    Over SSH the clipboard is on another machine.
    """
    return _PBCOPY if platform == "darwin" and not environment.get("SSH_CONNECTION") else ""


def copy_with(program: str, text: str) -> None:
    """Have `program` read `text` in UTF-8; silent where it can't, since the terminal was asked, too."""
    environment = {**os.environ, "LC_CTYPE": "UTF-8"}
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [program],
            input=text.encode(),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
