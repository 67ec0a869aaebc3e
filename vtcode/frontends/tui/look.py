"""How the app looks: its theme, the room between its parts, what moves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vtcode.frontends.tui.theme import DARK, LIGHT, chosen_theme, is_known_theme

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.geometry import Size

    from vtcode.frontends.tui.background import Background
    from vtcode.frontends.tui.base_app import BaseApp
    from vtcode.frontends.tui.screens.question import QuestionScreen
    from vtcode.frontends.tui.settings import UiSettings
    from vtcode.questions import Answer
    from vtcode.session.session import Session

_COMPACT_BELOW = (60, 16)
"""Columns and rows."""
_WIDE_FROM_COLUMNS = 140


class Look:
    """Dresses an app; what it knows of the terminal came before the app."""

    def __init__(self, app: BaseApp, background: Background) -> None:
        self._app = app
        self._background = background
        self._layout = "auto"
        app.register_theme(DARK)
        app.register_theme(LIGHT)

    def use_theme(self, setting: str) -> bool:
        """Use a theme, as `ui.theme` names it; return whether there is one of this name."""
        known = self._app.available_themes
        self._app.theme = chosen_theme(setting, os.environ, known, self._background)
        return is_known_theme(setting, known)

    def take(self, settings: UiSettings) -> None:
        """Look as the user wants it."""
        if not self.use_theme(settings.theme):
            self._tell_unknown(settings.theme, "ui.theme names no theme")
        self._layout = settings.layout
        self._app.animation_level = "none" if settings.reduce_motion else self._app.animation_level
        self._app.status_line.counts_seconds = not settings.reduce_motion
        self.fit(self._app.size)

    def fit(self, size: Size) -> None:
        """Leave as much room between the parts as a terminal of this size has to spare."""
        layout = self._layout
        if layout == "auto":
            is_small = size.width < _COMPACT_BELOW[0] or size.height < _COMPACT_BELOW[1]
            is_large = size.width >= _WIDE_FROM_COLUMNS
            layout = "compact" if is_small else "wide" if is_large else "standard"
        self._app.set_class(layout == "compact", "-compact")
        self._app.set_class(layout == "wide", "-wide")

    async def choose_theme(
        self,
        wanted: str,
        session: Session,
        put_up: Callable[[Callable[[], QuestionScreen]], Awaitable[Answer]],
    ) -> None:
        """Use the theme that the user wants.

        Args:
            wanted: Its name; empty: the user picks one, and sees each.
            session: Keeps what is to hold from now on.
            put_up: Puts up the screen to pick one on, and waits for its answer.
        """
        if wanted:
            before = self._app.theme
            if not self.use_theme(wanted):
                self._app.theme = before
                self._tell_unknown(wanted, "There is no theme of this name")
            return
        from vtcode.frontends.tui.screens.theme_list import ThemeScreen, theme_question

        before = self._app.theme
        question = theme_question(self._app.available_themes, before)
        answer = await put_up(lambda: ThemeScreen(question, interrupt=lambda: False, show=self.use_theme))
        picked = answer.text if answer.choice == "save" else answer.choice
        self.use_theme(before if picked == question.refusal else picked)
        if answer.choice == "save":
            file = session.saved_settings.save_theme(picked)
            told = f"{picked} is the theme from now on ({file})"
            self._app.status_line.hint(told, short=f"Theme: {picked}")

    def _tell_unknown(self, setting: str, problem: str) -> None:
        from vtcode.events import Notice

        names = ", ".join(("auto", "dark", "light", *sorted(self._app.available_themes)))
        text = f'{problem}: "{setting}"'
        self._app.transcript.apply(Notice(level="warning", text=text, hint=f"There are: {names}"))
