"""No secret that a tool returns reaches the model, the log or a screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.events import ToolFinished, ToolOutputDelta, ToolStarted
from vtcode.providers.script import ScriptedCall, Turn
from vtcode.redaction import MARK
from vtcode.session.log import read_events

TOKEN = "ghp_" + "a1B2" * 9
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----"
OWN = "zq7-own-key-0815"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("LM_API_TOKEN", OWN)
    made = Bench(tmp_path)
    (made.workspace / "notes.txt").write_text(f"token {TOKEN}\nown {OWN}\n{KEY}\nlast line\n")
    return made


def log_of(bench: Bench) -> str:
    """Return all that is kept: the session's record, and that of decisions."""
    return "".join(file.read_text() for file in bench.locations.state.rglob("*.jsonl"))


@pytest.mark.parametrize(
    "asked",
    [
        call("read_file", path="notes.txt"),
        call("grep_file", pattern="o"),
        call("run_pty_cmd", command="cat notes.txt"),
    ],
    ids=lambda asked: asked.name,
)
async def test_what_a_tool_returns_has_lost_its_secrets_everywhere(bench: Bench, asked: ScriptedCall) -> None:
    bench.settings.append("tools.policies.run_pty_cmd=allow")
    recorder = Recorder()
    async with bench.session(recorder, Turn(calls=(asked,)), Turn(text="done")) as session:
        await session.submit("look")
        sent = repr(scripted(session).requests[-1].messages)
    everywhere = [sent, repr(recorder.events), log_of(bench)]
    for text in everywhere:
        assert not [secret for secret in (TOKEN, OWN, "MIIEvQIBADANBg") if secret in text]
        assert MARK in text


async def test_what_is_sent_is_what_was_recorded(bench: Bench) -> None:
    recorder = Recorder()
    turns = Turn(calls=(call("read_file", path="notes.txt"),)), Turn(text="done")
    async with bench.session(recorder, *turns) as session:
        await session.submit("look")
        (result,) = [m for m in scripted(session).requests[-1].messages if m.role == "tool"]
    (recorded,) = [
        event
        for file in bench.store.recorded(bench.workspace)
        for event in read_events(file.path)
        if isinstance(event, ToolFinished)
    ]
    assert result.text == recorded.text == recorder.of(ToolFinished)[0].text


async def test_the_record_of_decisions_holds_no_secret(bench: Bench) -> None:
    recorder = Recorder("once")
    edit = call("edit_file", path="notes.txt", old_str="last line", new_str="end")
    async with bench.session(
        recorder, Turn(calls=(call("read_file", path="notes.txt"),)), Turn(calls=(edit,)), Turn(text="ok")
    ) as session:
        await session.submit("change it")
    assert "last line" in log_of(bench)
    assert "MIIEvQIBADANBg" not in log_of(bench)


async def test_live_output_leaks_no_secret_that_comes_in_two_pieces(bench: Bench) -> None:
    recorder = Recorder()
    bench.settings.append("tools.policies.run_pty_cmd=allow")
    command = f"printf %s {TOKEN[:12]}; sleep 0.2; printf '%s\\n' {TOKEN[12:]}; echo end"
    async with bench.session(recorder, Turn(text="-")) as session:
        await session.run_command(command)
    shown = "".join(event.text for event in recorder.of(ToolOutputDelta))
    assert TOKEN not in shown
    assert MARK in shown
    assert "end" in shown


async def test_what_you_type_loses_its_secrets_where_everybody_sees_it(bench: Bench) -> None:
    recorder = Recorder()
    async with bench.session(recorder, Turn(text="ok")) as session:
        await session.submit(f"use {TOKEN}")
        assert TOKEN not in repr(scripted(session).requests[-1].messages)
    assert TOKEN not in log_of(bench)


async def test_arguments_of_a_call_stay_json(bench: Bench) -> None:
    recorder = Recorder()
    bench.settings.append("tools.policies.run_pty_cmd=allow")
    async with bench.session(recorder, Turn(text="-")) as session:
        await session.run_command(f"echo '{KEY[:40]}' {TOKEN}")
    (started,) = recorder.of(ToolStarted)
    assert TOKEN not in started.call.arguments
    assert json.loads(started.call.arguments)["command"].startswith("echo")


async def test_switched_off_the_model_reads_what_is_there(bench: Bench) -> None:
    bench.settings.append("security.redact_secrets=false")
    recorder = Recorder()
    turns = Turn(calls=(call("read_file", path="notes.txt"),)), Turn(text="done")
    async with bench.session(recorder, *turns) as session:
        await session.submit("look")
        assert TOKEN in repr(scripted(session).requests[-1].messages)


async def test_a_command_gets_no_key_of_ours_nor_of_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "other-secret-77")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent")
    bench.settings += ["tools.policies.run_pty_cmd=allow", 'security.environment_allow=["SSH_*", "LM_*"]']
    recorder = Recorder()
    async with bench.session(recorder, Turn(text="-")) as session:
        await session.run_command("env | grep -E 'LM_API_TOKEN|DEPLOY_TOKEN|SSH_AUTH_SOCK|PAGER' | sort -u")
    (finished,) = recorder.of(ToolFinished)
    assert "SSH_AUTH_SOCK=/tmp/agent" in finished.text
    assert "GIT_PAGER=cat" in finished.text
    assert "TOKEN" not in finished.text
