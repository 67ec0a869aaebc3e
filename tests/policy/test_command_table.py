"""Every command of the table is decided as wanted."""

from __future__ import annotations

import pytest

from tests.policy.commands import EVERYDAY, EVERYDAY_ASKED, READING, TRICKS
from tests.policy.support import Place
from vtcode.permissions import Decision

ROWS = [
    pytest.param(line, wanted, id=f"{group}-{number}-{line[:40]!a}")
    for group, rows in TRICKS.items()
    for number, (line, wanted, _why) in enumerate(rows)
]


@pytest.mark.parametrize(("line", "wanted"), ROWS)
def test_a_command_is_decided_as_the_table_wants(line: str, wanted: Decision, place: Place) -> None:
    verdict = place.judge(line)
    assert verdict.decision == wanted, f"{verdict.rule}: {verdict.reason}"
    assert verdict.reason


@pytest.mark.parametrize("line", EVERYDAY)
def test_everyday_reading_asks_nothing(line: str, place: Place) -> None:
    verdict = place.judge(line)
    wanted = "prompt" if line in EVERYDAY_ASKED else "allow"
    assert verdict.decision == wanted, f"{verdict.rule}: {verdict.reason}"


@pytest.mark.parametrize("line", READING)
def test_the_read_only_set_asks_nothing(line: str, place: Place) -> None:
    verdict = place.judge(line)
    assert (verdict.decision, verdict.rule) == ("allow", "built-in"), verdict.reason


def test_an_everyday_command_of_each_kind_is_tried() -> None:
    assert len(READING) == 25


def test_no_command_stands_in_the_table_twice() -> None:
    lines = [line for rows in TRICKS.values() for line, _wanted, _why in rows]
    assert len(lines) == len(set(lines))
    assert len(lines) >= 300
    assert all(why for rows in TRICKS.values() for _line, _wanted, why in rows)
