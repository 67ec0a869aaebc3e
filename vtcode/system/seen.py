"""What the model has seen of a file: which state of it, and which of its lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """One file, as far as the model knows it."""

    digest: str
    """Of the state that it last saw something of."""
    unseen: tuple[tuple[int, int], ...] = ()
    """Ranges of lines of that state that it has not seen, first and last, from 1; empty: it knows all."""

    def with_lines(self, first: int, last: int) -> SeenFile:
        """Return this with the lines from `first` to `last` seen as well."""
        left = [
            rest
            for start, end in self.unseen
            for rest in ((start, min(end, first - 1)), (max(start, last + 1), end))
            if rest[0] <= rest[1]
        ]
        return replace(self, unseen=tuple(left))


def unseen_file(digest: str, text: str) -> SeenFile:
    """Return what is known of a state of a file before any of its lines was seen."""
    return SeenFile(digest=digest, unseen=((1, count_lines(text)),) if text else ())


def count_lines(text: str) -> int:
    """Return how many lines a text has; the empty text has one."""
    return text.removesuffix("\n").count("\n") + 1
