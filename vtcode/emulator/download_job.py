"""A download of the emulated server, as it remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from vtcode.emulator.catalog import EmulatedModel
    from vtcode.emulator.faults import Faults


@dataclass(slots=True, kw_only=True)
class DownloadJob:
    """One download."""

    id: str
    model: EmulatedModel
    started_s: float
    faults: Faults
    status: Literal["downloading", "paused", "completed", "failed"] = "downloading"
    downloaded_bytes: int = 0
    completed_s: float = 0.0
    polls: int = 0
