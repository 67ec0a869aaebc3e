"""The themes: each is seen while it is highlighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.frontends.tui.screens.pick import PickScreen
from vtcode.frontends.tui.theme import DARK, LIGHT
from vtcode.questions import Choice, PickQuestion, PickRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.theme import Theme

    from vtcode.frontends.tui.widgets.row_list import RowList

_SAVE = Choice(id="save", label="Keep for good", key="s")
_OWN = (DARK.name, LIGHT.name)


def theme_question(themes: Mapping[str, Theme], current: str) -> PickQuestion:
    """Return the list of themes: our own first, then Textual's by name."""
    names = (*_OWN, *sorted(name for name in themes if name not in _OWN))
    rows = tuple(
        PickRow(
            id=name,
            label=name,
            detail="dark" if themes[name].dark else "light",
            group="Our own" if name in _OWN else "Textual's",
            current=name == current,
        )
        for name in names
    )
    return PickQuestion(title="Which theme?", rows=rows, actions=(_SAVE,))


class ThemeScreen(PickScreen):
    """A list to pick from that tries what is highlighted."""

    def __init__(
        self, question: PickQuestion, *, interrupt: Callable[[], bool], show: Callable[[str], object]
    ) -> None:
        """`show` is told which theme is highlighted."""
        super().__init__(question, interrupt=interrupt)
        self._show = show

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Try the theme."""
        self._show(event.row.id)
