"""Lines, and how text becomes lines of a width.

A span is text with a style, a style is names separated by blanks (`"strong link"`); what they look like is
the theme's affair. No text here is ever read as markup. Widths are terminal cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span: TypeAlias = tuple[str, str]
"""Text without line breaks, and the names of its style."""

MIN_WIDTH = 8
"""Prefixes give way where less than this would be left for the text."""

_WIDE = (
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    "\uff00-\uff60\uffe0-\uffe6\U0001f000-\U0003fffd]"
)
_ATTACHED = "[\u0300-\u036f\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
_CLOSING = "[、。，．：；！？）」』】〕》〉”’,.:;!?)\\]}]"
_ATOM = rf" +|{_WIDE}(?:{_ATTACHED}+{_WIDE}?)*{_CLOSING}*|(?:(?!{_WIDE})[^ ])+"


AT_CURSOR = "at-cursor"
"""The name of a style: the text is seen only while the view's cursor stands on its block, as keys are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is shown, without the view's margin."""

    spans: tuple[Span, ...]
    joint: str | None = None
    """What stood between this line and the one above where the width parted them; None at a real break."""
    prefix_chars: int = 0
    """How many characters at its start stand before the text: margin, bars, bullets, indents."""
    margin_chars: int = 0
    """How many of these are never part of what is copied."""
    fill: str = ""
    """The style of the rest of the row."""

    @property
    def text(self) -> str:
        """The characters of the line."""
        return "".join(text for text, _ in self.spans)


EMPTY_LINE = Line(())


def wrap(spans: Sequence[Span], width: int) -> list[tuple[list[Span], str | None]]:
    """Break spans into rows at blanks and between wide characters; words longer than a row are cut.

    Returns:
        Rows with their joint (see `Line`); at least one row.
    """
    if sum(cell_len(text) for text, _ in spans) <= width:
        return [(list(spans), None)]
    rows: list[tuple[list[Span], str | None]] = []
    row: list[Span] = []
    used, joint, blanks = 0, None, ""
    for word in _words(spans):
        if word[0][0].isspace():
            blanks = word[0][0]
            row.extend(word)
            used += len(blanks)
            continue
        size = sum(cell_len(text) for text, _ in word)
        if used + size > width and row:
            rows.append((_without_end_blanks(_merged(row)), joint))
            row, used, joint = [], 0, blanks
        if size > width:
            *full, word = chop(word, width)
            for piece in full:
                rows.append((piece, joint))
                joint = ""
            size = sum(cell_len(text) for text, _ in word)
        row.extend(word)
        used += size
        blanks = ""
    rows.append((_merged(row), joint))
    return rows


def chop(spans: Iterable[Span], width: int) -> list[list[Span]]:
    """Cut spans into rows of at most `width` cells wherever the width ends, as code is; at least one row."""
    rows: list[list[Span]] = [[]]
    used = 0
    for text, style in spans:
        while text:
            size = cell_len(text)
            if used + size <= width:
                rows[-1].append((text, style))
                used += size
                break
            head = _head(text, width - used)
            if head or not used:
                head = head or text[0]
                rows[-1].append((head, style))
                text = text[len(head) :]
            rows.append([])
            used = 0
    if len(rows) > 1 and not rows[-1]:
        rows.pop()
    return rows


def part_of(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Return what stands in spans from one character up to another."""
    part: list[Span] = []
    at = 0
    for text, style in spans:
        piece = text[max(0, start - at) : max(0, end - at)]
        if piece:
            part.append((piece, style))
        at += len(text)
    return part


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with an ellipsis where something was cut."""
    if cell_len(text) <= width:
        return text
    return _head(text, width - 1) + "…" if width > 0 else ""


def cut_middle(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, an ellipsis in the place of its middle where it is longer."""
    if cell_len(text) <= width:
        return text
    room = max(0, width - 1)
    tail = room // 2
    return f"{set_cell_size(text, room - tail).rstrip()}…{_last_cells(text, tail)}"


def pad(text: str, width: int) -> str:
    """Return `text` filled with blanks to `width` cells, or cut there."""
    return set_cell_size(text, width)


def prefixed(
    rows: Iterable[tuple[Sequence[Span], str | None]],
    first: Sequence[Span],
    rest: Sequence[Span],
    fill: str = "",
) -> list[Line]:
    """Make lines of rows, with `first` before the first one and `rest` before all others."""
    lines: list[Line] = []
    prefix = first
    for spans, joint in rows:
        chars = sum(len(text) for text, _ in prefix)
        lines.append(Line((*prefix, *spans), joint, chars, 0, fill))
        prefix = rest
    return lines


def shifted(
    lines: Iterable[Line], first: Sequence[Span], rest: Sequence[Span], *, copied: bool = True
) -> list[Line]:
    """Put a prefix before lines that are made already; an empty line takes it without its end's blanks.

    Args:
        lines: In order.
        first: Goes before the first line.
        rest: Goes before all others.
        copied: Whether the prefix is part of what a selection copies, as a bullet is and a margin is not.
    """
    shifted_lines: list[Line] = []
    prefix = first
    for line in lines:
        before = prefix if line.spans else _without_end_blanks(list(prefix))
        chars = sum(len(text) for text, _ in before)
        margin = line.margin_chars + (0 if copied else chars)
        spans = (*before, *line.spans)
        shifted_lines.append(Line(spans, line.joint, chars + line.prefix_chars, margin, line.fill))
        prefix = rest
    return shifted_lines


def _words(spans: Iterable[Span]) -> Iterable[list[Span]]:
    """Yield runs of blanks, and of characters that no break may part; a word may lie in several spans."""
    word: list[Span] = []
    for text, style in spans:
        for atom in re.findall(_ATOM, text):
            breakable = atom[0] == " " or re.match(_WIDE, atom) is not None
            if breakable and word:
                yield word
                word = []
            if breakable:
                yield [(atom, style)]
            else:
                word.append((atom, style))
    if word:
        yield word


def _head(text: str, width: int) -> str:
    if width <= 0:
        return ""
    if text.isascii():
        return text[:width]
    head = chop_cells(text[: width * 4], width)[0]
    return head if cell_len(head) <= width else ""


def _last_cells(text: str, cells: int) -> str:
    start = max(0, len(text) - cells)
    while cell_len(text[start:]) > cells:
        start += 1
    return text[start:]


def _merged(row: Iterable[Span]) -> list[Span]:
    """Return the row with neighbours of one style made one."""
    merged: list[Span] = []
    for text, style in row:
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + text, style)
        else:
            merged.append((text, style))
    return merged


def _without_end_blanks(row: list[Span]) -> list[Span]:
    row = list(row)
    while row and not row[-1][0].rstrip(" "):
        row.pop()
    if row and row[-1][0].endswith(" "):
        row[-1] = (row[-1][0].rstrip(" "), row[-1][1])
    return row
