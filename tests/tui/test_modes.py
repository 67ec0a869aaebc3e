"""The mode in the app: always shown, changed by a key."""

from __future__ import annotations

import pytest

from tests.support.tui_app import running_app
from vtcode.events import Notice


async def test_the_status_line_names_the_mode_and_shift_tab_goes_to_the_next() -> None:
    async with running_app() as bench:
        assert "build mode" in bench.status_text()
        await bench.pilot.press("shift+tab")
        assert "Plan mode: nothing is changed" in bench.status_text()
        assert bench.session.modes.current == "plan"
        bench.app.status_line.hint("")
        assert "plan mode" in bench.status_text()


async def test_auto_mode_without_a_sandbox_stays_on_the_screen_as_a_warning() -> None:
    async with running_app() as bench:
        await bench.pilot.press("shift+tab", "shift+tab")
        await bench.settle()
        (notice,) = [event for event in bench.shown if isinstance(event, Notice)]
        assert notice.level == "warning"
        assert "no full sandbox" in notice.text


@pytest.mark.parametrize("width", [40, 80, 200])
async def test_the_mode_is_shown_at_every_width(width: int) -> None:
    async with running_app(size=(width, 24)) as bench:
        assert "build" in bench.status_text()


async def test_the_key_works_from_the_transcript_too() -> None:
    async with running_app() as bench:
        bench.app.transcript.focus()
        await bench.pilot.press("shift+tab")
        assert bench.session.modes.current == "plan"
