"""A long list with a highlight: draws only the rows that are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One line of the list."""

    id: str
    content: Content
    heading: bool = False
    """A group's name: it can't be highlighted."""


class RowList(ScrollView, can_focus=False):
    """Shows rows, each cut at the width; the keyboard stays with the filter above it."""

    class Clicked(Message):
        """A row was clicked."""

        def __init__(self, row: ListRow) -> None:
            self.row = row
            super().__init__()

    class Highlighted(Message):
        """The highlight is on another row."""

        def __init__(self, row: ListRow) -> None:
            self.row = row
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="rows")
        self._rows: Sequence[ListRow] = ()
        self._highlighted = -1
        self._keeps_last = False
        self._is_placed = False
        """The rows are scrolled to; before that, in the very first frame, none can be."""
        self._told_id = ""

    @property
    def highlighted(self) -> ListRow | None:
        """The highlighted row; None in a list without one."""
        return self._rows[self._highlighted] if self._highlighted >= 0 else None

    def show(self, rows: Sequence[ListRow], *, highlight: str = "", keeps_last: bool = False) -> None:
        """Show these rows; highlight the one with this id, else the first that can be.

        `keeps_last`: The last row stays in sight, at the bottom, however many there are.
        """
        self._rows = rows
        self._keeps_last = keeps_last
        selectable = [index for index, row in enumerate(rows) if not row.heading]
        wanted = [index for index in selectable if rows[index].id == highlight]
        self._highlighted = next(iter(wanted or selectable), -1)
        self.virtual_size = Size(self.size.width, len(rows))
        self._follow()

    def move(self, step: int) -> None:
        """Move the highlight by so many rows that can be highlighted; it stops at the ends."""
        selectable = [index for index, row in enumerate(self._rows) if not row.heading]
        if not selectable:
            return
        place = selectable.index(self._highlighted) + step
        self._highlighted = selectable[min(max(0, place), len(selectable) - 1)]
        self._follow()

    def on_resize(self) -> None:
        """Keep the highlight in sight."""
        self._is_placed = True
        self.virtual_size = Size(self.size.width, len(self._rows))
        self._follow()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        index = self._index_at(y)
        width = self.scrollable_content_region.width
        if index >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        marked = index == self._highlighted
        row = self._rows[index]
        marker = "" if row.heading else "› " if marked else "  "
        content = Content.assemble((marker, "bold $primary"), row.content).truncate(width, ellipsis=True)
        if marked:
            content = content.stylize("bold")
        segments = content.render_segments(self.visual_style)
        return Strip(segments, content.cell_length).adjust_cell_length(width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Tell which row was clicked."""
        index = self._index_at(event.y)
        if index < len(self._rows) and not self._rows[index].heading:
            self.post_message(self.Clicked(self._rows[index]))

    def _index_at(self, y: int) -> int:
        """Return which row is drawn at `y`."""
        if self._keeps_last and y == self.size.height - 1 < len(self._rows):
            return len(self._rows) - 1
        if self._is_placed:
            return y + self.scroll_offset.y
        return y + max(0, self._in_sight().bottom - self.size.height)

    def _in_sight(self) -> Region:
        """Return the rows that have to be seen: the highlighted one, and what covers it or belongs to it."""
        above = 1 if self._highlighted == 1 and self._rows[0].heading else 0
        below = 1 if self._keeps_last and self._highlighted < len(self._rows) - 1 else 0
        return Region(0, self._highlighted - above, 1, above + 1 + below)

    def _follow(self) -> None:
        if not self._is_placed:
            return
        if (row := self.highlighted) and row.id != self._told_id:
            self._told_id = row.id
            self.post_message(self.Highlighted(row))
        self.scroll_to_region(self._in_sight(), animate=False, force=True)
        self.refresh()
