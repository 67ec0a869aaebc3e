"""How terminal text looks: "select graphic rendition" (ECMA-48, ISO 8613-6), put together. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTENDED: Final = (38, 48)
_COLOR_SIZES: Final = {5: 1, 2: 3}
"""How many numbers follow 38 or 48: one of 256 colours, or red, green and blue."""
_MARKS: Final = frozenset({1, 2, 3, 4, 7, 9})
"""Bold, dim, italic, underlined, reversed, struck out."""
_ENDS: Final = {22: (1, 2), 23: (3,), 24: (4,), 27: (7,), 29: (9,)}


@lru_cache(maxsize=512)
def look_after(look: str, codes: str) -> str:
    """Return the parameters in force once `codes` (digits, `;` and `:`) came on top of `look`.

    Each kind is there once, so a look never gets longer than all kinds together. Text that would have the
    colour of its own background gets neither, and nothing blinks or hides. Empty: plain text.
    """
    there = _Look()
    for parameter in _parameters(f"{look};{codes or '0'}" if look else codes or "0"):
        there.take(parameter)
    return there.codes


def _parameters(codes: str) -> Iterator[tuple[int, ...]]:
    """Yield what each parameter says: `(1,)` for bold, `(38, 5, 208)` for a colour, however it is written."""
    numbers = iter(codes.split(";"))
    for text in numbers:
        if ":" in text:  # ISO 8613-6: 38:2::10:200:30, 4:3
            head, *others = [_number(number) for number in text.split(":") if number] or [0]
            size = _COLOR_SIZES.get(others[0], 0) if head in _EXTENDED and others else 0
            yield (head, others[0], *others[1:][-size:]) if size else (head, *others[:1])
        elif text in {"38", "48"}:
            kind = _number(next(numbers, ""))
            values = [_number(next(numbers, "")) for _ in range(_COLOR_SIZES.get(kind, 0))]
            yield (_number(text), kind, *values)
        else:
            yield (_number(text),)


def _number(text: str) -> int:
    return min(int(text[:4] or 0), 255)


class _Look:
    """What is in force: weight and lines, a colour, a background."""

    def __init__(self) -> None:
        self._marks: dict[int, None] = {}
        self._color: tuple[int, ...] = ()
        self._background: tuple[int, ...] = ()

    @property
    def codes(self) -> str:
        """The same as parameters; text in the colour of its own background gets neither."""
        hidden = self._color and _as_color(self._color) == _as_color(self._background)
        colors = () if hidden else (*self._color, *self._background)
        return ";".join(map(str, (*self._marks, *colors)))

    def take(self, parameter: tuple[int, ...]) -> None:
        """Follow one parameter; what is none of ours (blinking, hiding) changes nothing."""
        code = parameter[0]
        if code == 0:
            self._marks.clear()
            self._color = self._background = ()
        elif parameter == (4, 0):
            self._marks.pop(4, None)
        elif code in _MARKS:
            self._marks[code] = None
        elif code in _ENDS:
            for mark in _ENDS[code]:
                self._marks.pop(mark, None)
        elif code in {39, *range(30, 38), *range(90, 98)} or (code == 38 and len(parameter) > 2):
            self._color = () if code == 39 else parameter
        elif code in {49, *range(40, 48), *range(100, 108)} or (code == 48 and len(parameter) > 2):
            self._background = () if code == 49 else parameter


def _as_color(parameter: tuple[int, ...]) -> tuple[int, ...]:
    """Return the colour alone, whether it is for text or behind it."""
    if not parameter or parameter[0] in _EXTENDED:
        return parameter[1:]
    return (parameter[0] % 10, parameter[0] >= 90)
