"""Text that grows while it is shown: only its open end is laid out again.

For both classes here, feeding a text in any pieces gives the same lines as feeding it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vtcode.frontends.tui.rendering.code import TAB_SIZE
from vtcode.frontends.tui.rendering.lines import EMPTY_LINE, Line, prefixed, wrap
from vtcode.frontends.tui.rendering.markdown import Piece, code_parts, fence_lines, parse, piece_lines
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token


class Growing(Protocol):
    """Lines of a text that may grow."""

    lines: list[Line]
    stable: int
    """How many lines at the start no further text can change."""

    def feed(self, text: str) -> None:
        """Add to the text."""


class GrowingPlain:
    """Plain text, wrapped; blanks at the start of a line stay."""

    def __init__(self, width: int, style: str) -> None:
        self.lines: list[Line] = []
        self.stable = 0
        self._width = width
        self._style = style
        self._tail = ""

    def feed(self, text: str) -> None:
        """Add to the text."""
        *complete, self._tail = (self._tail + _clean(text)).split("\n")
        del self.lines[self.stable :]
        for line in complete:
            self.lines += self._wrapped(line)
        self.stable = len(self.lines)
        if self._tail:
            self.lines += self._wrapped(self._tail)

    def _wrapped(self, line: str) -> list[Line]:
        if not line.strip():
            return [EMPTY_LINE]
        return prefixed(wrap([(line.expandtabs(TAB_SIZE), self._style)], self._width), (), ())


class GrowingMarkdown:
    """Markdown; what stands above the last block, list item or part of a long fence is settled."""

    def __init__(self, width: int, style: str = "text") -> None:
        self.lines: list[Line] = []
        self.stable = 0
        self._width = width
        self._style = style
        self._tail = ""
        self._fence = ""
        """The opening line of the fence that the tail continues; empty where it starts afresh."""
        self._joined = False
        """The tail's first piece stands right below the settled lines."""

    def feed(self, text: str) -> None:
        """Add to the text."""
        self._tail += _clean(text)
        del self.lines[self.stable :]
        open_pieces = self._settle(parse(self._fence + self._tail))
        for number, piece in enumerate(open_pieces):
            self._lay_out(piece, joined=piece.joined if number else self._joined)

    def _settle(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Lay out for good what no text to come can change; return the pieces that are open still."""
        source = self._fence + self._tail
        last = _last_settled_start(pieces, source.count("\n"))
        for number, piece in enumerate(pieces[:last]):
            self._lay_out(piece, joined=piece.joined if number else self._joined)
        if last:
            self.stable = len(self.lines)
            self._keep(source, pieces[last])
        fence = pieces[last].tokens[0] if pieces else None
        if fence and fence.type == "fence" and self._settle_code(fence):
            return parse(self._fence + self._tail)
        return pieces[last:]

    def _lay_out(self, piece: Piece, *, joined: bool) -> None:
        if self.lines and not joined:
            self.lines.append(EMPTY_LINE)
        self.lines += piece_lines(piece, self._width, self._style)

    def _keep(self, source: str, piece: Piece) -> None:
        """Let the tail begin with `piece`: all above it is settled."""
        self._tail = "\n".join(source.split("\n")[piece.first_line :])
        self._fence = ""
        self._joined = piece.joined

    def _settle_code(self, fence: Token) -> bool:
        """Settle all but the last part of a fence that the tail begins with; return whether there was one."""
        source = (self._fence + self._tail).split("\n")
        parts = code_parts(fence.content)
        while len(parts) > 1 and sum(map(len, parts[:-1])) + 1 >= len(source) - 1:
            parts.pop()
        settled = [line for part in parts[:-1] for line in part]
        if not settled:
            return False
        if self.lines and not self._joined:
            self.lines.append(EMPTY_LINE)
        self.lines += fence_lines(parts[:-1], fence.info, self._width)
        self.stable = len(self.lines)
        self._fence = source[0] + "\n"
        self._tail = "\n".join(source[1 + len(settled) :])
        self._joined = True
        return True


def _last_settled_start(pieces: Sequence[Piece], complete_lines: int) -> int:
    """Return the last piece that starts on a complete line: no text to come can move that start."""
    numbers = [number for number, piece in enumerate(pieces) if piece.first_line < complete_lines]
    return max(numbers, default=0)


def _clean(text: str) -> str:
    """Make a piece of text plain so that it does not matter where it was cut into pieces."""
    return plain(text.replace("\x1b", "").replace("\r", ""))
