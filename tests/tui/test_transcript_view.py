"""The transcript on a screen, driven by keys and the mouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from vtcode.actions import CommandAction
from vtcode.details import CommandDetails
from vtcode.events import (
    HistoryCleared,
    Notice,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnStarted,
)
from vtcode.frontends.tui.theme import DARK, LIGHT
from vtcode.frontends.tui.widgets.transcript_view import TranscriptView
from vtcode.messages import AssistantMessage, ToolCall, Usage

TCSS = Path(__file__).parents[2] / "vtcode/frontends/tui/styles/transcript.tcss"


class Screenful(App[None]):
    CSS_PATH: ClassVar = [TCSS]
    CSS = "TranscriptView { height: 1fr; } Input { border: none; }"

    def compose(self) -> ComposeResult:
        yield TranscriptView()
        yield Input()

    def on_mount(self) -> None:
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.query_one(Input).focus()


@dataclass
class Stage:
    app: Screenful
    pilot: Pilot[None]
    view: TranscriptView

    def rows(self) -> list[str]:
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await self.pilot.pause()

    async def until_shown(self, text: str) -> None:
        await self.until(lambda: any(text in row for row in self.rows()))

    async def until_gone(self, text: str) -> None:
        await self.until(lambda: all(text not in row for row in self.rows()))

    def talk(self, turns: int) -> None:
        for turn in range(turns):
            self.view.apply(TurnStarted(turn=turn, text=f"question {turn}"))
            message = AssistantMessage(text=f"answer {turn}\n\n- point\n- point")
            self.view.apply(ReplyCompleted(message=message, finish="stop", usage=Usage()))

    def run_command(self, output: str = "line 1\nline 2\n") -> None:
        action = CommandAction(command="make", cwd="/w", timeout_s=1)
        call = ToolCall(id="1", name="run_pty_cmd", arguments="{}")
        self.view.apply(ToolStarted(call=call, action=action))
        self.view.apply(ToolOutputDelta(call_id="1", text=output))
        details = CommandDetails(command="make", output=output, exit_code=0)
        self.view.apply(
            ToolFinished(call_id="1", name="run_pty_cmd", status="completed", text=output, details=details)
        )

    def row_of(self, text: str) -> int:
        return next(y for y, row in enumerate(self.rows()) if text in row)


@asynccontextmanager
async def stage(width: int = 60, height: int = 20) -> AsyncIterator[Stage]:
    app = Screenful()
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield Stage(app, pilot, app.query_one(TranscriptView))


async def test_what_streams_in_is_shown() -> None:
    async with stage() as it:
        it.view.apply(ReplyDelta(text="Hel"))
        assert it.rows()[0] == "  Hel"
        it.view.apply(ReplyDelta(text="lo **there**"))
        await it.until_shown("Hello there")


async def test_what_came_before_the_first_layout_is_shown() -> None:
    app = Screenful()
    view = TranscriptView()
    view.apply(ReplyDelta(text="early"))
    async with app.run_test() as pilot:
        await app.query_one(TranscriptView).remove()
        await app.mount(view, before=0)
        await Stage(app, pilot, view).until_shown("early")


async def test_it_stays_at_the_end() -> None:
    async with stage() as it:
        it.talk(40)
        await it.until_shown("answer 39")
        assert it.rows()[-1] == "  • point"
        assert not it.view.unseen_below


async def test_it_stays_at_the_end_where_rows_below_it_close_while_it_grows() -> None:
    async with stage() as it:
        it.talk(10)
        below = it.app.query_one(Input)
        for turn in range(3):
            below.styles.height = 8
            await it.until(lambda: it.view.size.height == 12)
            below.styles.height = 1
            it.view.apply(Notice(level="info", text=f"answer to command {turn}"))
            await it.until_shown(f"answer to command {turn}")
        assert not it.view.unseen_below


async def test_a_reader_who_scrolled_up_is_told_of_news_and_goes_back_with_end() -> None:
    async with stage() as it:
        it.talk(40)
        await it.until_shown("answer 39")
        it.view.focus()
        await it.pilot.press("pageup")
        rows = it.rows()
        assert not it.view.unseen_below
        it.view.apply(Notice(level="info", text="news"))
        await it.until(lambda: it.view.unseen_below)
        assert it.rows() == rows
        await it.pilot.press("G")
        await it.until_shown("news")
        assert not it.view.unseen_below


async def test_the_wheel_scrolls_and_back_at_the_end_it_follows() -> None:
    async with stage() as it:
        it.talk(40)
        await it.until_shown("answer 39")
        it.view.scroll_to(y=it.view.scroll_offset.y - 3, animate=False)
        it.view.apply(Notice(level="info", text="news"))
        await it.until(lambda: it.view.unseen_below)
        it.view.scroll_end(animate=False)
        await it.until_shown("news")
        it.view.apply(Notice(level="info", text="more news"))
        await it.until_shown("more news")


async def test_home_shows_the_first_line() -> None:
    async with stage() as it:
        it.talk(40)
        await it.until_shown("answer 39")
        it.view.focus()
        await it.pilot.press("home")
        await it.until_shown("question 0")
        assert it.view.scroll_offset.y == 0


async def test_a_click_on_a_calls_line_unfolds_it_in_place_and_folds_it_again() -> None:
    async with stage() as it:
        it.talk(10)
        it.run_command()
        await it.until_shown("exit 0")
        await it.pilot.click(TranscriptView, offset=(6, it.row_of("exit 0")))
        await it.until_shown("line 2")
        await it.pilot.click(TranscriptView, offset=(6, it.row_of("exit 0")))
        await it.until_gone("line 2")
        assert it.app.focused is it.app.query_one(Input)


async def test_the_cursor_moves_over_blocks_and_unfolds_with_enter() -> None:
    async with stage() as it:
        it.talk(2)
        it.run_command()
        it.view.apply(Notice(level="info", text="n"))
        await it.until_shown("exit 0")
        it.view.focus()
        await it.until_shown("·▎n")
        await it.pilot.press("k")
        await it.until_shown("✓▎run_pty_cmd")
        await it.pilot.press("enter")
        await it.until_shown(" ▎  line 2")
        await it.pilot.press("up", "k")
        await it.until_shown("›▎question 1")
        await it.pilot.press("j", "down", "space")
        await it.until_gone("line 2")


async def test_the_cursor_scrolls_through_a_block_longer_than_the_window() -> None:
    async with stage(height=12) as it:
        it.view.apply(ReplyDelta(text="\n\n".join(f"paragraph {n}" for n in range(20))))
        it.view.apply(Notice(level="info", text="the end"))
        await it.until_shown("the end")
        it.view.focus()
        await it.pilot.press("k")
        await it.until_shown("▎paragraph 19")
        await it.pilot.press(*"kkkkkkk")
        await it.until_shown("paragraph 3")
        await it.pilot.press(*"jjjjjjjjj")
        await it.until_shown("▎the end")


async def test_e_unfolds_all_and_c_folds_all() -> None:
    async with stage() as it:
        it.view.apply(ReasoningDelta(text="deep thought"))
        it.view.apply(ReplyDelta(text="so"))
        it.run_command()
        await it.until_shown("exit 0")
        it.view.focus()
        await it.pilot.press("e")
        await it.until_shown("deep thought")
        await it.until_shown("line 2")
        await it.pilot.press("c")
        await it.until_gone("deep thought")
        await it.until_gone("line 2")


async def test_the_last_fold_opens_without_the_focus() -> None:
    async with stage() as it:
        it.run_command()
        it.view.apply(Notice(level="info", text="n"))
        it.view.toggle_last_fold()
        await it.until_shown("line 2")


async def test_reasoning_can_be_hidden_and_shown() -> None:
    async with stage() as it:
        it.view.apply(ReasoningDelta(text="deep thought"))
        it.view.apply(ReplyDelta(text="so"))
        it.view.set_reasoning_visible("hidden")
        await it.until(lambda: it.rows()[0] == "  so")
        it.view.set_reasoning_visible("always")
        await it.until_shown("deep thought")


async def test_a_new_width_wraps_anew_and_keeps_the_end() -> None:
    async with stage() as it:
        it.talk(20)
        it.view.apply(ReplyDelta(text="words " * 30 + "end"))
        await it.until_shown("end")
        await it.pilot.resize_terminal(40, 16)
        await it.until(lambda: it.view._layouts.width < 40 and it.rows()[-1].endswith("end"))
        assert max(map(len, it.rows())) < 40


@pytest.mark.parametrize("width", [40, 250])
async def test_narrow_and_wide_screens_hold_together(width: int) -> None:
    async with stage(width=width) as it:
        it.talk(3)
        it.run_command()
        await it.until_shown("exit 0")
        strips = [it.view.render_line(y) for y in range(it.view.size.height)]
        assert {strip.cell_length for strip in strips} == {it.view.scrollable_content_region.width}


async def test_a_theme_repaints() -> None:
    async with stage() as it:
        it.view.apply(ReplyDelta(text="`code`"))
        await it.until_shown("code")

        def colours() -> set[str]:
            segments = it.view.render_line(0)
            return {
                str(segment.style.color) for segment in segments if segment.style and segment.text.strip()
            }

        before = colours()
        it.app.theme = LIGHT.name
        await it.until(lambda: colours() != before)


async def test_a_drag_selects_and_copies_without_the_wraps() -> None:
    async with stage(width=40) as it:
        it.view.apply(ReplyDelta(text="first\n\n" + "words " * 12 + "end"))
        await it.until_shown("end")
        await it.pilot.mouse_down(TranscriptView, offset=(3, 2))
        await it.pilot.hover(TranscriptView, offset=(11, 4))
        await it.pilot.mouse_up(TranscriptView, offset=(11, 4))
        await it.until(lambda: bool(it.app.screen.selections))
        copied = it.app.screen.get_selected_text() or ""
        assert "\n" not in copied.strip()
        assert copied.startswith("words words words")
        style = it.app.screen.get_component_rich_style("screen--selection")
        assert any(
            segment.style and segment.style.bgcolor == style.bgcolor for segment in it.view.render_line(2)
        )


@pytest.mark.parametrize(
    ("at", "times", "selected"),
    [
        pytest.param("and", 2, "and", id="a word"),
        pytest.param("src", 2, "src/app.py:4", id="a path"),
        pytest.param("long", 2, "long" * 20, id="a word that the width broke"),
        pytest.param("last", 2, "last", id="without the full stop"),
        pytest.param("last", 3, f"and in src/app.py:4 {'long' * 20} at last.", id="a line"),
    ],
)
async def test_two_clicks_select_the_word_and_three_the_line(at: str, times: int, selected: str) -> None:
    async with stage() as it:
        it.view.apply(ReplyDelta(text=f"**all** of it\n\nand in src/app.py:4 {'long' * 20} at last."))
        await it.until_shown("last")
        y = it.row_of(at)
        await it.pilot.click(TranscriptView, offset=(it.rows()[y].index(at) + 1, y), times=times)
        assert it.app.screen.get_selected_text() == selected


async def test_a_cleared_history_leaves_an_empty_screen_that_fills_again() -> None:
    async with stage() as it:
        it.talk(30)
        await it.until_shown("answer 29")
        it.view.apply(HistoryCleared())
        await it.until(lambda: not any(it.rows()))
        it.talk(1)
        await it.until_shown("answer 0")


async def test_events_and_focus_between_frames_do_not_meet_a_stale_layout() -> None:
    async with stage() as it:
        for turn in range(30):
            it.talk(3)
            it.view.apply(ReplyDelta(text=f"piece {turn}"))
            it.view.focus() if turn % 2 else it.app.query_one(Input).focus()
            await it.pilot.press("k")
        await it.until(lambda: it.view._frame_timer is None)
        assert len(it.view._layouts) == len(it.view.transcript.blocks)


async def test_a_flood_draws_few_frames() -> None:
    async with stage() as it:
        frames = 0
        settle = it.view._viewport.settle

        def counted() -> int:
            nonlocal frames
            frames += 1
            return settle()

        it.view._viewport.settle = counted  # type: ignore[method-assign]
        for number in range(2_000):
            it.view.apply(ReplyDelta(text=f"{number} "))
        assert frames <= 1
        await it.until_shown("1999")
