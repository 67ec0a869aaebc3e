"""Finding text in the blocks of a transcript, and where it stands on their lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.details import TextDetails
from vtcode.events import HistoryCleared, Notice, ReplyDelta, ToolFinished, ToolStarted, TurnStarted
from vtcode.frontends.tui.finding import Finder, Hit, pattern_for
from vtcode.frontends.tui.rendering.block_lines import block_lines
from vtcode.frontends.tui.rendering.matches import find_matches
from vtcode.frontends.tui.transcript import Transcript
from vtcode.messages import ToolCall


def said(*texts: str) -> Transcript:
    transcript = Transcript()
    for number, text in enumerate(texts):
        transcript.apply(TurnStarted(turn=number, text=text))
    return transcript


def finder_for(transcript: Transcript, needle: str) -> Finder:
    finder = Finder(transcript.blocks)
    finder.start(needle)
    while not finder.advance():
        pass
    return finder


@pytest.mark.parametrize(
    ("needle", "text", "count"),
    [
        ("error", "Error, error, ERROR", 3),
        ("Error", "Error, error, ERROR", 1),
        ("a.b", "a.b axb", 1),
        ("two words", "two\n  words", 1),
        (" ", "a b", 0),
        ("", "a b", 0),
    ],
    ids=["any case", "upper case counts", "no pattern", "over a break", "a blank", "nothing"],
)
def test_what_a_needle_finds(needle: str, text: str, count: int) -> None:
    assert finder_for(said(text), needle).total == count


def test_matches_are_gone_through_in_order_and_around_the_ends() -> None:
    finder = finder_for(said("x", "none", "x and x"), "x")
    hit = finder.next(None, 1)
    order = []
    for _ in range(4):
        assert hit
        order.append(finder.number(hit))
        hit = finder.next(hit, 1)
    assert order == [1, 2, 3, 1]
    assert finder.next(Hit(1, 0), -1) == Hit(3, 1)


def test_the_search_begins_with_the_nearest_match_above() -> None:
    finder = finder_for(said("none", "x x", "none", "x"), "x")
    assert finder.nearest(3) == Hit(2, 1)
    assert finder.nearest(1) == Hit(2, 0)
    assert finder_for(said("none"), "x").nearest(1) is None


def test_many_blocks_are_searched_in_slices() -> None:
    transcript = said(*["x" * 10] * 2_000)
    finder = Finder(transcript.blocks)
    finder.start("xxxxxxxxxx")
    slices = 1
    while not finder.advance():
        assert finder.total < 2_000
        slices += 1
    assert finder.total == 2_000
    assert slices >= 4


def test_what_comes_and_what_grows_is_found_without_starting_anew() -> None:
    transcript = said("x")
    finder = finder_for(transcript, "x")
    transcript.apply(ReplyDelta(text="x"))
    assert finder.advance()
    assert finder.total == 2
    transcript.apply(ReplyDelta(text=" x"))
    transcript.apply(Notice(level="info", text="x"))
    assert finder.advance()
    assert finder.total == 4


def test_what_was_cleared_is_not_found() -> None:
    transcript = said("x", "x")
    finder = finder_for(transcript, "x")
    transcript.apply(HistoryCleared())
    assert finder.advance()
    assert finder.total == 0
    transcript.apply(TurnStarted(turn=9, text="x"))
    assert finder.advance()
    assert finder.total == 1


def test_folded_results_and_markdown_are_searched_as_they_read() -> None:
    transcript = Transcript()
    transcript.apply(ReplyDelta(text="a **bold** word\n```python\ncode\n```\n"))
    transcript.apply(ToolStarted(call=ToolCall(id="1", name="read_file", arguments="{}"), action=None))
    details = TextDetails(text="deep inside")
    transcript.apply(
        ToolFinished(call_id="1", name="read_file", status="completed", text="told", details=details)
    )
    assert finder_for(transcript, "bold word").total == 1
    assert finder_for(transcript, "python").total == 0
    assert finder_for(transcript, "deep").total == 1


def test_a_match_over_a_break_that_the_width_made_has_a_piece_on_each_line() -> None:
    transcript = said("alpha beta gamma delta")
    lines = block_lines(transcript.blocks[0], 14)
    pattern = pattern_for("beta gamma")
    assert pattern
    ((first, second),) = find_matches(lines, pattern)
    assert lines[first.number].text[first.start : first.end] == "beta"
    assert lines[second.number].text[second.start : second.end] == "gamma"


@given(
    words=st.lists(
        st.sampled_from(["ab", "abab", "x", "漢字", "ab漢", "a-long-word-that-is-cut"]), min_size=1
    ),
    width=st.integers(10, 60),
)
def test_lines_show_as_many_matches_as_the_text_has(words: list[str], width: int) -> None:
    transcript = said(" ".join(words))
    pattern = pattern_for("ab")
    assert pattern
    found = find_matches(block_lines(transcript.blocks[0], width), pattern)
    assert len(found) == finder_for(transcript, "ab").total
