from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.lms import FakeLms
from vtcode.errors import LmsFailed, LmsMissing
from vtcode.providers.lifecycle import LoadRequest
from vtcode.providers.lms import LmsInstance, LmsServer, find_lms, lms_of
from vtcode.providers.model_info import LoadConfig
from vtcode.providers.server_words import Server

KEY = "acme/coder-30b-a3b"


@pytest.fixture
def lms(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLms]:
    with FakeLms(emulator, tmp_path / "bin", monkeypatch) as fake:
        yield fake


def test_without_lms_the_error_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LmsMissing, match="not on this machine") as missing:
        find_lms()
    assert "~/.lmstudio/bin" in missing.value.hint


def test_lms_is_found_where_lm_studio_puts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    program = Path.home() / ".lmstudio" / "bin" / "lms"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_lms().program == str(program)


@pytest.mark.parametrize("folder", ["", ".", "bin"])
def test_a_program_of_the_workspace_is_never_taken_for_lms(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    planted = tmp_path / folder / "lms"
    planted.write_text("#!/bin/sh\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{folder}:/nowhere")
    with pytest.raises(LmsMissing):
        find_lms()


async def test_the_server_is_started_asked_and_stopped(lms: FakeLms) -> None:
    program = find_lms()
    assert await program.stop_server() == f"Stopped the server on port {lms.port}"
    assert await program.server_status() == LmsServer(running=False, port=lms.port)
    said = await program.start_server(port=4321, bind="0.0.0.0", cors=True)
    assert said == "Success! Server is now running on port 4321"
    assert lms.calls[-1] == ["server", "start", "--port=4321", "--bind=0.0.0.0", "--cors"]
    assert await program.server_status() == LmsServer(running=True, port=4321)


async def test_what_lms_refuses_is_told_in_its_own_words(lms: FakeLms) -> None:
    lms.running = False
    with pytest.raises(LmsFailed) as failed:
        await find_lms().stop_server()
    assert failed.value.message == "lms server stop failed: Error: The server is not running."


async def test_where_nothing_runs_lm_studio_is_brought_up_before_its_server(lms: FakeLms) -> None:
    lms.running = lms.daemon_runs = False
    said = await find_lms().start_server(port=4321)
    assert said.startswith("LM Studio 0.4.4+1 was started without its window. Success!")
    assert await find_lms().server_status() == LmsServer(running=True, port=4321)


async def test_what_can_not_be_brought_up_is_told_as_the_server_was_refused(lms: FakeLms) -> None:
    lms.has_daemon = lms.daemon_runs = False
    with pytest.raises(LmsFailed, match=r"lms server start failed: Error: LM Studio is not running\.$"):
        await find_lms().start_server()


async def test_lms_never_tells_the_servers_key(lms: FakeLms) -> None:
    lms.answers["ps"] = "Authorization: Bearer hunter2-my-key"
    with pytest.raises(LmsFailed, match="Bearer …") as failed:
        await find_lms(Server(address="http://localhost:1234", secret="hunter2-my-key")).ps()
    assert "hunter2" not in failed.value.message


async def test_instances_are_told_with_what_they_do(lms: FakeLms) -> None:
    (instance,) = await find_lms().ps()
    assert instance == LmsInstance(
        identifier=KEY, key=KEY, window_tokens=32_768, status="idle", queued=0, parallel=4
    )


@pytest.mark.parametrize(
    "printed",
    [
        "[]",
        "W a warning\n[]\n",
        '[1, null, {"identifier": 5}, {"modelKey": null}]',
        '{"identifier": "of another shape"}',
    ],
)
async def test_json_of_an_unexpected_shape_counts_as_not_said(lms: FakeLms, printed: str) -> None:
    lms.answers["ps"] = printed
    assert await find_lms().ps() == []


async def test_what_is_no_json_at_all_is_told(lms: FakeLms) -> None:
    lms.answers["ps"] = "\x1b[31mcommand not supported\x1b[0m"
    with pytest.raises(LmsFailed, match=r"no JSON: command not supported$"):
        await find_lms().ps()


async def test_loading_tells_how_far_it_is_and_sets_what_http_can_not(
    lms: FakeLms, emulator: Emulator
) -> None:
    request = LoadRequest(
        model="acme/chat-8b",
        config=LoadConfig(context_length=9_000),
        gpu="0.5",
        ttl_s=60,
        parallel=2,
        identifier="--mine",
    )
    lms.hold_load()
    steps = []
    async for step in find_lms().load(request):
        steps.append(step)
        if step == 0.4:
            lms.release_load()
    assert steps[-2:] == [0.4, 1.0]
    assert lms.calls == [
        [
            "load",
            "--yes",
            "--context-length=9000",
            "--gpu=0.5",
            "--parallel=2",
            "--ttl=60",
            "--identifier=--mine",
            "--",
            "acme/chat-8b",
        ]
    ]
    loaded = emulator.state.instances[-1]
    assert (loaded.id, loaded.context_length, loaded.parallel) == ("--mine", 9_000, 2)


async def test_a_load_that_is_given_up_ends_the_program(lms: FakeLms, emulator: Emulator) -> None:
    lms.hold_load()
    async with aclosing(find_lms().load(LoadRequest(model="acme/chat-8b"))) as steps:
        async for step in steps:
            if step == 0.4:
                break
    lms.release_load()
    assert len(lms.calls) == 1


async def test_the_log_is_followed_line_by_line_without_control_characters(lms: FakeLms) -> None:
    lms.log_lines = ["first", "\x1b[31msecond\x1b[0m\x07"]
    lines = []
    async with aclosing(find_lms().log_lines("runtime")) as log:
        async for line in log:
            lines.append(line)
            if len(lines) == 2:
                break
    assert lines == ["first", "second"]
    assert lms.calls == [["log", "stream", "--source=runtime"]]


async def test_lms_belongs_to_the_server_of_its_own_port(lms: FakeLms, emulator: Emulator) -> None:
    assert (await lms_of(Server(address=emulator.url))).program == str(lms.program)


@pytest.mark.parametrize("address", ["http://192.168.1.5:1234", "http://box.lan:1234", "https://[fd00::1]"])
async def test_lms_is_not_for_the_server_of_another_machine(lms: FakeLms, address: str) -> None:
    with pytest.raises(LmsMissing, match="another one"):
        await lms_of(Server(address=address))
    assert lms.calls == []


async def test_lms_is_not_for_a_server_behind_a_tunnel(lms: FakeLms, emulator: Emulator) -> None:
    lms.port = 1
    with pytest.raises(LmsMissing, match="this machine's server is on port 1"):
        await lms_of(Server(address=emulator.url))
    lms.running = False
    with pytest.raises(LmsMissing, match="this machine's server is not running"):
        await lms_of(Server(address=emulator.url))


async def test_a_program_that_can_not_be_started_is_missing(tmp_path: Path) -> None:
    from vtcode.providers.lms import Lms

    program = Lms(str(tmp_path / "gone"))
    with pytest.raises(LmsMissing, match="can't be started"):
        await program.ps()
    with pytest.raises(LmsMissing, match="can't be started"):
        await anext(program.load(LoadRequest(model="m")))
    with pytest.raises(LmsMissing, match="can't be started"):
        await anext(program.log_lines())
