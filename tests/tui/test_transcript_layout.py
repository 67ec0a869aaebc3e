"""Where blocks stand and which lines are in sight: geometry without a screen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.geometry import Offset
from textual.selection import Selection

from vtcode.events import ModelLoading, ReasoningDelta, ReplyCompleted, ReplyDelta, TurnStarted
from vtcode.frontends.tui.blocks import ReplyBlock
from vtcode.frontends.tui.transcript import Transcript
from vtcode.frontends.tui.widgets.block_layouts import MAX_KEPT_LINES, MIN_KEPT_BLOCKS, BlockLayouts
from vtcode.frontends.tui.widgets.height_index import HeightIndex
from vtcode.frontends.tui.widgets.strips import row_key, selected_text
from vtcode.frontends.tui.widgets.viewport import Viewport
from vtcode.messages import AssistantMessage, Usage

WIDTH, HEIGHT = 40, 10


def conversation(turns: int, *, paragraphs: int = 3) -> Transcript:
    transcript = Transcript()
    for turn in range(turns):
        transcript.apply(TurnStarted(turn=turn, text=f"question {turn}"))
        text = "\n\n".join(f"answer {turn} " + "words " * 20 for _ in range(paragraphs))
        transcript.apply(ReplyCompleted(message=AssistantMessage(text=text), finish="stop", usage=Usage()))
    return transcript


def laid_out(transcript: Transcript, width: int = WIDTH) -> tuple[BlockLayouts, Viewport]:
    layouts = BlockLayouts(transcript.blocks)
    viewport = Viewport(layouts)
    viewport.height = HEIGHT
    layouts.restart(width)
    return layouts, viewport


def in_sight(viewport: Viewport) -> list[str]:
    return [line.text.strip() for _, _, line in viewport.rows(viewport.settle())]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 9), max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 9)), max_size=20),
    st.integers(0, 40),
)
def test_the_height_index_agrees_with_plain_sums(
    heights: list[int], changes: list[tuple[int, int]], kept: int
) -> None:
    index = HeightIndex(heights)
    index.truncate(min(kept, len(heights)))
    heights = heights[:kept]
    for place, height in changes:
        if place < len(heights):
            heights[place] = height
            index.set(place, height)
    index.append(3)
    heights.append(3)
    assert index.total == sum(heights)
    assert [index.top(place) for place in range(len(heights))] == [
        sum(heights[:place]) for place in range(len(heights))
    ]
    lines = [(place, line) for place, height in enumerate(heights) for line in range(height)]
    assert [index.find(y) for y in range(sum(heights))] == lines


def test_at_the_start_the_end_is_in_sight() -> None:
    layouts, viewport = laid_out(conversation(50))
    last = [line.text.strip() for line in layouts.lines(len(layouts) - 1)]
    assert in_sight(viewport) == last[-HEIGHT:]
    assert viewport.follows


def test_only_what_is_near_is_laid_out() -> None:
    layouts, viewport = laid_out(conversation(500))
    viewport.settle()
    assert len(layouts._laid) < 10


def test_scrolling_up_line_by_line_never_jumps() -> None:
    layouts, viewport = laid_out(conversation(30))
    rows = in_sight(viewport)
    for _ in range(60):
        viewport.go_to(viewport.settle() - 1)
        moved = in_sight(viewport)
        assert moved[1:] == rows[:-1]
        rows = moved
    assert not viewport.follows
    assert layouts.total_height > 60


def test_a_reader_who_scrolled_up_stays_while_the_answer_grows() -> None:
    transcript = conversation(30)
    layouts, viewport = laid_out(transcript)
    viewport.go_to(viewport.settle() - 25)
    rows = in_sight(viewport)
    for _ in range(50):
        transcript.apply(ReplyDelta(text="more and more words "))
        layouts.update()
        assert in_sight(viewport) == rows


def test_a_reader_keeps_the_place_while_guessed_heights_above_become_exact() -> None:
    layouts, viewport = laid_out(conversation(200))
    viewport.go_to(layouts.total_height // 2)
    rows = in_sight(viewport)
    before = viewport.settle()
    while layouts.measure_some(50):
        assert in_sight(viewport) == rows
    assert viewport.settle() != before


@pytest.mark.parametrize("width", [30, 80, 200])
def test_a_reader_keeps_the_block_when_the_width_changes(width: int) -> None:
    transcript = conversation(60)
    layouts, viewport = laid_out(transcript)
    viewport.go_to(layouts.total_height // 2)
    index, _, _ = next(viewport.rows(viewport.settle()))
    viewport.remember()
    layouts.restart(width)
    assert next(viewport.rows(viewport.settle()))[0] == index
    assert not viewport.follows


def test_reaching_the_end_follows_again() -> None:
    layouts, viewport = laid_out(conversation(30))
    viewport.go_to(viewport.settle() - 5)
    assert not viewport.follows
    viewport.go_to(layouts.total_height)
    viewport.settle()
    assert viewport.follows


def test_a_transcript_shorter_than_the_window_starts_at_its_top() -> None:
    _, viewport = laid_out(conversation(1, paragraphs=1))
    assert viewport.settle() == 0
    assert in_sight(viewport)[0] == "› question 0"


def test_an_empty_transcript_has_no_rows() -> None:
    _, viewport = laid_out(Transcript())
    assert in_sight(viewport) == []


def test_hidden_reasoning_takes_no_line_and_no_gap() -> None:
    transcript = Transcript()
    for event in (TurnStarted(turn=1, text="q"), ReasoningDelta(text="hm"), ReplyDelta(text="a")):
        transcript.apply(event)
    layouts, viewport = laid_out(transcript)
    layouts.hides_reasoning = True
    layouts.restart(WIDTH)
    assert in_sight(viewport) == ["› q", "", "a"]


def test_a_live_line_that_goes_leaves_nothing_behind() -> None:
    transcript = Transcript()
    transcript.apply(TurnStarted(turn=1, text="q"))
    transcript.apply(ModelLoading(model="m", progress=None))
    layouts, viewport = laid_out(transcript)
    assert in_sight(viewport)[-1] == "· loading m …"
    transcript.apply(ReplyDelta(text="a"))
    layouts.update()
    assert in_sight(viewport) == ["› q", "", "a"]


def test_a_growing_answer_keeps_the_lines_that_are_settled() -> None:
    transcript = Transcript()
    transcript.apply(ReplyDelta(text="one\n\ntwo\n\nthree\nfo"))
    layouts, viewport = laid_out(transcript)
    viewport.settle()
    before = list(layouts.lines(0))
    transcript.apply(ReplyDelta(text="ur"))
    layouts.update()
    after = layouts.lines(0)
    assert [line.text.strip() for line in after] == ["one", "", "two", "", "three", "four"]
    assert all(one is other for one, other in zip(before[:3], after[:3], strict=True))


def test_an_answer_that_is_discarded_is_laid_out_anew() -> None:
    transcript = Transcript()
    transcript.apply(ReplyDelta(text="one"))
    layouts, viewport = laid_out(transcript)
    assert in_sight(viewport) == ["one"]
    block = transcript.blocks[0]
    assert isinstance(block, ReplyBlock)
    block.discarded = True
    transcript.blocks.touch(block)
    layouts.update()
    assert in_sight(viewport) == ["▾ discarded answer", "one"]


def test_lines_that_are_not_needed_are_forgotten() -> None:
    transcript = conversation(400, paragraphs=40)
    layouts, _ = laid_out(transcript)
    heights = [layouts.ensure(index) for index in range(len(layouts))]
    assert sum(heights) > 2 * MAX_KEPT_LINES
    kept = sum(len(laid.lines) for laid in layouts._laid.values())
    assert kept == layouts._kept_lines
    assert kept <= MAX_KEPT_LINES
    assert MIN_KEPT_BLOCKS <= len(layouts._laid) < len(layouts)


def copied(
    transcript: Transcript, start: tuple[int, int, int] | None, end: tuple[int, int, int] | None
) -> str:
    """Return what a selection from (block, line, character) to another one copies."""
    layouts, _ = laid_out(transcript)
    ids = [block.id for block in transcript.blocks]
    offsets = [place and Offset(place[2], row_key(ids[place[0]], place[1])) for place in (start, end)]
    blocks = ((transcript.blocks[index], layouts.lines(index)) for index in range(len(layouts)))
    return selected_text(blocks, Selection(*offsets))


def reply(text: str) -> Transcript:
    transcript = Transcript()
    transcript.apply(TurnStarted(turn=1, text="question"))
    transcript.apply(ReplyDelta(text=text))
    return transcript


def test_copying_a_whole_block_gives_its_source() -> None:
    source = "**bold** " + "words " * 20 + "\n\n```py\nx = 1\n```"
    assert copied(reply(source), None, None) == f"question\n\n{source}"


def test_copying_a_part_joins_what_only_the_width_parted() -> None:
    transcript = reply("some **bold** " + "words " * 20 + "end\n\nlast")
    assert copied(transcript, (1, 1, 7), (1, 4, 99)) == "bold " + "words " * 20 + "end"


def test_copying_code_leaves_out_its_indent_and_a_list_keeps_its_marks() -> None:
    transcript = reply("x\n\n```py\nif a:\n    b\n```\n\n- one\n- two\n\ny")
    assert copied(transcript, (1, 3, 0), (1, 7, 99)) == "if a:\n    b\n\n• one\n• two"


def test_copying_a_word_broken_by_the_width_gives_the_word() -> None:
    transcript = reply("x\n\n" + "a" * 100)
    assert copied(transcript, (1, 3, 0), (1, 5, 99)) == "a" * 100
