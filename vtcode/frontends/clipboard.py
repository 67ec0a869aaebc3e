"""The terminal's clipboard, reached by OSC 52: it works over SSH, and where the terminal allows it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from vtcode.frontends.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.session.copying import Copied


def clipboard_sequence(text: str, environment: Mapping[str, str]) -> str:
    """Return what has the terminal put `text` on its clipboard.

    Inside tmux it is sent twice: tmux itself takes it where `set-clipboard` is on, and passes it on to the
    terminal around it where `allow-passthrough` is on. The text is encoded: no character of it is a control.
    """
    return _sequence(text) + passed_through(text, environment)


def passed_through(text: str, environment: Mapping[str, str]) -> str:
    """Return what has tmux pass on the same to the terminal around it; empty where there is no tmux.

    As tmux's manual has it for `allow-passthrough`: wrapped in DCS, with every escape inside doubled.
    """
    if not environment.get("TMUX"):
        return ""
    doubled = _sequence(text).replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def copied_words(copied: Copied) -> str:
    """Return what was copied: `Copied the last answer, 12 lines`."""
    if not copied.text:
        return "There is nothing to copy"
    return f"Copied {copied.what}, {counted(copied.text.count(chr(10)) + 1, 'line')}"


def size_words(text: str) -> str:
    """Return how much a text is: `12 lines`, `1 character`."""
    lines = text.count("\n") + 1
    return counted(lines, "line") if lines > 1 else counted(len(text), "character")


def _sequence(text: str) -> str:
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
