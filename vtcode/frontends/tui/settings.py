"""What a run of the app is told by the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from vtcode.frontend import FrontEnd
    from vtcode.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """When and how the user is called."""

    enabled: bool = True
    hitl: bool = True
    """Where an answer is waited for."""
    completion: bool = True
    error: bool = True
    delivery: Literal["terminal", "desktop", "hybrid"] = "desktop"
    suppress_when_focused: bool = True
    after_s: float = 10.0
    """The user has to be quiet for so long first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    """How the app looks, and where it reports what should not have happened."""

    theme: str = ""
    """`dark`, `light`, or the name of one of Textual's themes; empty or `auto`: as the terminal is."""
    reasoning: Literal["always", "toggle", "hidden"] = "toggle"
    """How the model's reasoning is shown at the start."""
    layout: Literal["auto", "compact", "standard", "wide"] = "auto"
    """How much room goes to margins; `auto`: as there is room."""
    notifications: Notifications = Notifications()
    """When and how the user is called."""
    title_items: tuple[Literal["folder", "state"], ...] = ("folder", "state")
    """What the terminal's title holds besides the program's name; empty: it stays as it is."""
    folder: str = ""
    """The workspace's name."""
    reduce_motion: bool = False
    """Nothing moves by itself."""
    vim_keys: bool = False
    """The prompt begins with vim's keys."""
    log_file: Path | None = None
    """Named to the user when the program fails; None: nothing is logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the app needs besides itself: known only once the configuration is read, after the first frame."""

    settings: UiSettings
    open_session: Callable[[FrontEnd], Awaitable[Session]]
    """Raises a UserFacingError where it can't; may be called again then."""
