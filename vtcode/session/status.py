"""Where a session stands, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.permissions import Mode
    from vtcode.system.sandbox import Containment


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a status line shows, as it is now."""

    provider: str
    address: str
    model: str
    window_tokens: int | None
    used_tokens: int
    """Tokens of the conversation so far, as the next request will send it."""
    used_estimated: bool
    busy: bool
    queued: tuple[str, ...]
    tokens_per_s: float | None
    steering: tuple[str, ...] = ()
    """The messages that join the running turn at its next step."""
    first_token_s: float | None = None
    """Of the last reply, as is what follows."""
    cached_share: float | None = None
    """What part of its prompt came out of the server's cache, from 0 to 1; None: not known."""
    cached_estimated: bool = False
    containment: Containment | None = None
    """What holds for commands; None: there are none."""
    mode: Mode = "build"
    resumable: bool = False
    """Something was said, and it is recorded: `vtcode --continue` comes back to it."""
    instructions: tuple[str, ...] = ()
    """The files (AGENTS.md) that the model was told to follow."""
