"""The Markdown in which commands answer: tables, code, and foreign text that is no markup in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEWEST_TICKS = 3


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; cells are Markdown, and may hold any character but a line break."""
    return "\n".join(_row(cells) for cells in (head, tuple("---" for _ in head), *rows))


def fenced(text: str, language: str = "") -> str:
    """Return a code block that holds any text: nothing in it can end the block."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(_FEWEST_TICKS, longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def quoted(text: str) -> str:
    """Return foreign text as code within a line, with what hides or breaks it spelled out."""
    return f"`{revealed(text, keep_newlines=False).replace('`', chr(39))}`"


def _row(cells: tuple[str, ...]) -> str:
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
