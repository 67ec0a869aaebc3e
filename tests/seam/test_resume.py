"""The session log: what it holds is enough to send the same bytes again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.errors import SessionInUse, SessionNotFound
from vtcode.event_json import from_json
from vtcode.events import SessionStarted, TurnEnded
from vtcode.messages import AssistantMessage, ToolMessage
from vtcode.providers.script import Turn
from vtcode.providers.wires.chat_completions import encode
from vtcode.session.log import read_events


async def test_a_resumed_session_sends_the_same_bytes(bench: Bench) -> None:
    (bench.workspace / "a.txt").write_text("äöü 日本\r\n")
    turns = (
        Turn(reasoning="hm", text="Looking.", calls=(call("read_file", path="a.txt"), call("list_files"))),
        Turn(text="It says äöü."),
        Turn(text="Third."),
    )
    async with bench.session(Recorder(), *turns) as session:
        await session.submit("What is in a.txt?")
        await session.submit("More.")
        uninterrupted = encode(scripted(session).requests[-1])
    log = bench.store.latest(bench.workspace)
    lines = log.path.read_bytes().splitlines(keepends=True)
    ends = [n for n, line in enumerate(lines) if isinstance(from_json(line), TurnEnded)]
    log.path.write_bytes(b"".join(lines[: ends[0] + 1]))
    async with bench.session(Recorder(), Turn(text="Third."), resume=log) as session:
        await session.submit("More.")
        resumed = encode(scripted(session).requests[-1])
    assert resumed == uninterrupted


@pytest.mark.parametrize("keep", range(3, 16))
async def test_a_session_killed_anywhere_can_be_continued(bench: Bench, keep: int) -> None:
    (bench.workspace / "a.txt").write_text("a\n")
    turns = (
        Turn(reasoning="hm", text="Looking now.", calls=(call("read_file", path="a.txt"),), piece_chars=6),
        Turn(text="It says a."),
    )
    async with bench.session(Recorder(), *turns) as session:
        await session.submit("What is in a.txt?")
    log = bench.store.latest(bench.workspace)
    lines = log.path.read_bytes().splitlines(keepends=True)
    assert len(lines) > keep
    log.path.write_bytes(b"".join(lines[:keep]) + lines[keep][:7])
    recorder = Recorder()
    async with bench.session(recorder, Turn(text="Again."), resume=log) as session:
        await session.submit("Go on.")
        messages = scripted(session).requests[-1].messages
    assert_grammar(list(read_events(log.path)))
    asked = [c.id for m in messages if isinstance(m, AssistantMessage) for c in m.tool_calls]
    answered = [m.call_id for m in messages if isinstance(m, ToolMessage)]
    assert asked == answered
    assert recorder.of(SessionStarted)[0].resumed


async def test_what_was_shown_was_already_written(bench: Bench) -> None:
    seen: list[bool] = []

    class Checking(Recorder):
        async def show(self, event: object) -> None:
            files = list((bench.locations.state / "sessions").glob("*/*.jsonl"))
            written = [from_json(line) for line in files[0].read_bytes().splitlines()]
            seen.append(written[-1] == event)

    async with bench.session(Checking(), Turn(text="Hello there.", piece_chars=3)) as session:
        await session.submit("Hi.")
    assert len(seen) > 5
    assert all(seen)


async def test_two_sessions_in_one_workspace_do_not_share_anything(bench: Bench) -> None:
    one, two = Recorder(), Recorder()
    async with (
        bench.session(one, Turn(text="One.")) as first,
        bench.session(two, Turn(text="Two.")) as second,
    ):
        await asyncio.gather(first.submit("a"), second.submit("b"))
        assert first.id != second.id
    assert len(bench.store.recorded(bench.workspace)) == 2


def test_a_missing_session_is_named(bench: Bench) -> None:
    with pytest.raises(SessionNotFound, match="nope"):
        bench.store.find("nope")
    with pytest.raises(SessionNotFound, match="no session to continue"):
        bench.store.latest(bench.workspace)


async def test_the_only_session_is_said_to_be_open_elsewhere(bench: Bench) -> None:
    async with bench.session(Recorder(), Turn(text="One.")) as session:
        await session.submit("a")
        with pytest.raises(SessionInUse, match=f"{session.id} is open in another vtcode"):
            bench.store.latest(bench.workspace)
    assert bench.store.latest(bench.workspace).id == session.id


def test_a_folder_of_sessions_survives_strange_files(bench: Bench, tmp_path: Path) -> None:
    folder = bench.store.folder_of(bench.workspace)
    folder.mkdir(parents=True)
    (folder / "torn.jsonl").write_bytes(b'\xff\xfe{"type": "turn_st')
    (folder / "dir.jsonl").mkdir()
    assert [session.id for session in bench.store.recorded(bench.workspace)] in (["torn"], ["dir", "torn"])
