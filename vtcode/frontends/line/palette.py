"""Colours of the line mode: a few SGR codes, and none where the terminal or the user has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Dresses text, a line at a time, so that no colour runs on; without colours it changes nothing."""

    colours: bool

    def dim(self, text: str) -> str:
        """Text beside the point: reasoning, progress."""
        return self._dressed(text, "2")

    def strong(self, text: str) -> str:
        """Text that must not be missed: a question, an error."""
        return self._dressed(text, "1")

    def added(self, text: str) -> str:
        """A line that a diff adds."""
        return self._dressed(text, "32")

    def removed(self, text: str) -> str:
        """A line that a diff removes."""
        return self._dressed(text, "31")

    def _dressed(self, text: str, code: str) -> str:
        if not self.colours:
            return text
        return "\n".join(f"\x1b[{code}m{line}\x1b[0m" if line else "" for line in text.split("\n"))


def palette_for(environment: Mapping[str, str]) -> Palette:
    """Return the palette of a terminal: none with NO_COLOR (no-color.org) or on a dumb one."""
    dumb = environment.get("TERM", "") in ("", "dumb", "unknown")
    return Palette(colours=not dumb and not environment.get("NO_COLOR"))
