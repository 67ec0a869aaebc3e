"""Commands about sessions, settings and files, in the app over real sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.sessions import Bench as Workshop
from tests.support.tui_app import app_with, until
from vtcode.bootstrap import Opening, open_session
from vtcode.commands.builtin import COMMANDS
from vtcode.frontends.tui.screens.pick import PickScreen
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from vtcode.frontend import FrontEnd
    from vtcode.frontends.tui.app import VtcodeApp
    from vtcode.session.session import Session
    from vtcode.session.store import RecordedSession


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


ANSWERS = {
    "add-dir": ("/add-dir --list", "No folder was added."),
    "bg": ("/bg", "/bg is for a command that is running; none is."),
    "compact": ("/compact", "There is nothing to compact"),
    "config": ("/config", "Settings: Enter changes one"),
    "context": ("/context", "system prompt"),
    "copy": ("/copy", "There is none yet."),
    "diff": ("/diff", "The agent has changed no file."),
    "doctor": ("/doctor", "left out: a script is no model"),
    "edit": ("/edit", "/edit takes a file"),
    "effort": ("/effort", "Known levels:"),
    "export": ("/export page.html", "Written, for"),
    "files": ("/files", "No file was read or changed yet."),
    "fork": ("/fork", "Nothing was said yet"),
    "help": ("/help settings", "/config [KEY [VALUE]]"),
    "init": ("/init", "/init wants to create vtcode.toml"),
    "jobs": ("/jobs", "No command runs in the background."),
    "kill": ("/kill", "/kill is for a command that is running; none is."),
    "local": ("/local status", "can't be reached"),
    "log": ("/log", "Nothing was logged"),
    "mode": ("/mode plan", "Plan mode: nothing is changed"),
    "model": ("/model", "Models on scripted"),
    "policy": ("/policy", "tools.default_policy"),
    "prompts": ("/prompts", "is sent"),
    "queue": ("/queue", "No message waits."),
    "resume": ("/resume", "no other session"),
    "review": ("/review", "no diff"),
    "rewind": ("/rewind", "There is nothing to go back to yet."),
    "status": ("/status", "tokens used"),
    "theme": ("/theme", "Which theme?"),
    "tools": ("/tools", "What the model is told"),
    "undo": ("/undo", "The agent has changed no file."),
    "vim": ("/vim on", "Vim's keys: on"),
}
"""What each command shows in a session in which nothing was said."""
TESTED_ELSEWHERE = {"clear", "exit", "suspend"}
"""They show nothing (test_app.py), or go by who started the program (tests/e2e/test_suspending.py)."""


def test_every_command_has_an_answer_here() -> None:
    assert {command.name for command in COMMANDS} == set(ANSWERS) | TESTED_ELSEWHERE


@pytest.mark.parametrize(
    ("line", "shown"),
    [*ANSWERS.values(), ("/export pdf", "is no format: there are markdown and html")],
    ids=[*ANSWERS, "export of no format"],
)
async def test_a_command_answers_on_the_screen(
    workshop: Workshop, line: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMSTUDIO_BASE_URL", "http://127.0.0.1:9/v1")
    async with running(workshop) as (_, pilot, _):
        assert shown not in transcript_text(pilot)
        await send(pilot, line)
        await until(pilot, lambda: shown in transcript_text(pilot))
        await pilot.press("escape")


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


async def two_sessions(pilot: Pilot[int], sessions: Running) -> asyncio.Event:
    """Have something to go back to; return what opening another session waits for from then on."""
    await send(pilot, "before the branch")
    await until(pilot, lambda: "The first answer." in transcript_text(pilot))
    await send(pilot, "/fork")
    await until(pilot, lambda: "This is a branch" in transcript_text(pilot))
    follows = pilot.app._session  # type: ignore[attr-defined]
    may_open, open_other = asyncio.Event(), follows.open_other

    async def open_later(recorded: RecordedSession) -> Session:
        await may_open.wait()
        opened: Session = await open_other(recorded)
        return opened

    follows.open_other = open_later
    return may_open


async def test_what_is_sent_while_another_session_opens_is_for_that_one(workshop: Workshop) -> None:
    async with running(workshop) as (app, pilot, sessions):
        may_open = await two_sessions(pilot, sessions)
        left = app._session
        assert left
        await send(pilot, f"/resume {sessions.sessions[0].id}")
        await send(pilot, "for the one that opens")
        await pilot.pause()
        assert app.conversation.waiting == ("for the one that opens",)
        may_open.set()
        await until(pilot, lambda: app._session is not left)
        await until(pilot, lambda: "for the one that opens" in told_to(app._session))
        assert "for the one that opens" not in told_to(left)


async def test_what_is_sent_while_another_session_fails_to_open_is_in_the_prompt_again(
    workshop: Workshop,
) -> None:
    async with running(workshop) as (app, pilot, sessions):
        await two_sessions(pilot, sessions)
        left = app._session
        assert left
        await send(pilot, f"/resume {sessions.sessions[0].id}")
        await send(pilot, "for the one that opens")
        await pilot.press("escape")
        await until(pilot, lambda: app.prompt.text == "for the one that opens")
        assert app.conversation.waiting == ()
        assert "for the one that opens" not in told_to(left)


async def test_what_waits_in_a_session_that_is_left_is_in_the_prompt_again(workshop: Workshop) -> None:
    async with running(workshop) as (app, pilot, sessions):
        may_open = await two_sessions(pilot, sessions)
        left = app._session
        assert left
        left.queue.add("not yet sent")
        may_open.set()
        await send(pilot, f"/resume {sessions.sessions[0].id}")
        await until(pilot, lambda: app._session is not left)
        await until(pilot, lambda: app.prompt.text == "not yet sent")


def told_to(session: Session | None) -> list[str]:
    """Return what the user said in a session."""
    assert session
    return list(session.history.turns().values())
