"""What docs/journeys.md tells of a first run is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.journeys import FILE
from tests.support.journeys import JOURNEYS, recorded

MOST_KEYS = 6


def test_a_first_run_takes_the_keys_that_the_document_tells(tmp_path: Path) -> None:
    first = JOURNEYS[0]
    recording = recorded(first, tmp_path)
    told = FILE.read_text(encoding="utf-8")
    counts = re.findall(r"^## \d+\. (.+)\n\n(\d+) keys?\.$", told, re.MULTILINE)
    assert counts[0] == (first.name, str(recording.keys))
    assert recording.keys <= MOST_KEYS
    done = [step.did for step in recording.steps]
    assert re.findall(r"^\*\*(.+)\*\*$", told, re.MULTILINE)[: len(done)] == done


def test_every_journey_is_told() -> None:
    told = re.findall(r"^## \d+\. (.+)$", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == [journey.name for journey in JOURNEYS]
    assert len(told) == 10
