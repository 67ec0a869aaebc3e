"""Text indented as its new surroundings are. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Reindent: TypeAlias = Callable[[str], str]
"""From a line as the model wrote it to the line as it belongs into the file."""


def reindent_like(written: Sequence[str], actual: Sequence[str]) -> Reindent:
    """Return how to indent further lines, learned from lines that are the same but for their indentation.

    Levels that were seen are mapped as they were; deeper ones go on from the nearest seen level, in the
    file's unit (a tab for so many spaces, four spaces for two).
    """
    levels: dict[str, str] = {}
    for line, real in zip(written, actual, strict=True):
        if line.strip():
            levels.setdefault(indentation(line), indentation(real))
    unit = _unit(levels)

    def reindent(line: str) -> str:
        indent = indentation(line)
        return _translated(indent, levels, unit) + line[len(indent) :] if line.strip() else line

    return reindent


def indentation(line: str) -> str:
    """Return the blanks that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def _translated(indent: str, levels: dict[str, str], unit: tuple[str, str]) -> str:
    if indent in levels:
        return levels[indent]
    shallower = [level for level in levels if indent.startswith(level)]
    if shallower:
        base = max(shallower, key=len)
        return levels[base] + _converted(indent[len(base) :], unit)
    deeper = [level for level in levels if level.startswith(indent)]
    if deeper:
        base = min(deeper, key=len)
        return levels[base].removesuffix(_converted(base[len(indent) :], unit))
    return indent


def _unit(levels: dict[str, str]) -> tuple[str, str]:
    """Return one step of indentation as it was written, and as the file has it."""
    ordered = sorted(levels, key=len)
    for outer, inner in itertools.pairwise(ordered):
        step, real_step = inner[len(outer) :], levels[inner].removeprefix(levels[outer])
        if inner.startswith(outer) and real_step and levels[inner].startswith(levels[outer]):
            return step, real_step
    for level, real in levels.items():  # one level only: of use where one side is tabs and the other spaces
        if level and real and set(level) != set(real):
            steps = max(level.count("\t"), real.count("\t"), 1)
            return level[: len(level) // steps], real[: len(real) // steps]
    return "", ""


def _converted(extra: str, unit: tuple[str, str]) -> str:
    written, real = unit
    if not written or extra.replace(written, ""):
        return extra
    return real * (len(extra) // len(written))
