"""`/undo` and `/rewind` in the app, with a real session behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.sessions import Bench, call
from tests.support.tui_app import app_with, until
from vtcode.bootstrap import Opening, open_session
from vtcode.frontend import FrontEnd
from vtcode.frontends.tui.app import VtcodeApp
from vtcode.providers.script import Turn
from vtcode.session.session import Session

WRITES = Turn(calls=(call("write_file", path="new.txt", content="new\n"),))


@asynccontextmanager
async def app_after_a_turn(bench: Bench) -> AsyncIterator[tuple[VtcodeApp, object]]:
    """Run the app; its model has written a file."""
    script = bench.write_script((WRITES, Turn(text="Done."), Turn(text="Well.")))
    bench.settings += ["agent.provider=scripted", f"providers.scripted.script={script}"]
    bench.settings += ["tools.policies.write_file=allow", "sandbox.default_policy=off"]
    opened: list[Session] = []

    async def opening(front_end: FrontEnd) -> Session:
        configuration = bench.configuration()
        opened.append(
            await open_session(Opening(configuration=configuration, reload=bench.configuration), front_end)
        )
        return opened[0]

    app = app_with(opening)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(opened))
        app.prompt.put("Write it.")
        await pilot.press("enter")
        await until(pilot, lambda: (bench.workspace / "new.txt").exists() and not opened[0].status.busy)
        yield app, pilot
        await opened[0].close()


def shown(app: VtcodeApp) -> str:
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text for strip in strips)


@pytest.mark.parametrize(("key", "stays"), [("2", True), ("1", False)])
async def test_undo_shows_what_it_does_and_does_it_when_told(bench: Bench, key: str, stays: bool) -> None:
    async with app_after_a_turn(bench) as (app, pilot):
        app.prompt.put("/undo")
        await pilot.press("enter")
        await until(pilot, lambda: 'Undo what was done to files for "Write it."?' in shown(app))
        assert "new.txt: was made, is removed" in shown(app)
        assert "1 -new" in shown(app)
        app.screen.answer("ready" if key == "1" else "leave")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await until(pilot, lambda: (bench.workspace / "new.txt").exists() == stays)


async def test_rewind_puts_the_message_back_into_the_prompt(bench: Bench) -> None:
    async with app_after_a_turn(bench) as (app, pilot):
        app.prompt.put("/rewind")
        await pilot.press("enter")
        await until(pilot, lambda: "before which message" in shown(app))
        app.screen.answer("1")
        await until(pilot, lambda: 'Go back to before "Write it."?' in shown(app))
        app.screen.answer("both")
        await until(pilot, lambda: app.prompt.text == "Write it.")
        assert not (bench.workspace / "new.txt").exists()
