"""What a run of the app is told by the configuration; values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    """How the app looks, and where it reports what should not have happened."""

    theme: str = ""
    """`dark`, `light`, or the name of one of Textual's themes; empty or `auto`: as the terminal is."""
    reasoning: Literal["always", "toggle", "hidden"] = "toggle"
    """How the model's reasoning is shown at the start."""
    log_file: Path | None = None
    """Named to the user when the program fails; None: nothing is logged."""
