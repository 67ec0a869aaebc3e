"""Large pastes, shown as one short label each in the prompt: `[pasted 120 lines #1]`. Pure."""

from __future__ import annotations

import re
from typing import Final

_MAX_LINES: Final = 8
"""As many as the prompt shows; a longer paste would push what was typed out of sight."""
_MAX_CHARS: Final = 2_000
_LABEL: Final = re.compile(r"\[pasted [\d,]+ (?:lines|characters) #(\d+)\]")
_NEWLINE: Final = re.compile(r"\r\n?")


class Pastes:
    """Gives labels to large pastes, and the pastes for their labels.

    They are kept as long as the program runs, so that an earlier prompt folds again.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._count = 0

    def fold(self, pasted: str) -> str:
        """Return what stands in the prompt for a paste: a label, or the paste itself where it is small."""
        text = _NEWLINE.sub("\n", pasted)
        lines = text.rstrip("\n").count("\n") + 1
        if lines <= _MAX_LINES and len(text) <= _MAX_CHARS:
            return text
        self._count += 1
        size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        label = f"[pasted {size} #{self._count}]"
        self._texts[label] = text
        return label

    def unfolded(self, text: str) -> str:
        """Return `text` with the pastes in place of their labels; text inside a paste is left as it is."""
        return _LABEL.sub(lambda label: self._texts.get(label[0], label[0]), text)

    def folded(self, text: str) -> str:
        """Return `text` with labels in place of the pastes that are in it."""
        for label, paste in self._texts.items():
            if paste in text:
                text = text.replace(paste, label)
        return text

    def spans(self, line: str) -> list[tuple[int, int]]:
        """Return where labels of pastes stand in a line, from the left: first column, column behind it."""
        return [label.span() for label in _LABEL.finditer(line) if label[0] in self._texts]
