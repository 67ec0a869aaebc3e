"""Long work in a small window of a real engine, which refuses what does not fit."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.benchmarks.small_window import measure
from tests.support.embedded import starter_model_path


async def test_calls_whose_results_together_are_larger_than_the_window_overflow_nothing(
    tmp_path: Path,
) -> None:
    await asyncio.to_thread(starter_model_path)
    figures = await measure(tmp_path, calls=2, window_tokens=1_024)
    assert figures.outcome == "completed"
    assert figures.calls == 2
    assert figures.overflow_errors == 0
    assert figures.compactions
    assert figures.notes
    assert figures.largest_prompt < 1_024
