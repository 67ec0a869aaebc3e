"""When making room in a window is given up, and how much of it is kept for an answer."""

from __future__ import annotations

import pytest

from vtcode.agent.compaction import answer_reserve
from vtcode.agent.cramped import Cramped


def hopeless(cramped: Cramped, tokens: int) -> bool:
    return cramped.is_hopeless(tokens, limit=800, window_tokens=1_000)


def test_room_that_is_hardly_any_is_made_once_and_not_over_and_over() -> None:
    cramped = Cramped()
    assert [hopeless(cramped, 790) for _ in range(2)] == [False, True]


def test_where_there_was_room_between_it_is_tried_again() -> None:
    cramped = Cramped()
    assert [hopeless(cramped, tokens) for tokens in (790, 750, 790)] == [False] * 3
    cramped.fits()
    assert not hopeless(cramped, 790)


def test_what_can_never_fit_is_given_up_at_once() -> None:
    assert hopeless(Cramped(), 1_501)
    assert not hopeless(Cramped(), 1_500)


@pytest.mark.parametrize(
    ("max_tokens", "reserve"),
    [(None, 1_000), (100, 1_000), (1_500, 1_500), (9_000, 2_000)],
    ids=["no limit", "a low one", "its limit", "at most a quarter"],
)
def test_an_answer_has_an_eighth_or_its_limit(max_tokens: int | None, reserve: int) -> None:
    assert answer_reserve(8_000, max_tokens) == reserve
