"""docs/lmstudio.md promises nothing that no test shows: every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "lmstudio.md").read_text(encoding="utf-8")
TEST_NAMES = frozenset(
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
)
QUIRK_ROWS = dict(re.findall(r"^\| Q(\d+) \|.*\| ([^|]+) \|$", DOCUMENT, re.MULTILINE))


def test_every_quirk_has_its_row() -> None:
    assert list(QUIRK_ROWS) == [str(number) for number in range(1, 59)]


@pytest.mark.parametrize("quirk", QUIRK_ROWS)
def test_a_quirk_has_a_test_of_its_own_that_meets_it_over_http(quirk: str) -> None:
    named = re.findall(r"`(test_\w+)`", QUIRK_ROWS[quirk])
    written = {
        name
        for file in (ROOT / "tests" / "quirks").glob("test_*.py")
        for name in re.findall(rf"def (test_q{int(quirk):02}_\w+)", file.read_text(encoding="utf-8"))
    }

    assert named
    assert set(named) == written


def test_every_test_that_is_named_is_there() -> None:
    missing = sorted(set(re.findall(r"`(test_\w+)`", DOCUMENT)) - TEST_NAMES)

    assert not missing
