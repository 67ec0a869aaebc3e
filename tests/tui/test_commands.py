"""Commands about sessions, settings and files, in the app over real sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.sessions import Bench as Workshop
from tests.support.tui_app import app_with, until
from vtcode.bootstrap import Opening, open_session
from vtcode.frontends.tui.screens.pick import PickScreen
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from vtcode.frontend import FrontEnd
    from vtcode.frontends.tui.app import VtcodeApp
    from vtcode.session.session import Session


class Running:
    """An app over sessions of the program's own."""

    def __init__(self, workshop: Workshop) -> None:
        self.sessions: list[Session] = []
        self._workshop = workshop

    async def open_session(self, front_end: FrontEnd) -> Session:
        configuration = self._workshop.configuration()
        opening = Opening(configuration=configuration, reload=self._workshop.configuration)
        self.sessions.append(await open_session(opening, front_end))
        return self.sessions[-1]


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    bench = Workshop(tmp_path)
    script = bench.write_script([Turn(text="The first answer."), Turn(text="The second answer.")])
    bench.settings += ["agent.provider=scripted", f"providers.scripted.script={script}"]
    return bench


async def send(pilot: Pilot[int], text: str) -> None:
    pilot.app.prompt.put(text)  # type: ignore[attr-defined]
    await pilot.press("enter")


def transcript_text(pilot: Pilot[int]) -> str:
    size = pilot.app.size
    lines = pilot.app.screen._compositor.render_strips(size)
    return "\n".join(strip.text.rstrip() for strip in lines)


@asynccontextmanager
async def running(workshop: Workshop) -> AsyncIterator[tuple[VtcodeApp, Pilot[int], Running]]:
    """Run the app with a session that is open."""
    sessions = Running(workshop)
    app = app_with(sessions.open_session)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: bool(sessions.sessions))
        await until(pilot, lambda: "ready" in transcript_text(pilot))
        yield app, pilot, sessions
        app.leave()
        await until(pilot, lambda: not app.is_running)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/files", "No file was read or changed yet."),
        ("/log", "Nothing was logged"),
        ("/review", "no diff"),
        ("/help settings", "/config [KEY [VALUE]]"),
        ("/resume", "no other session"),
        ("/fork", "Nothing was said yet"),
        ("/export page.html", "Written, for"),
    ],
)
async def test_a_command_answers_in_the_transcript(workshop: Workshop, line: str, shown: str) -> None:
    async with running(workshop) as (_, pilot, _):
        await send(pilot, line)
        await until(pilot, lambda: shown in transcript_text(pilot))


async def test_fork_and_resume_switch_the_app_between_sessions(workshop: Workshop) -> None:
    async with running(workshop) as (app, pilot, sessions):
        first = sessions.sessions[0]
        await send(pilot, "before the branch")
        await until(pilot, lambda: "The first answer." in transcript_text(pilot))
        await send(pilot, "/fork")
        await until(pilot, lambda: "This is a branch" in transcript_text(pilot))
        await until(pilot, lambda: transcript_text(pilot).count("before the branch") == 1)
        await send(pilot, "only in the branch")
        await until(pilot, lambda: "only in the branch" in transcript_text(pilot))
        await send(pilot, "/resume")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        await pilot.pause()
        assert "before the branch" in transcript_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, PickScreen))
        await until(pilot, lambda: "before the branch" in transcript_text(pilot))
        await until(pilot, lambda: "only in the branch" not in transcript_text(pilot))
        await send(pilot, "/status")
        await until(pilot, lambda: first.id in transcript_text(pilot))
