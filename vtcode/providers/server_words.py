"""A server as errors speak of it: its name, its words made safe to show, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vtcode.visible import plain

_MAX_TEXT_CHARS = 600
_LM_STUDIO_TOKEN = re.compile(r"sk-lm-[\w:*.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Which server an error is about, and the words that its users know."""

    address: str
    lm_studio: bool = False
    secret: str = field(default="", repr=False)
    """The API key, which no text may hold."""

    @property
    def start_hint(self) -> str:
        """What to do where nobody answers."""
        if self.lm_studio:
            return (
                "Start it (LM Studio, Developer, Start server; or: lms server start), or set its address "
                "(base_url in [providers.lmstudio], or LMSTUDIO_BASE_URL). Without LM Studio: "
                "--provider embedded."
            )
        return "Start the server, or set base_url to its address."

    def quoted(self, text: str) -> str:
        """Return the server's words on one line, bounded, without control characters and keys."""
        return _readable(text.replace(self.secret, "…") if self.secret else text)

    @property
    def place(self) -> str:
        """The server's name within a sentence."""
        return f"LM Studio at {self.address}" if self.lm_studio else f"the server at {self.address}"

    def __str__(self) -> str:
        return self.place[0].upper() + self.place[1:]


def _readable(text: str) -> str:
    """Return a server's text on one line: bounded, without control characters and tokens."""
    line = " ".join(plain(text[: 4 * _MAX_TEXT_CHARS]).split())
    line = _LM_STUDIO_TOKEN.sub("sk-lm-…", line)
    return line if len(line) <= _MAX_TEXT_CHARS else line[: _MAX_TEXT_CHARS - 1] + "…"
