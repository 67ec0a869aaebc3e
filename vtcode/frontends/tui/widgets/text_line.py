"""One line of text, as every screen of the app takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from vtcode.frontends.tui.widgets.ordered_keys import pass_on, run_bound

if TYPE_CHECKING:
    from textual import events


class TextLine(Input):
    """A line whose keys run in order with what is typed, and whose cursor does not blink.

    Each blink would draw, all day long; and some see it move where nothing is to move.
    """

    def __init__(self, name: str, *, placeholder: str = "", select_on_focus: bool = True) -> None:
        """`name` is its id on the screen."""
        super().__init__(id=name, placeholder=placeholder, select_on_focus=select_on_focus, compact=True)
        self.cursor_blink = False

    async def on_key(self, event: events.Key) -> None:
        """Run what is bound to the key."""
        if not pass_on(self, event):
            await run_bound(self, event)
