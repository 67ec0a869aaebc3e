"""Text that must be seen whole before something happens: a diff, a command. Wrapped hard, never cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vtcode.frontends.tui.rendering.diff import Picking, hunk_lines
from vtcode.visible import revealed, unpadded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.frontends.tui.blocks import DiffLayout
    from vtcode.frontends.tui.rendering.lines import Span

LineKind: TypeAlias = Literal["plain", "prose", "note", "hunk"]
"""`prose` and `note` (what is said about a call) wrap between words."""
_CONTINUED = "↪ "
_MARKER = re.compile(r"(?:\d+\.|[-•]) +")
_FEWEST_CELLS = 10
"""For the text of a list's item; where there are fewer it is not set off from its marker."""
_LOOKS = {
    "diff-added": "added",
    "diff-removed": "removed",
    "diff-context": "plain",
    "diff-current": "current",
    "diff-hunk": "hunk",
    "diff-number": "hunk",
}
"""The component that a style of a diff's lines has here."""
_CODE_LOOKS = {
    "code-block": "code",
    "code-keyword": "keyword",
    "code-type": "type",
    "code-name": "name",
    "code-string": "string",
    "code-number": "number",
    "code-comment": "comment",
}
_CHANGED_WORD = Style(reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line of text that is safe to show."""

    text: str
    kind: LineKind = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDiff:
    """A unified diff, in which hunks may be being chosen."""

    diff: str
    path: str = ""
    layout: DiffLayout = "auto"
    picking: Picking | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A body at one width."""

    rows: tuple[Sequence[Span], ...]
    """Each span with the name of its component, or of its style in a diff."""
    hunks: tuple[int, ...]
    """At which row each hunk begins."""


def command_lines(command: str) -> list[ShownLine]:
    """Return a command as it will run, with control characters spelled out."""
    return [ShownLine(text=line) for line in unpadded(revealed(command)).split("\n")]


def rows_of(body: Sequence[ShownLine | ShownDiff], width: int) -> Rows:
    """Return the rows of a body, none of them wider than `width`."""
    rows: list[Sequence[Span]] = []
    hunks: list[int] = []
    for part in body:
        if isinstance(part, ShownLine):
            rows += [[(piece, part.kind)] for piece in _pieces(part, width)]
            continue
        for lines in hunk_lines(part.diff, width, part.layout, part.picking, part.path):
            hunks.append(len(rows))
            rows += [line.spans for line in lines]
    return Rows(rows=tuple(rows), hunks=tuple(hunks))


class WrappedText(ScrollView):
    """Lines at the width that there is; as high as it needs to be, up to the limit that its styles set."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "wrapped-text--plain",
        "wrapped-text--prose",
        "wrapped-text--note",
        "wrapped-text--added",
        "wrapped-text--removed",
        "wrapped-text--current",
        "wrapped-text--hunk",
        *(f"wrapped-text--{look}" for look in _CODE_LOOKS.values()),
    }

    def __init__(self, body: Sequence[ShownLine | ShownDiff]) -> None:
        super().__init__(id="body")
        self._body = body
        self._rows = Rows(rows=(), hunks=())
        self._width = 0

    def show(self, body: Sequence[ShownLine | ShownDiff]) -> None:
        """Put another body in the place of the one shown, without scrolling."""
        self._body = body
        self._width = 0
        self.on_resize()
        self.refresh()

    def scroll_to_hunk(self, number: int) -> None:
        """Bring a hunk's first row to the top, as far as there is text below it; numbers are from 1."""
        rows = self._rows_at(self.scrollable_content_region.width)
        self.scroll_to(y=rows.hunks[number - 1], animate=False)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows at `width`."""
        return len(self._rows_at(width).rows)

    def on_resize(self) -> None:
        """Wrap at the new width."""
        width = self.scrollable_content_region.width
        self.virtual_size = Size(width, len(self._rows_at(width).rows))
        # The bar and how far it goes were settled before this, by the rows that there were at the old width.
        self._scroll_update(self.virtual_size)

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        row = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        rows = self._rows_at(width).rows
        if row >= len(rows):
            return Strip.blank(width, self.rich_style)
        names = "plain"
        segments: list[Segment] = []
        for text, names in rows[row]:
            segments.append(Segment(text, self._style(names)))
        return Strip(segments).adjust_cell_length(width, self._style(names.partition(" ")[0]))

    def _style(self, names: str) -> Style:
        name, *details = names.split(" ")
        style = self.get_component_rich_style(f"wrapped-text--{_LOOKS.get(name, name)}")
        if "diff-word" in details:
            return style + _CHANGED_WORD
        if not details or not self._has_tints():
            return style
        look = _CODE_LOOKS[details[-1]]
        return style + self.get_component_rich_style(f"wrapped-text--{look}", partial=True)

    def _has_tints(self) -> bool:
        """Return whether changed lines are told by what is behind them; else their code has no colors."""
        added, other = map(self.get_component_rich_style, ("wrapped-text--added", "wrapped-text--plain"))
        return added.bgcolor != other.bgcolor

    def _rows_at(self, width: int) -> Rows:
        if width > 0 and width != self._width:
            self._width = width
            self._rows = rows_of(self._body, width)
        return self._rows


def _pieces(line: ShownLine, width: int) -> list[str]:
    """Cut a line: text between words, all else where the width ends, so that it can't pass for several."""
    if len(line.text) * 2 <= width or cell_len(line.text) <= width:
        return [line.text]
    if line.kind == "prose":
        return _prose(line.text, width)
    room = max(4, width - len(_CONTINUED))
    if line.kind == "note":
        first, *others = [piece.plain for piece in Content(line.text).wrap(room)]
    else:
        first, *others = chop_cells(line.text, room)
    return [first, *(_CONTINUED + other for other in others)]


def _prose(text: str, width: int) -> list[str]:
    """Wrap between words; an item of a list goes on below its text."""
    marker = _MARKER.match(text)
    indent = len(marker.group()) if marker else 0
    if width - indent < _FEWEST_CELLS:
        indent = 0
    first, *others = [piece.plain for piece in Content(text[indent:]).wrap(width - indent)]
    return [text[:indent] + first, *(" " * indent + other for other in others)]
