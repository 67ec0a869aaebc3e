"""`/local`: LM Studio on this machine, through a fake `lms`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.lms import FakeLms
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.commands.builtin import dispatch
from vtcode.events import CommandRan, Notice, ToolFinished, ToolOutputDelta, ToolStarted


@pytest.fixture
def lms(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLms]:
    with FakeLms(emulator, tmp_path / "bin", monkeypatch) as fake:
        yield fake


@pytest.fixture
def at_emulator(bench: Bench, emulator: Emulator) -> Bench:
    bench.settings += ["agent.provider=lmstudio", f"providers.lmstudio.base_url={emulator.url}"]
    return bench


async def run(bench: Bench, *lines: str) -> Recorder:
    recorder = Recorder()
    async with bench.session(recorder) as session:
        for line in lines:
            await dispatch(session, recorder, line)
    return recorder


def told(recorder: Recorder) -> str:
    return "\n".join(f"{notice.text} {notice.hint}" for notice in recorder.of(Notice))


async def test_status_says_where_the_server_runs(at_emulator: Bench, lms: FakeLms) -> None:
    recorder = await run(at_emulator, "/local")
    assert f"port {lms.port}" in recorder.of(CommandRan)[-1].text


async def test_status_says_what_is_in_memory_and_what_it_does(
    at_emulator: Bench, lms: FakeLms, emulator: Emulator
) -> None:
    lms.status, lms.queued = "processingPrompt", 2
    emulator.state.instances[0].ttl_s = 3_600
    text = (await run(at_emulator, "/local")).of(CommandRan)[-1].text
    assert "acme/coder-30b-a3b: window 32,768, processing the prompt, 2 waiting, 4 at a time" in text
    assert "unloaded when idle for 60 min" in text
    lms.running = False
    assert "waiting" not in (await run(at_emulator, "/local")).of(CommandRan)[-1].text
    assert lms.calls.count(["ps", "--json"]) == 1


async def test_where_nothing_runs_lm_studio_is_brought_up(at_emulator: Bench, lms: FakeLms) -> None:
    lms.running = lms.daemon_runs = False
    recorder = await run(at_emulator, "/local start")
    assert lms.running
    assert "LM Studio 0.4.4+1 was started without its window. Success!" in told(recorder)


async def test_status_says_without_lms_what_the_server_itself_tells(
    at_emulator: Bench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    at_emulator.settings += ["providers.attic.kind=lmstudio", "providers.attic.base_url=127.0.0.1:9"]
    text = (await run(at_emulator, "/local")).of(CommandRan)[-1].text
    assert f"**ok** server: {emulator.url} answers" in text
    assert "loaded: acme/coder-30b-a3b (window 32,768)" in text
    assert "**fail** server: " in text
    assert "127.0.0.1:9" in text


async def test_troubleshooting_gives_one_answer_to_a_missing_token_and_the_window_to_load_with(
    at_emulator: Bench, lms: FakeLms, emulator: Emulator
) -> None:
    emulator.state.instances[0].context_length = 4_096
    at_emulator.settings.append(f"providers.scripted.script={at_emulator.write_script([])}")
    at_emulator.settings.append("agent.provider=scripted")
    text = (await run(at_emulator, "/local troubleshoot")).of(CommandRan)[-1].text
    assert "vtcode models load acme/coder-30b-a3b --context-length 16384" in text
    emulator.settings.token = "sk-lm-ZZZZZZZZ:another0000000000000"
    text = (await run(at_emulator, "/local troubleshoot")).of(CommandRan)[-1].text.replace("\\", "")
    assert "LM_API_TOKEN" in text
    assert "LMSTUDIO_API_KEY" not in text


async def test_the_server_is_started_on_a_port_and_stopped(at_emulator: Bench, lms: FakeLms) -> None:
    recorder = await run(at_emulator, "/local start 4321", "/local stop")
    assert ["server", "start", "--port=4321"] in lms.calls
    assert not lms.running
    assert [notice.level for notice in recorder.of(Notice)] == ["info", "info"]


async def test_the_log_is_followed_like_a_command_of_the_users_own(at_emulator: Bench, lms: FakeLms) -> None:
    lms.log_lines = ["[INFO] Received request"]
    recorder = Recorder()
    async with at_emulator.session(recorder) as session:
        following = asyncio.create_task(dispatch(session, recorder, "/local log model"))
        await recorder.until(
            lambda: any("Received request" in piece.text for piece in recorder.of(ToolOutputDelta))
        )
        assert session.interrupt()
        await following
    assert "--source=model" in recorder.of(ToolStarted)[0].call.arguments
    assert recorder.of(ToolFinished)[0].status == "cancelled"


async def test_configure_shows_where_the_address_comes_from_and_saves_another(
    at_emulator: Bench, emulator: Emulator
) -> None:
    recorder = await run(at_emulator, "/local configure", "/local configure box:4321/v1")
    assert f"providers.lmstudio.base_url is {emulator.url} (-c)" in told(recorder)
    assert "-c says another address" in told(recorder)
    saved = (at_emulator.locations.config / "vtcode.toml").read_text()
    assert 'base_url = "http://box:4321"' in saved


async def test_troubleshooting_stops_at_what_is_wrong(
    at_emulator: Bench, lms: FakeLms, emulator: Emulator
) -> None:
    emulator.state.instances.clear()
    recorder = Recorder()
    emulator.state.models.clear()
    at_emulator.settings += ["agent.provider=scripted"]
    at_emulator.settings.append(f"providers.scripted.script={at_emulator.write_script([])}")
    async with at_emulator.session(recorder) as session:
        await dispatch(session, recorder, "/local troubleshoot")
    text = recorder.of(CommandRan)[-1].text
    assert "answers, and takes our key" in text
    assert "The server has no chat model." in text
    assert "lms get" in text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/local nope", "has no nope"),
        ("/local start here", "'here' is no port"),
        ("/local start 70000", "is no port"),
        ("/local log nope", "no log of LM Studio's"),
        ("/local configure ftp://x", "not an address"),
    ],
)
async def test_what_can_not_be_understood_is_told(
    at_emulator: Bench, lms: FakeLms, line: str, words: str
) -> None:
    assert words in told(await run(at_emulator, line))


async def test_without_lms_it_says_where_to_get_it(
    at_emulator: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    recorder = await run(at_emulator, "/local start")
    assert "lms comes with LM Studio" in told(recorder)
