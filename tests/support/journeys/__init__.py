"""The ten commonest journeys through the program, in a real terminal of 80 by 24."""

from __future__ import annotations

from tests.support.journeys.recording import Journey, Step, recorded
from tests.support.journeys.ten import JOURNEYS

__all__ = ["JOURNEYS", "Journey", "Step", "recorded"]
