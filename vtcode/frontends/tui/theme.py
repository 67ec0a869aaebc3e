"""The two themes of our own, and which theme a run gets.

A terminal with 16 colors gets one of Textual's that are made of these: what is mixed turns into the same few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from vtcode.frontends.tui.background import Background

DARK = Theme(
    name="vtcode-dark",
    dark=True,
    background="#14161b",
    surface="#1b1e25",
    panel="#272b35",
    foreground="#d9dde6",
    primary="#86b0ff",
    secondary="#8fd0d8",
    accent="#e3b673",
    success="#8fce8a",
    warning="#e8bb6a",
    error="#ff8f9c",
    variables={
        "text-muted": "#a2abbb",
        "text-disabled": "#939cac",
        "border": "#86b0ff",
        "border-blurred": "#3a4150",
        "scrollbar": "#3a4150",
        "scrollbar-background": "#14161b",
        "input-selection-background": "#86b0ff 35%",
        "block-cursor-foreground": "#14161b",
        "block-cursor-background": "#86b0ff",
    },
)

LIGHT = Theme(
    name="vtcode-light",
    dark=False,
    background="#fbfbf8",
    surface="#f2f2ee",
    panel="#e5e6e1",
    foreground="#22252b",
    primary="#1c55ad",
    secondary="#0b5d66",
    accent="#7d4600",
    success="#1b5e29",
    warning="#784d00",
    error="#a3201b",
    variables={
        "text-muted": "#535963",
        "text-disabled": "#595f69",
        "border": "#1c55ad",
        "border-blurred": "#c3c6c4",
        "scrollbar": "#c3c6c4",
        "scrollbar-background": "#fbfbf8",
        "input-selection-background": "#1c55ad 25%",
        "block-cursor-foreground": "#fbfbf8",
        "block-cursor-background": "#1c55ad",
    },
)

_LIGHT_ANSI_BACKGROUNDS = {"7", "9", "10", "11", "12", "13", "14", "15"}
_SHORT_NAMES = {"dark": DARK.name, "light": LIGHT.name}
_OF_16_COLORS = {"dark": "ansi-dark", "light": "ansi-light"}
_FULL_COLORS = ("truecolor", "24bit")
_MANY_COLORS = ("256color", "kitty", "direct")
"""How the names of terminals end that have 256 colors or more."""


def is_known_theme(setting: str, known: Collection[str]) -> bool:
    """Return whether `setting` names a theme, or leaves the choice to the terminal."""
    return setting in {"", "auto", *_SHORT_NAMES, *known}


def chosen_theme(
    setting: str, environment: Mapping[str, str], known: Collection[str], background: Background = ""
) -> str:
    """Return the name of the theme for `setting`: `auto`, `dark`, `light`, or one of `known`.

    `auto`, and a name that nobody knows, are as the terminal is: as it said, else as COLORFGBG says (set by
    rxvt, Konsole, iTerm2 and others; its last field is the background's ANSI color), else dark.
    """
    if setting in known:
        return setting
    shade = setting if setting in _SHORT_NAMES else background
    if not shade:
        field = environment.get("COLORFGBG", "").rpartition(";")[2]
        shade = "light" if field in _LIGHT_ANSI_BACKGROUNDS else "dark"
    return (_OF_16_COLORS if has_few_colors(environment) else _SHORT_NAMES)[shade]


def has_few_colors(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal has 16 colors, as far as it says; as Rich judges that, who draws."""
    if environment.get("COLORTERM", "").strip().lower() in _FULL_COLORS:
        return False
    return not environment.get("TERM", "").strip().lower().endswith(_MANY_COLORS)
