"""What a slash command answers as lines: Markdown, in which a diff looks as it does in a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.frontends.tui.rendering.diff import diff_lines
from vtcode.frontends.tui.rendering.lines import EMPTY_LINE, Line, Span, shifted
from vtcode.frontends.tui.rendering.markdown import Piece, parse, piece_lines

if TYPE_CHECKING:
    from markdown_it.token import Token

_INDENT: Span = ("  ", "text")


def command_lines(text: str, width: int) -> list[Line]:
    """Return the lines of an answer (already made plain).

    A fence whose first word is `diff` holds a unified diff without file headers, and may name its file
    behind that word.
    """
    lines: list[Line] = []
    for piece in parse(text):
        if lines and not piece.joined:
            lines.append(EMPTY_LINE)
        lines += _piece_lines(piece, width)
    return lines


def _piece_lines(piece: Piece, width: int) -> list[Line]:
    fence: Token = piece.tokens[0]
    language, _, path = fence.info.strip().partition(" ")
    if fence.type != "fence" or language != "diff":
        return piece_lines(piece, width)
    lines = diff_lines(fence.content, max(1, width - len(_INDENT[0])), path=path)
    return shifted(lines, [_INDENT], [_INDENT], copied=False)
