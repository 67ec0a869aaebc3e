"""The keys under `[ui]`: how the app looks, and how it calls its user."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vtcode.config.section import Section


class NotificationSettings(Section):
    """How you are called when you look elsewhere: the terminal's bell, and a notification."""

    enabled: bool = True
    """Call at all."""
    hitl: bool = True
    """When an answer of yours is waited for."""
    completion: bool = True
    """When a turn is done."""
    error: bool = True
    """When a turn ends with an error."""
    delivery_mode: Literal["terminal", "desktop", "hybrid"] = "desktop"
    """`desktop`: with notify-send or osascript, where there is no desktop with the terminal's own (OSC 9 or
    777); `terminal`: with that alone; `hybrid`: both."""
    suppress_when_focused: bool = True
    """Not while the terminal has the keyboard, where it tells that."""
    quiet_seconds: float = Field(default=10.0, ge=0, allow_inf_nan=False)
    """Only after you typed nothing for so long, where the terminal does not say whether you look at it."""


class TerminalTitleSettings(Section):
    """The terminal's title."""

    items: tuple[Literal["folder", "state"], ...] = ("folder", "state")
    """What it names after `vtcode`, in this order; empty: it stays as it is."""


class UiSettings(Section):
    """How the app looks."""

    theme: str = ""
    """`dark`, `light`, or the name of one of Textual's themes; empty or `auto`: as the terminal is. `/theme`
    lists them."""
    layout_mode: Literal["auto", "compact", "standard", "wide"] = "auto"
    """How much room goes to margins; `auto`: little in a small terminal, more in a large one."""
    reduce_motion_mode: bool = False
    """Nothing moves by itself: no animation, no seconds that are counted."""
    reasoning_display_mode: Literal["always", "toggle", "hidden"] = "toggle"
    """The model's reasoning: unfolded, folded until you open it, or not shown."""
    notifications: NotificationSettings = NotificationSettings()
    """How you are called when you look elsewhere."""
    terminal_title: TerminalTitleSettings = TerminalTitleSettings()
    """The terminal's title."""
    vim_mode: bool = False
    """Vim's keys in the prompt; `/vim` switches them for a session."""
