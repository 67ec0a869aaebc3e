"""How a state is reached: the app with a session that a script plays, and a clock that stands still."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from textual.widgets import Input

from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench, Clock, app_with, until
from vtcode.frontend import FrontEnd
from vtcode.frontends.tui.settings import UiSettings

_TERMINAL = {"COLORTERM": "truecolor", "TERM": "xterm-256color", "EDITOR": "nano"}
_SAYS_OTHERWISE = ("NO_COLOR", "COLORFGBG", "VISUAL", "SSH_CONNECTION", "TMUX")
_STILL_FOR = 3
"""So many frames without a change, and the screen counts as still."""

Reach = Callable[[Bench], Awaitable[None]]
Opening = Callable[[FrontEnd], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class State:
    """Something that the app shows, and how to get there."""

    name: str
    about: str
    """What is seen, for somebody who does not see it."""
    reach: Reach
    opening: Opening | None = None
    """Happens before there is a session."""


ALL: dict[str, State] = {}


def state(about: str, *, opening: Opening | None = None) -> Callable[[Reach], Reach]:
    """Have a function be the way to a state of its name."""

    def add(reach: Reach) -> Reach:
        name = getattr(reach, "__name__", "").replace("_", "-")
        ALL[name] = State(name=name, about=about, reach=reach, opening=opening)
        return reach

    return add


@contextmanager
def _usual_terminal() -> Iterator[None]:
    """Have the environment say the same everywhere; put it back afterwards."""
    before = {name: os.environ.get(name) for name in (*_TERMINAL, *_SAYS_OTHERWISE)}
    os.environ.update(_TERMINAL)
    for name in _SAYS_OTHERWISE:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@asynccontextmanager
async def staged(
    wanted: State, size: tuple[int, int] = (80, 24), theme: str = "vtcode-dark"
) -> AsyncIterator[Bench]:
    """Run the app in a state."""
    sessions: list[FakeSession] = []

    async def open_session(front_end: FrontEnd) -> FakeSession:
        if wanted.opening:
            await wanted.opening(front_end)
        return sessions[0]

    clock = Clock()
    with _usual_terminal():
        app = app_with(open_session, UiSettings(theme=theme, reduce_motion=True), clock=clock)
        sessions.append(FakeSession(app.front_end))
        async with app.run_test(size=size) as pilot:
            bench = Bench(app=app, pilot=pilot, session=sessions[0], clock=clock)
            if not wanted.opening:
                await until(pilot, lambda: bench.status_text().startswith("ready"))
            await wanted.reach(bench)
            for field in app.screen.query(Input):
                field.cursor_blink = False
            await still(bench)
            yield bench
            bench.session.interrupt()
            await pilot.pause()


async def still(bench: Bench) -> None:
    """Wait until the screen has stopped changing."""
    shown, frames = "", 0
    async with asyncio.timeout(20):
        while frames < _STILL_FOR:
            await bench.pilot.pause(0.02)
            now = bench.screen_text()
            shown, frames = now, frames + 1 if now == shown else 0
