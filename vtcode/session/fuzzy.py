"""Which paths are meant by a few letters of them, and in what order; pure.

The letters count in their order, whatever stands between them, in either case. How well a path fits is told
in a few classes that people can foresee, not in points: a name that begins with the letters comes before one
that merely holds them, and a name before a folder.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Rank: TypeAlias = tuple[int, int, str]
"""How well a path fits: its class, its length, itself. The least is the best."""


def ranked(paths: Iterable[str], letters: str) -> list[Rank]:
    """Return the ranks of those paths that `letters` may mean, in the order of `paths`; without any: all."""
    wanted = letters.casefold()
    fits = _in_order(wanted).match
    return [(_class(folded, wanted), len(path), path) for path in paths if fits(folded := path.casefold())]


def _in_order(letters: str) -> re.Pattern[str]:
    """Return an expression for text with these letters; it takes linear time, as it never steps back."""
    return re.compile("".join(f"[^{re.escape(letter)}]*{re.escape(letter)}" for letter in letters))


def _class(path: str, letters: str) -> int:
    name = path.removesuffix("/").rpartition("/")[2]
    if name == letters or name.partition(".")[0] == letters:
        return 0
    if name.startswith(letters):
        return 1
    place = name.find(letters)
    if place >= 0:
        return 2 if not name[place - 1].isalnum() else 3
    if letters in path:
        return 4
    return 5 if _in_order(letters).match(name) else 6
