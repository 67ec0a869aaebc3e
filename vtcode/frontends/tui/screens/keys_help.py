"""The keys, made from the one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vtcode.frontends.tui.keys import help_rows, place_of
from vtcode.frontends.tui.widgets.ordered_keys import typed_character
from vtcode.frontends.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from vtcode.frontends.tui.keys import Place


_COLUMNS_FROM = 72
_FEWEST_CELLS = 12
_AROUND_CELLS = 7
"""Frame, padding and scrollbar."""
_CLOSING_LETTERS = "q?"


def keys_content(width: int, here: Place) -> Content:
    """Return the table as text, in columns where they fit; first the keys that work at a place."""
    lines: list[Content] = []
    for heading, rows in help_rows(here):
        cells = max(len(shown) for shown, _ in rows) if width >= _COLUMNS_FROM else 0
        lines.append(Content.styled(heading, "bold $primary"))
        for shown, text in rows:
            indent = cells + 4 if cells else len(shown) + 4
            first, *others = Content(text).wrap(max(_FEWEST_CELLS, width - indent))
            lines.append(Content.assemble((f"  {shown:<{cells}}  ", "bold"), first))
            lines.extend(Content.assemble(" " * (indent if cells else 4), other) for other in others)
        lines.append(Content())
    return Content("\n").join(lines[:-1])


class KeysScreen(ModalScreen[None]):
    """Shows the keys until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,ctrl+c", "dismiss", "Close", show=False)
    ]

    AUTO_FOCUS = "#panel"

    def __init__(self) -> None:
        super().__init__()
        self._here: Place = "prompt"

    def on_mount(self) -> None:
        """Note what had the keyboard before."""
        below = self.app.screen_stack[-2].focused
        self._here = place_of(below.id if below else None)

    def compose(self) -> ComposeResult:
        """Lay the table out."""
        with VerticalScroll(id="panel", classes="-tall") as panel:
            panel.border_subtitle = "PageUp, PageDown scroll · Esc closes"
            yield Static(id="keys")

    def on_key(self, event: events.Key) -> None:
        """Have what is typed go to the prompt: somebody writes on."""
        character = typed_character(event)
        if character and character not in _CLOSING_LETTERS:
            event.stop()
            below = self.app.screen_stack[-2]
            prompt = below.query_one("#prompt", Prompt)
            below.set_focus(prompt)
            prompt.type_ahead(character)
            self.dismiss()

    def on_resize(self) -> None:
        """Lay the rows out for the width."""
        width = self.app.size.width - _AROUND_CELLS
        self.query_one("#keys", Static).update(keys_content(width, self._here))
