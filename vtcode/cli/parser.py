"""argparse with this program's words: errors are raised, with the nearest name in the hint."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from vtcode.errors import UsageError

_INVALID_CHOICE = re.compile(r"invalid choice: '?([^'(]*?)'? \(choose from (.*)\)$")


class Parser(argparse.ArgumentParser):
    """Raises instead of printing usage and leaving."""

    def error(self, message: str) -> NoReturn:
        """Turn argparse's words into ours.

        Raises:
            UsageError: Always.
        """
        choice = _INVALID_CHOICE.search(message)
        if choice:
            word, allowed = choice.group(1), re.findall(r"\w+", choice.group(2))
            hint = nearest(word, allowed, prefix=f"{self.prog} ") or f"See: {self.prog} --help"
            raise UsageError(f"{word!r} is not known here; allowed: {', '.join(allowed)}.", hint=hint)
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=f"See: {self.prog} --help")


def nearest(word: str, known: list[str], *, prefix: str = "") -> str:
    """Return `Did you mean: ...`, or nothing where nothing is near."""
    import difflib

    near = difflib.get_close_matches(word, known, n=1, cutoff=0.7)
    return f"Did you mean: {prefix}{near[0]}" if near else ""
