"""Who gets the keys that are typed in one go, and what is said of a selection that was copied."""

from __future__ import annotations

import pytest
from textual.events import Key
from textual.selection import SELECT_ALL

from tests.support.tui_app import Bench, running_app
from vtcode.events import ReplyCompleted
from vtcode.messages import AssistantMessage, Usage


def burst(bench: Bench, *keys: str) -> None:
    """Press keys faster than the first of them is acted on."""
    for key in keys:
        bench.app.post_message(Key(key, key if len(key) == 1 else None))


def answer(bench: Bench, text: str) -> None:
    bench.app.transcript.apply(
        ReplyCompleted(message=AssistantMessage(text=text), finish="stop", usage=Usage())
    )


async def test_keys_right_behind_tab_move_in_the_transcript() -> None:
    async with running_app() as bench:
        answer(bench, "one")
        burst(bench, "tab", "k", "k")
        await bench.until(lambda: bench.app.focused is bench.app.transcript)
        await bench.pilot.pause()
        assert bench.app.prompt.text == ""


@pytest.mark.parametrize("back", ["tab", "escape", "ctrl+c"])
async def test_keys_right_behind_the_way_back_are_typed_into_the_prompt(back: str) -> None:
    async with running_app() as bench:
        answer(bench, "one")
        await bench.pilot.press("tab")
        burst(bench, back, "y", "e", "s")
        await bench.until(lambda: bench.app.prompt.text == "yes")
        assert bench.app.clipboard == ""


async def test_a_search_that_is_typed_in_one_go_is_left_for_the_transcript_in_one_go() -> None:
    async with running_app() as bench:
        answer(bench, "one two one")
        burst(bench, "ctrl+f", "o", "n", "e", "enter", "escape", "escape", "o", "k")
        await bench.until(lambda: bench.app.prompt.text == "ok")
        assert not bench.app.reading.searching
        await bench.pilot.press("ctrl+f")
        assert "Search: one" in bench.screen_text()


async def test_ctrl_c_says_how_much_of_the_prompt_was_copied() -> None:
    async with running_app() as bench:
        bench.app.prompt.put("copy\nme")
        bench.app.prompt.select_all()
        await bench.pilot.press("ctrl+c")
        assert bench.app.clipboard == "copy\nme"
        assert bench.status_text().startswith("Copied 2 lines")


@pytest.mark.parametrize("keys", [["ctrl+c"], ["tab", "ctrl+c"]], ids=["in the prompt", "in the transcript"])
async def test_ctrl_c_says_how_much_of_the_transcript_was_copied(keys: list[str]) -> None:
    async with running_app() as bench:
        answer(bench, "one\n\ntwo")
        await bench.until(lambda: "two" in bench.screen_text())
        bench.app.screen.selections = {bench.app.transcript: SELECT_ALL}
        await bench.pilot.press(*keys)
        assert bench.app.clipboard.endswith("one\n\ntwo")
        count = bench.app.clipboard.count("\n") + 1
        assert bench.status_text().startswith(f"Copied {count} lines")
        assert not bench.app.screen.selections
