from __future__ import annotations

import random
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.agent.repetition import RepetitionWatch, without_repetition

UNITS = [
    pytest.param("no ", id="a word"),
    pytest.param("I will read the file now.\n", id="a line"),
    pytest.param("".join(f"{n}. Step {n} of the plan is to look.\n" for n in range(20)), id="a paragraph"),
]


def repetitions_until_noticed(unit: str, kind: str) -> int:
    watch = RepetitionWatch()
    return next(number for number in count(1) if watch.add(unit, kind) or number == 10_000)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["text", "reasoning", "call"])
def test_text_without_end_is_noticed(unit: str, kind: str) -> None:
    fewest = 8_000 if kind == "call" else 1_500
    written = repetitions_until_noticed(unit, kind) * len(unit)
    assert fewest < written < max(fewest, 8 * len(unit)) + 3 * len(unit) + 512


@pytest.mark.parametrize("unit", UNITS)
def test_what_only_repeats_can_be_taken_out(unit: str) -> None:
    kept = without_repetition(f"Beginning. {unit * 1_000}{unit[:2]}")
    assert kept.startswith("Beginning. ")
    assert len(kept) <= len("Beginning. ") + 2 * max(len(unit), 48)
    assert unit.strip() in kept


@given(st.text(max_size=300))
def test_taking_repetitions_out_only_shortens(text: str) -> None:
    assert text.startswith(without_repetition(text))


def test_it_does_not_matter_how_the_text_is_cut_into_pieces() -> None:
    text = "All work and no play. " * 200
    watch = RepetitionWatch()
    assert any(watch.add(character, "text") for character in text)


def test_a_table_and_a_ruled_line_are_no_repetition() -> None:
    table = "".join(f"| {n:>5} | {n * n:>9} | ok |\n" for n in range(200))
    watch = RepetitionWatch()
    assert not any(watch.add(line, "text") for line in (f"{'-' * 1_000}\n{table}").splitlines(keepends=True))


def test_each_kind_is_watched_by_itself() -> None:
    watch = RepetitionWatch()
    assert not any(watch.add("the same line\n" * 90, kind) for kind in ("text", "reasoning", "text"))


@given(st.integers())
def test_prose_is_no_repetition(seed: int) -> None:
    chance = random.Random(seed)
    words = ["the", "file", "test", "fails", "because", "a", "line", "is", "read", "twice", "\n"]
    watch = RepetitionWatch()
    assert not any(watch.add(f"{chance.choice(words)} ", "text") for _ in range(4_000))
