"""The line that searches the transcript: what is looked for, and which match of how many is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.widgets.text_line import TextLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.widgets import Input


class SearchLine(TextLine):
    """Where the needle is typed."""

    BINDINGS = bindings("search")

    def __init__(self) -> None:
        super().__init__(
            "search-line",
            placeholder="Enter reads on at the match, Esc closes",
            select_on_focus=False,  # the focus is told of late, when something may be typed already
        )


class SearchBar(Horizontal):
    """The needle and the count, on one line."""

    def __init__(self, look_for: Callable[[str], None]) -> None:
        """Take what is called with the needle whenever it changes."""
        super().__init__(id="search")
        self.line = SearchLine()
        self._look_for = look_for
        self._count = Static(id="search-count", markup=False)

    def compose(self) -> ComposeResult:
        """Put the count behind the needle."""
        yield Static(Content.styled("Search: ", "bold $primary"), id="search-label")
        yield self.line
        yield self._count

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as it is typed."""
        event.stop()
        self._look_for(event.value)

    def tell(self, words: str) -> None:
        """Say how the search stands."""
        self._count.update(Content(words))
