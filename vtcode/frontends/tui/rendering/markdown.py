"""Markdown as lines of a width: CommonMark with tables and strikethrough; HTML is shown as text.

Pieces are the smallest parts that look the same whatever stands around them: a top-level block, or one item
of a top-level list. That is why link reference definitions are not read (they act at a distance; they stay
visible as text instead) and why a list never becomes loose.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from vtcode.frontends.tui.rendering.code import code_lines
from vtcode.frontends.tui.rendering.inline import inline_row, inline_rows
from vtcode.frontends.tui.rendering.lines import (
    EMPTY_LINE,
    MIN_WIDTH,
    Line,
    Span,
    prefixed,
    shifted,
    wrap,
)
from vtcode.frontends.tui.rendering.tables import Align, table_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_CODE_INDENT: Span = ("  ", "text")
_LISTS = {"bullet_list_open", "ordered_list_open"}
_SOFT_PIECE_LINES = 40
_HARD_PIECE_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a document that is laid out by itself."""

    tokens: Sequence[Token]
    first_line: int
    """Its first line in the text that was parsed, from 0."""
    joined: bool
    """No blank line parts it from the piece above."""


def parse(text: str) -> list[Piece]:
    """Return the pieces of a markdown text (already made plain), in order."""
    pieces: list[Piece] = []
    for block in _blocks(_parser().parse(text)):
        parts = list(_blocks(block[1:-1])) if block[0].type in _LISTS else [block]
        for number, tokens in enumerate(parts):
            first_line = (tokens[0].map or [0])[0]
            pieces.append(Piece(tokens=tokens, first_line=first_line, joined=number > 0))
    return pieces


def piece_lines(piece: Piece, width: int, style: str = "text") -> list[Line]:
    """Return a piece laid out at a width."""
    return _block_lines(piece.tokens, max(width, MIN_WIDTH), style)


def code_parts(code: str) -> list[list[str]]:
    """Return the lines of a fence's code in parts of bounded length, each coloured by itself.

    A part ends where the code starts anew at its left edge, so that strings and comments stay whole. Where a
    part ends depends on no line after the next one's first.
    """
    parts: list[list[str]] = [[]]
    for line in code.removesuffix("\n").split("\n"):
        part = parts[-1]
        starts_anew = line[:1].strip() != "" and part[-1:] == [""]
        if len(part) >= _HARD_PIECE_LINES or (len(part) >= _SOFT_PIECE_LINES and starts_anew):
            parts.append([])
        parts[-1].append(line)
    return parts


def fence_lines(parts: Iterable[Sequence[str]], info: str, width: int) -> list[Line]:
    """Return a fence's code, indented; `info` is what stands behind the opening marks."""
    language = (info.split() or [""])[0].lower()
    lines: list[Line] = []
    for part in parts:
        lines += code_lines("\n".join(part), language, max(1, width - 2))
    return shifted(lines, [_CODE_INDENT], [_CODE_INDENT], copied=False)


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": False}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("reference")


def _blocks(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the blocks of one level, each with its opening and closing token."""
    start, depth = 0, 0
    for index, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : index + 1]
            start = index + 1


def _block_lines(block: Sequence[Token], width: int, style: str) -> list[Line]:
    opening = block[0]
    match opening.type:
        case "paragraph_open":
            return _text_lines(block[1], width, style)
        case "heading_open":
            row = inline_row(block[1].children or [], f"{style} {_heading(opening)}")
            return prefixed(wrap(row, width), (), ())
        case "fence" | "code_block":
            return fence_lines(code_parts(opening.content), opening.info, width)
        case "hr":
            return [Line((("─" * width, "rule"),))]
        case "blockquote_open":
            inner = _stacked(_blocks(block[1:-1]), width - 2, f"{style} quote")
            return shifted(inner, [("▎ ", "rule")], [("▎ ", "rule")], copied=False)
        case "bullet_list_open" | "ordered_list_open":
            items = _blocks(block[1:-1])
            return [line for item in items for line in _item_lines(item, width, style)]
        case "list_item_open":
            return _item_lines(block, width, style)
        case "table_open":
            return _table_lines(block, width, style)
        case _:
            return _text_lines(opening, width, style)


def _text_lines(token: Token, width: int, style: str) -> list[Line]:
    lines: list[Line] = []
    for row in inline_rows(token.children or [], style):
        lines += prefixed(wrap(row, width), (), ())
    return lines


def _heading(token: Token) -> str:
    return "heading title" if token.tag == "h1" else "heading"


def _item_lines(item: Sequence[Token], width: int, style: str) -> list[Line]:
    opening = item[0]
    marker = f"{opening.info}{opening.markup} " if opening.info else "• "
    indent = min(len(marker), max(0, width - MIN_WIDTH))
    lines = _stacked(_blocks(item[1:-1]), width - indent, style) or [EMPTY_LINE]
    return shifted(lines, [(marker[:indent], f"{style} marker")], [(" " * indent, style)])


def _stacked(blocks: Iterable[Sequence[Token]], width: int, style: str) -> list[Line]:
    """Lay blocks out one below the other; a list stands right below its paragraph, others apart."""
    lines: list[Line] = []
    for block in blocks:
        if lines and block[0].type not in _LISTS:
            lines.append(EMPTY_LINE)
        lines += _block_lines(block, max(width, 1), style)
    return lines


def _table_lines(block: Sequence[Token], width: int, style: str) -> list[Line]:
    rows: list[list[list[Span]]] = []
    aligns: list[Align] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "th_open":
            aligns.append(_align(token))
        elif token.type == "inline":
            header = " table-header" if len(rows) == 1 else ""
            rows[-1].append(inline_row(token.children or [], style + header))
    return table_lines(rows, aligns, width)


def _align(token: Token) -> Align:
    css = str(token.attrs.get("style", ""))
    wanted = css.rpartition(":")[2]
    return cast("Align", wanted) if wanted in {"center", "right"} else "left"
