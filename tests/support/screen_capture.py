"""What a running app shows, as text with its styles and as a picture."""

from __future__ import annotations

import string
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TypeAlias

from rich.cells import cell_len
from rich.color import Color, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.app import App

_CELL_WIDTH, _ROW_HEIGHT, _FONT_SIZE, _MARGIN = 8.4, 18, 14, 10
_FONTS = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"

_KEPT_BLANK = "\N{NO-BREAK SPACE}"
"""Several plain ones would be drawn as one."""


@dataclass(frozen=True)
class Look:
    """How a piece of text is drawn."""

    color: str
    behind: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False

    def __str__(self) -> str:
        marks = [name for name in ("bold", "italic", "underline", "strike") if getattr(self, name)]
        return " ".join((*marks, self.color, "on", self.behind))


Rows: TypeAlias = list[list[tuple[str, Look]]]
"""Rows of pieces, next ones always of another look."""


def rows_of(app: App[int]) -> Rows:
    """Return what the screen shows."""
    size = app.size
    rows = []
    for strip in app.screen._compositor.render_strips(size):
        cut = strip.crop(0, size.width)
        pieces = [(segment.text, _look(app, segment.style or Style())) for segment in cut if segment.text]
        grouped = groupby(pieces, key=lambda piece: piece[1])
        rows.append([("".join(text for text, _ in run), look) for look, run in grouped])
    return rows


def as_text(rows: Rows) -> str:
    """Return the text, then each row's looks, as a letter and for how many cells, then the letters."""
    letters: dict[Look, str] = {}
    styles = []
    for row in rows:
        for _, look in row:
            letters.setdefault(look, _letter(len(letters)))
        styles.append(" ".join(f"{letters[look]}{cell_len(text)}" for text, look in row))
    shown = ["".join(text for text, _ in row).rstrip() for row in rows]
    named = [f"{letter}  {look}" for look, letter in letters.items()]
    return "\n".join((*shown, "", "-- looks", *styles, "", "-- letters", *named, ""))


def as_svg(rows: Rows, about: str) -> str:
    """Return a picture that needs nothing but the reader's own fonts; `about` is read to who can't see it."""
    columns = max(sum(cell_len(text) for text, _ in row) for row in rows)
    width, height = columns * _CELL_WIDTH + 2 * _MARGIN, len(rows) * _ROW_HEIGHT + 2 * _MARGIN
    behind = rows[0][0][1].behind
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" role="img">\n'
        f"<title>{escape(about)}</title>\n"
        f'<rect width="100%" height="100%" rx="6" fill="{behind}"/>\n'
        f'<g font-family="{_FONTS}" font-size="{_FONT_SIZE}">\n'
    )
    drawn = [line for index, row in enumerate(rows) for line in _drawn(row, index, behind)]
    return head + "\n".join(drawn) + "\n</g>\n</svg>\n"


def _drawn(row: list[tuple[str, Look]], index: int, page: str) -> list[str]:
    """Return the rectangles of a row, then its texts."""
    top, column = _MARGIN + index * _ROW_HEIGHT, 0
    rectangles, texts = [], []
    for text, look in row:
        x, cells = _MARGIN + column * _CELL_WIDTH, cell_len(text)
        column += cells
        if look.behind != page:
            rectangles.append(
                f'<rect x="{x:g}" y="{top}" width="{cells * _CELL_WIDTH:g}" height="{_ROW_HEIGHT}" '
                f'fill="{look.behind}"/>'
            )
        if not text.strip():
            continue
        left = len(text) - len(text.lstrip())
        shown, x = text.strip().replace(" ", _KEPT_BLANK), x + left * _CELL_WIDTH
        texts.append(
            f'<text x="{x:g}" y="{top + 13}" textLength="{cell_len(shown) * _CELL_WIDTH:g}" '
            f'fill="{look.color}"{_attributes(look)}>{escape(shown)}</text>'
        )
    return [*rectangles, *texts]


def _attributes(look: Look) -> str:
    lines = " ".join(
        name for name, on in (("underline", look.underline), ("line-through", look.strike)) if on
    )
    return (
        (' font-weight="bold"' if look.bold else "")
        + (' font-style="italic"' if look.italic else "")
        + (f' text-decoration="{lines}"' if lines else "")
    )


def _look(app: App[int], style: Style) -> Look:
    color, behind = _rgb(app, style.color, foreground=True), _rgb(app, style.bgcolor, foreground=False)
    if style.reverse:
        color, behind = behind, color
    if style.dim:
        color = blend_rgb(behind, color, 0.5)
    return Look(
        color=color.hex,
        behind=behind.hex,
        bold=bool(style.bold),
        italic=bool(style.italic),
        underline=bool(style.underline),
        strike=bool(style.strike),
    )


def _rgb(app: App[int], color: Color | None, *, foreground: bool) -> ColorTriplet:
    return (color or Color.default()).get_truecolor(app.ansi_theme, foreground=foreground)


def _letter(number: int) -> str:
    rounds, place = divmod(number, len(string.ascii_letters))
    return string.ascii_letters[place] * (rounds + 1)
