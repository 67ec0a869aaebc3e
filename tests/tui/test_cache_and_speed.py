"""What is shown of reading prompts, of the cache and of speed; and when the cache is warmed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.tui_app import running_app
from tests.tui.test_status_line import FACTS, STATUS, TURN
from vtcode.events import ModelLoading, PromptProgress, ReplyDelta
from vtcode.frontends.tui.activity import Activity, phase_of
from vtcode.frontends.tui.widgets.status_line import StatusFacts, status_content
from vtcode.frontends.tui.wording import prefill_words

GUESSED = PromptProgress(
    processed_tokens=None, total_tokens=3_000, cached_tokens=2_760, estimated=True, expected_s=12.3
)


def test_what_is_new_in_a_prompt_is_told_with_how_long_it_should_take() -> None:
    activity = Activity()
    activity.apply(TURN)
    activity.apply(GUESSED)
    assert activity.words == "reading prompt ~240 new of ~3,000"
    assert activity.expected_s == 12.3
    assert prefill_words(GUESSED) == (
        "reading the prompt … ~3,000 tokens, ~2,760 of them cached, takes ~12 s"
    )


def test_what_was_expected_holds_while_the_server_tells_how_far_it_is_and_ends_with_it() -> None:
    activity = Activity()
    for event in (TURN, GUESSED, PromptProgress(processed_tokens=100, total_tokens=3_000)):
        activity.apply(event)
    assert activity.expected_s == 12.3
    activity.apply(ReplyDelta(text="hi"))
    assert activity.expected_s is None


@pytest.mark.parametrize(
    ("words", "phase"),
    [
        ("reading prompt 1,200/3,000", "reading"),
        ("reading prompt ~3,000", "reading"),
        ("loading 40%", "loading"),
        ("loading the model", "loading"),
        ("running read_file", "running read_file"),
    ],
)
def test_figures_do_not_make_another_phase(words: str, phase: str) -> None:
    assert phase_of(words) == phase


@pytest.mark.parametrize(
    ("elapsed_s", "expected_s", "shown"),
    [
        (3, 12.3, "~240 new 3s of ~12s"),
        (0, 12.3, "~240 new ~12s"),
        (3, 0.4, "~240 new 3s"),
        (0, None, "new ·"),
    ],
)
def test_seconds_stand_beside_those_that_it_should_take(
    elapsed_s: int, expected_s: float | None, shown: str
) -> None:
    facts = StatusFacts(
        words="reading prompt ~240 new", elapsed_s=elapsed_s, expected_s=expected_s, status=STATUS
    )
    assert shown in status_content(facts, 160).plain


@pytest.mark.parametrize(
    ("share", "estimated", "shown"),
    [(0.924, False, "92% cached"), (0.924, True, "~92% cached"), (0.0, False, "0% cached")],
)
def test_how_much_of_the_prompt_was_cached_is_shown(share: float, estimated: bool, shown: str) -> None:
    status = replace(STATUS, cached_share=share, cached_estimated=estimated)
    assert f" · {shown} " in status_content(replace(FACTS, status=status), 160).plain


@pytest.mark.parametrize(("share", "estimated"), [(None, False), (0.0, True)])
def test_of_a_cache_that_nobody_knows_nothing_is_shown(share: float | None, estimated: bool) -> None:
    status = replace(STATUS, cached_share=share, cached_estimated=estimated)
    assert "cached" not in status_content(replace(FACTS, status=status), 160).plain


async def test_seconds_are_counted_through_all_steps_of_reading() -> None:
    async with running_app() as bench:
        await bench.app.front_end.show(TURN)
        await bench.app.front_end.show(PromptProgress(processed_tokens=10, total_tokens=100))
        bench.clock.now += 5
        await bench.app.front_end.show(PromptProgress(processed_tokens=90, total_tokens=100))
        assert "90/100 5s" in bench.status_text()
        await bench.app.front_end.show(ModelLoading(model="m", progress=0.5))
        assert "loading 50% ·" in bench.status_text()


async def test_the_cache_is_warmed_once_the_session_is_there_and_with_each_key() -> None:
    async with running_app() as bench:
        await bench.settle()
        assert bench.session.prewarm.starts == 1
        await bench.type("hi")
        assert bench.session.prewarm.starts == 3
        await bench.pilot.press("backspace", "backspace")
        assert bench.session.prewarm.starts == 4


async def test_the_cache_is_warmed_after_a_command() -> None:
    async with running_app() as bench:
        await bench.send("/clear")
        await bench.settle()
        before = bench.session.prewarm.starts
        await bench.send("/clear")
        await bench.settle()
        assert bench.session.prewarm.starts > before + 1
