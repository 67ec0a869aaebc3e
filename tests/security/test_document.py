"""docs/security.md names a test for each known way around a gate, and each test is named there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "security.md"


def _tests() -> list[str]:
    texts = [path.read_text() for path in HERE.glob("test_*.py") if path != Path(__file__)]
    return [name for text in texts for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE)]


def test_each_class_has_the_test_that_it_names_and_each_test_a_class() -> None:
    table = DOCUMENT.read_text().partition("## Known ways around a gate")[2]
    rows = [row for row in table.splitlines() if row.startswith("| ")][2:]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert all(named), "a class without a test"
    assert sorted(name for names in named for name in names) == sorted(_tests())
