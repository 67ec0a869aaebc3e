"""Rows on the screen: drawn when they change, selectable, in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView

from vtcode.frontends.tui.widgets.palette import COMPONENTS, PREFIX, read_palette
from vtcode.frontends.tui.widgets.strips import Row, Strips

if TYPE_CHECKING:
    from textual.selection import Selection
    from textual.strip import Strip


class RowsView(ScrollView):
    """Draws the rows that it is given for its window; which ones belong there is its subclass's affair."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {PREFIX + name for name in COMPONENTS}

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False, repaint=False)
    """Without the layout of the screen that a ScrollView starts: only the scroll bar depends on it here."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.rows: list[Row] = []
        """The rows of the window, from its top."""
        self._strips: Strips | None = None

    def watch_virtual_size(self, virtual_size: Size) -> None:
        """Tell the scroll bar."""
        self.vertical_scrollbar.window_virtual_size = virtual_size.height

    def show_rows(self, rows: list[Row]) -> None:
        """Draw these rows, those alone that are not what they were."""
        before, self.rows = self.rows, rows
        changed = [
            y
            for y in range(max(len(before), len(rows)))
            if y >= len(before) or y >= len(rows) or not rows[y].same_as(before[y])
        ]
        if changed:
            self.refresh(Region(0, changed[0], self.size.width, changed[-1] - changed[0] + 1))

    def redraw(self) -> None:
        """Draw everything anew: the width or the colours changed."""
        self._strips = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the window."""
        strips = self._current_strips()
        if y >= len(self.rows):
            return strips.blank
        row = self.rows[y]
        selection = self.text_selection
        span = selection.get_span(row.key) if selection else None
        if span is None:
            strip = strips.strip(row)
        else:
            strip = strips.selected(row, span, self.screen.get_component_rich_style("screen--selection"))
        return strip.apply_offsets(0, row.key)

    @property
    def allow_select(self) -> bool:
        """Text can be selected with the mouse."""
        return True

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection as it is now."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Draw anew where the theme changed."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._restyle)

    def _restyle(self) -> None:
        palette = read_palette(self.rich_style, self.get_component_styles)
        if self._strips is not None and not self._strips.palette.same_as(palette):
            self.redraw()

    def _current_strips(self) -> Strips:
        if self._strips is None:
            palette = read_palette(self.rich_style, self.get_component_styles)
            self._strips = Strips(palette, self.scrollable_content_region.width)
        return self._strips
