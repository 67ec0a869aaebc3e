"""A text area in which a large paste is one label, and stays one piece until it is unfolded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import TextArea
from textual.widgets.text_area import Edit, Selection

from vtcode.frontends.tui.pastes import Pastes

if TYPE_CHECKING:
    from rich.text import Text
    from textual import events
    from textual.widgets.text_area import EditResult, Location


class PasteArea(TextArea):
    """Edits take a label whole; the cursor steps over it; what leaves has the paste in its place."""

    def __init__(self, name: str, *, placeholder: str) -> None:
        """`name` is its id on the screen."""
        self._pastes = Pastes()
        super().__init__(
            id=name,
            compact=True,
            highlight_cursor_line=False,
            placeholder=placeholder,
            tab_behavior="focus",
        )

    @property
    def full_text(self) -> str:
        """The text with the pastes unfolded."""
        return self._pastes.unfolded(self.text)

    @property
    def selected_text(self) -> str:
        """The text that is selected, likewise."""
        return self._pastes.unfolded(super().selected_text)

    def fold(self, text: str) -> None:
        """Have this text here, pastes that are known folded, the cursor at its end."""
        self.text = self._pastes.folded(text)
        self.move_cursor(self.document.end)

    def replace_all(self, text: str) -> None:
        """Have this text here likewise, as an edit that can be undone."""
        folded = self._pastes.folded(text)
        self.replace(folded, (0, 0), self.document.end, maintain_selection_offset=False)

    def paste(self, text: str) -> None:
        """Take in a paste in place of what is selected."""
        self.replace(self._pastes.fold(text), *self.selection, maintain_selection_offset=False)

    def unfold_at_cursor(self) -> bool:
        """Put a paste in place of its label at the cursor; False: none is there."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        for start, end in self._pastes.spans(line):
            if start <= column <= end:
                whole = self._pastes.unfolded(line[start:end])
                self.replace(whole, (row, start), (row, end), maintain_selection_offset=False)
                return True
        return False

    @property
    def is_at_paste(self) -> bool:
        """Whether the label of a paste is at the cursor."""
        row, column = self.cursor_location
        return any(start <= column <= end for start, end in self._pastes.spans(self.document.get_line(row)))

    def edit(self, edit: Edit) -> EditResult:
        """Do an edit; one that reaches into a label takes all of it."""
        top, _ = self._around(edit.top)
        _, bottom = self._around(edit.bottom)
        return super().edit(Edit(edit.text, top, bottom, edit.maintain_selection_offset))

    def get_line(self, line_index: int) -> Text:
        """Return a line to be drawn, its labels marked."""
        line = super().get_line(line_index)
        for start, end in self._pastes.spans(line.plain):
            line.stylize("reverse", start, end)
        return line

    def validate_selection(self, selection: Selection) -> Selection:
        """Keep the cursor out of labels: it goes on to the side that it was heading for."""
        before = self.selection
        return Selection(self._beside(selection.start, before.start), self._beside(selection.end, before.end))

    def on_resize(self) -> None:
        """Keep the cursor in sight: text that came at once was scrolled to before there was room for it."""
        self.scroll_cursor_visible(animate=False)

    def on_paste(self, event: events.Paste) -> None:
        """Fold a large paste."""
        event.prevent_default()
        event.stop()
        self.paste(event.text)
        self.focus()

    def action_cut(self) -> None:
        """Take what is selected to the clipboard, pastes unfolded."""
        if selected := self.selected_text:
            self.app.copy_to_clipboard(selected)
            self.replace("", *self.selection, maintain_selection_offset=False)
        else:
            super().action_cut()

    def _around(self, location: Location) -> tuple[Location, Location]:
        """Return the two ends of the label that a location is inside of; else it twice."""
        row, column = location
        if row < self.document.line_count:
            for start, end in self._pastes.spans(self.document.get_line(row)):
                if start < column < end:
                    return (row, start), (row, end)
        return location, location

    def _beside(self, location: Location, came_from: Location) -> Location:
        start, end = self._around(location)
        return end if came_from <= start else start
