"""Calls as the families of models write them."""

from __future__ import annotations

import pytest

from tests.support.rescue_samples import SAMPLES, TOOLS, Sample
from vtcode.providers.base import ReasoningPart, TextPart
from vtcode.providers.tool_modes.rescue import RescueParser


def understood(pieces: list[str]) -> Sample:
    """Parse a reply, and check that what was streamed is what is told at the end."""
    parser = RescueParser(TOOLS)
    told = [part for piece in pieces for part in parser.feed(piece)] + parser.flush()
    assert "".join(part.text for part in told if isinstance(part, TextPart)) == parser.text
    streamed = "".join(part.text for part in told if isinstance(part, ReasoningPart))
    assert streamed.strip() == parser.reasoning
    calls = [(call.name, call.arguments) for call in parser.calls]
    return Sample("".join(pieces), calls, parser.text, parser.reasoning)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_a_family_is_understood(sample: Sample) -> None:
    assert understood([sample.reply]) == sample


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_one_character_at_a_time_is_as_good_as_all_at_once(sample: Sample) -> None:
    assert understood(list(sample.reply)) == sample
