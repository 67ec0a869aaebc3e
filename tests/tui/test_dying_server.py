"""A server that dies while the app talks to it, with a real session and a real server."""

from __future__ import annotations

import pytest

from tests.support.emulator import Emulator
from tests.support.sessions import Bench
from tests.support.tui_app import LATER_S, Clock, app_with, until
from vtcode.bootstrap import Opening, open_session
from vtcode.events import ModelLoading
from vtcode.frontend import FrontEnd
from vtcode.session.session import Session


@pytest.mark.parametrize(("key", "in_prompt"), [("r", ""), ("escape", "One.")], ids=["again", "not now"])
async def test_after_the_server_died_a_key_sends_the_message_again_or_has_it_in_the_prompt(
    bench: Bench, key: str, in_prompt: str
) -> None:
    opened: list[Session] = []

    async def opening(front_end: FrontEnd) -> Session:
        configuration = bench.configuration()
        opened.append(
            await open_session(Opening(configuration=configuration, reload=bench.configuration), front_end)
        )
        return opened[0]

    with Emulator() as emulator:
        bench.settings += [f"providers.lmstudio.base_url={emulator.url}", "context.prewarm=false"]
        clock = Clock()
        app = app_with(opening, clock=clock)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: bool(opened))
            emulator.stop()
            app.prompt.put("One.")
            await pilot.press("enter")
            await until(pilot, lambda: len(app.screen_stack) == 2)
            await app.front_end.show(ModelLoading(model="another", progress=0.0))
            emulator.start()
            clock.now += LATER_S
            await pilot.press(key)
            await until(pilot, lambda: len(app.screen_stack) == 1 and not opened[0].status.busy)
            await until(pilot, lambda: app.prompt.text == in_prompt)
            await until(pilot, lambda: app.status_line.render().plain.strip().startswith("ready"))
            await opened[0].close()
        assert len(emulator.replies_asked) == (key == "r")
