"""Every decision of a session is recorded, with who made it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.events import Notice
from vtcode.providers.script import Turn


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def _records(bench: Bench) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bench.locations.state / "audit.jsonl").read_text().splitlines()]


def _turn(line: str) -> tuple[Turn, Turn]:
    return Turn(calls=(call("run_pty_cmd", command=line),)), Turn(text="Done.")


@pytest.mark.parametrize(
    ("line", "answer", "decision", "answered_by"),
    [
        ("ls", None, "allow", "rule"),
        ("touch x", "once", "allow", "user_once"),
        ("touch x", "session", "allow", "user_session"),
        ("touch x", "always", "allow", "user_always"),
        ("touch x", "workspace", "allow", "user_workspace"),
        ("touch x", "deny", "deny", "user"),
    ],
)
async def test_a_decision_is_recorded_with_who_made_it(
    line: str, answer: str | None, decision: str, answered_by: str, bench: Bench
) -> None:
    recorder = Recorder(*([answer] if answer else []))
    async with bench.session(recorder, *_turn(line)) as session:
        await session.submit("go")
        session_id = session.id
    (record,) = _records(bench)
    assert (record["decision"], record["answered_by"], record["action"]["command"]) == (
        decision,
        answered_by,
        line,
    )
    assert (record["session"], record["tool"]) == (session_id, "run_pty_cmd")
    assert record["rule"]


async def test_what_nobody_could_be_asked_is_recorded_so(bench: Bench) -> None:
    async with bench.session(Recorder(), *_turn("touch x"), interactive=False) as session:
        await session.submit("go")
    (record,) = _records(bench)
    assert (record["decision"], record["answered_by"]) == ("deny", "nobody")


@pytest.mark.parametrize(
    ("line", "decision", "answered_by"),
    [("touch x", "allow", "full_auto"), ("ls", "allow", "rule"), ("cat .env", "deny", "nobody")],
)
async def test_what_ran_by_itself_is_recorded_so(
    line: str, decision: str, answered_by: str, bench: Bench
) -> None:
    bench.settings += [
        "automation.full_auto.enabled=true",
        'automation.full_auto.allowed_tools=["run_pty_cmd"]',
    ]
    async with bench.session(Recorder(), *_turn(line), interactive=False, full_auto=True) as session:
        await session.submit("go")
    (record,) = _records(bench)
    assert (record["decision"], record["answered_by"]) == (decision, answered_by)


async def test_a_question_that_was_given_up_is_recorded(bench: Bench) -> None:
    recorder = Recorder()
    recorder.hold_question = True
    async with bench.session(recorder, *_turn("touch x")) as session:
        turn = asyncio.ensure_future(session.submit("go"))
        await recorder.until(lambda: bool(recorder.questions))
        turn.cancel()
        with suppress(asyncio.CancelledError):
            await turn
    (record,) = _records(bench)
    assert (record["decision"], record["answered_by"]) == ("cancelled", "nobody")


async def test_a_record_that_can_not_be_written_keeps_nothing_from_running(bench: Bench) -> None:
    (bench.locations.state / "audit.jsonl").mkdir(parents=True)
    recorder = Recorder()
    calls = (call("run_pty_cmd", command="ls"), call("run_pty_cmd", command="pwd"))
    async with bench.session(recorder, Turn(calls=calls), Turn(text="Done.")) as session:
        await session.submit("go")
    told = [notice.text for notice in recorder.of(Notice) if "not recorded" in notice.text]
    assert len(told) == 1
