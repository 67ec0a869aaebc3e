"""What was understood of a reply so far: its text without markup, its reasoning, its calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from vtcode.providers.base import CallPart, ReasoningPart, TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence

Piece: TypeAlias = TextPart | ReasoningPart | CallPart


@dataclass(frozen=True, slots=True, kw_only=True)
class RescuedCall:
    """A call that was found in text."""

    name: str
    """As the tool is called, however the model spelt it."""
    arguments: dict[str, Any]
    """JSON values only."""


class Output:
    """Collects pieces; white space next to markup goes with the markup."""

    def __init__(self) -> None:
        self.calls: list[RescuedCall] = []
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._pieces: list[Piece] = []
        self._gap: list[str] = []
        """White space that is text only if text follows, or if no markup came after it."""
        self.is_after_markup = False
        """True while nothing but white space came since markup."""
        self._gap_is_closed = False
        """True where white space before the markup counts, and not what comes after it."""

    @property
    def text(self) -> str:
        """The text so far; without the white space that may belong to markup."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self._reasoning).strip()

    def take_pieces(self) -> list[Piece]:
        """Return the pieces since the last time, those of one kind in a row as one."""
        pieces, self._pieces = self._pieces, []
        merged: list[Piece] = []
        for piece in pieces:
            if merged and type(merged[-1]) is type(piece) and not isinstance(piece, CallPart):
                merged[-1] = type(piece)(text=merged[-1].text + piece.text)
            else:
                merged.append(piece)
        return merged

    def add_text(self, text: str) -> None:
        """Take a piece of the answer."""
        shown = text.rstrip()
        if shown:
            leading = len(shown) - len(shown.lstrip())
            self._hold(shown[:leading])
            self._give("".join(self._gap) + shown[leading:])
            self._gap, self.is_after_markup = [], False
        self._hold(text[len(shown) :])

    def add_reasoning(self, text: str) -> None:
        """Take a piece of reasoning."""
        self.note_markup()
        if text:
            self._reasoning.append(text)
            self._pieces.append(ReasoningPart(text=text))

    def add_calls(self, calls: Sequence[RescuedCall]) -> None:
        """Take calls."""
        self.calls += calls
        self.note_markup()

    def tell_progress(self, name: str, text: str) -> None:
        """Tell of a call that is still being written."""
        self._pieces.append(CallPart(index=len(self.calls), name=name, text=text))

    def note_markup(self) -> None:
        """Note that markup came, of which nothing is shown."""
        if not self._text:
            self._gap = []
        if not self.is_after_markup:
            self._gap_is_closed = bool(self._gap)
        self.is_after_markup = True

    def break_paragraph(self) -> None:
        """Have text that follows begin a paragraph of its own."""
        self.note_markup()
        if self._text:
            self._gap, self._gap_is_closed = ["\n\n"], True

    def end(self) -> None:
        """Give out what was held back."""
        if not self.is_after_markup:
            self._give("".join(self._gap))
        self._gap = []

    def _hold(self, blanks: str) -> None:
        """Keep white space; of that around markup, what was before it counts, if there was any."""
        if blanks and not (self.is_after_markup and (self._gap_is_closed or not self._text)):
            self._gap.append(blanks)

    def _give(self, text: str) -> None:
        if text:
            self._text.append(text)
            self._pieces.append(TextPart(text=text))
