"""The Textual app with a session that the test plays, a clock that the test moves, and no terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.geometry import Region

from tests.support.fake_session import FakeSession, Play, say_nothing
from vtcode.frontends.tui.app import VtcodeApp
from vtcode.frontends.tui.settings import Prepared, UiSettings

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from vtcode.events import Event
    from vtcode.frontend import FrontEnd

DARK = UiSettings(theme="dark")
LATER_S = 10.0
"""Longer than anything that the app waits for on its clock."""


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bench:
    """A running app and what a test needs of it."""

    app: VtcodeApp
    pilot: Pilot[int]
    session: FakeSession
    clock: Clock
    notes: list[str] = field(default_factory=list)
    """What a test writes down to look at later."""

    async def type(self, text: str) -> None:
        """Type characters, one after the other."""
        await self.pilot.press(*("space" if character == " " else character for character in text))

    async def send(self, text: str) -> None:
        """Have `text` in the prompt and press Enter."""
        self.app.prompt.put(text)
        await self.pilot.press("enter")

    async def settle(self) -> None:
        """Let all that was posted be handled, and the guard of a question open."""
        await self.pilot.pause()
        self.clock.now += LATER_S

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds: what streams in is drawn a few times a second only."""
        await until(self.pilot, condition)

    @property
    def shown(self) -> list[Event]:
        """Every event that the session had the app show."""
        return self.session.emitted

    def screen_text(self) -> str:
        """Return what the screen shows, a line a row."""
        size = self.app.size
        lines = self.app.screen._compositor.render_strips(size)
        return "\n".join(strip.crop(0, size.width).text.rstrip() for strip in lines)

    def status_text(self) -> str:
        """Return the status line."""
        return self.app.status_line.render().plain

    def region_text(self, selector: str) -> str:
        """Return what the screen shows where a widget is, a line a row."""
        lines, region = self.screen_text().split("\n"), self.region_of(selector)
        return "\n".join(line[region.x : region.right] for line in lines[region.y : region.bottom])

    def region_of(self, selector: str) -> Region:
        """Return where a widget is."""
        return self.app.screen.query_one(selector).region


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(20):
        while not condition():
            await pilot.pause()


def app_with(
    open_session: Callable[[FrontEnd], Awaitable[Any]],
    settings: UiSettings = DARK,
    clock: Callable[[], float] = time.monotonic,
) -> VtcodeApp:
    """Return an app whose configuration is read at once."""
    prepared = Prepared(settings=settings, open_session=open_session)
    return VtcodeApp(lambda: prepared, clock=clock)


@asynccontextmanager
async def running_app(
    play: Play = say_nothing,
    *,
    size: tuple[int, int] = (80, 24),
    history_file: Path | None = None,
    past: tuple[Event, ...] = (),
) -> AsyncIterator[Bench]:
    """Run the app with a session whose turns are `play`."""
    opened: list[FakeSession] = []

    async def open_session(front_end: FrontEnd) -> FakeSession:
        opened.append(FakeSession(front_end, play, history_file=history_file, past=past))
        return opened[0]

    clock = Clock()
    app = app_with(open_session, clock=clock)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: bool(opened))
        await pilot.pause()
        clock.now += LATER_S
        yield Bench(app=app, pilot=pilot, session=opened[0], clock=clock)
