"""How the model's reasoning is shown, which one key changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.frontends.tui.transcript import ReasoningMode

_WORDS: dict[ReasoningMode, str] = {
    "toggle": "Reasoning: folded when done",
    "always": "Reasoning: shown",
    "hidden": "Reasoning: hidden",
}
"""In the order in which the key goes through them."""


class ReasoningChoice:
    """Which way it is at present."""

    def __init__(self, show: Callable[[ReasoningMode], None], hint: Callable[[str], None]) -> None:
        """`show` has the transcript show it so; `hint` tells the user."""
        self._show = show
        self._hint = hint
        self._mode: ReasoningMode = "toggle"

    def use(self, mode: ReasoningMode) -> None:
        """Show reasoning in this way from now on."""
        self._mode = mode
        self._show(mode)

    def use_next(self) -> None:
        """Show it in the next way, and say which that is."""
        modes = tuple(_WORDS)
        self.use(modes[(modes.index(self._mode) + 1) % len(modes)])
        self._hint(_WORDS[self._mode])
