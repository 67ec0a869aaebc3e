"""Text that must be seen whole before something happens: a diff, a command. Wrapped hard, never cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vtcode.frontends.tui.rendering.diff import TAB
from vtcode.frontends.wording import RowKind, diff_rows
from vtcode.visible import revealed, unpadded

LineKind: TypeAlias = Literal["plain", "prose", "note", "added", "removed", "hunk"]
"""`prose` and `note` (what is said about a call) wrap between words."""
_CONTINUED = "↪ "
_KINDS: dict[RowKind, LineKind] = {
    "added": "added",
    "removed": "removed",
    "context": "plain",
    "hunk": "hunk",
    "note": "hunk",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line of text that is safe to show."""

    text: str
    kind: LineKind = "plain"


def diff_lines(diff: str) -> list[ShownLine]:
    """Return the lines of a unified diff, with what would hide or reorder text spelled out."""
    return [ShownLine(text=row.text, kind=_KINDS[row.kind]) for row in diff_rows(diff, tab=TAB)]


def command_lines(command: str) -> list[ShownLine]:
    """Return a command as it will run, with control characters spelled out."""
    return [ShownLine(text=line) for line in unpadded(revealed(command)).split("\n")]


class WrappedText(ScrollView):
    """Lines at the width that there is; as high as it needs to be, up to the limit that its styles set."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "wrapped-text--plain",
        "wrapped-text--prose",
        "wrapped-text--note",
        "wrapped-text--added",
        "wrapped-text--removed",
        "wrapped-text--hunk",
    }

    def __init__(self, lines: list[ShownLine]) -> None:
        super().__init__(id="body")
        self._lines = lines
        self._rows: list[ShownLine] = []
        self._width = 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows at `width`."""
        return len(self._rows_at(width))

    def on_resize(self) -> None:
        """Wrap at the new width."""
        width = self.scrollable_content_region.width
        self.virtual_size = Size(width, len(self._rows_at(width)))

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        row = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        rows = self._rows_at(width)
        if row >= len(rows):
            return Strip.blank(width, self.rich_style)
        shown = rows[row]
        style = self.get_component_rich_style(f"wrapped-text--{shown.kind}")
        return Strip([Segment(shown.text, style)]).adjust_cell_length(width, style)

    def _rows_at(self, width: int) -> list[ShownLine]:
        if width > 0 and width != self._width:
            self._width = width
            self._rows = [
                ShownLine(text=piece, kind=line.kind)
                for line in self._lines
                for piece in _pieces(line, width)
            ]
        return self._rows


def _pieces(line: ShownLine, width: int) -> list[str]:
    """Cut a line: text between words, all else where the width ends, so that it can't pass for several."""
    if len(line.text) * 2 <= width or cell_len(line.text) <= width:
        return [line.text]
    if line.kind == "prose":
        return [piece.plain for piece in Content(line.text).wrap(width)]
    room = max(4, width - len(_CONTINUED))
    if line.kind == "note":
        first, *others = [piece.plain for piece in Content(line.text).wrap(room)]
    else:
        first, *others = chop_cells(line.text, room)
    return [first, *(_CONTINUED + other for other in others)]
