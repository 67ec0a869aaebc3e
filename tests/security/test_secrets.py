"""Known ways for a secret to leave, each under the name that docs/security.md gives it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.program import run_vtcode
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.cli.arguments import parse
from vtcode.cli.configuration import opening_for
from vtcode.events import ToolFinished
from vtcode.providers.script import Turn
from vtcode.redaction import MARK

TOKEN = "ghp_" + "a1B2" * 9
OWN = "zq7-own-key-0815"


def texts_below(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


async def test_secret_in_a_file_that_the_model_reads(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    (bench.workspace / "notes.txt").write_text(f"token: {TOKEN}\n")
    recorder = Recorder()
    asked = Turn(calls=(call("read_file", path="notes.txt"),))
    async with bench.session(recorder, asked, Turn(text="ok")) as session:
        await session.submit("read")
        assert TOKEN not in repr(scripted(session).requests[-1].messages)
    assert TOKEN not in texts_below(bench.locations.state)


async def test_secret_in_the_environment_of_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LM_API_TOKEN", OWN)
    monkeypatch.setenv("CLOUD_SECRET", "other-secret-77")
    bench = Bench(tmp_path)
    recorder = Recorder()
    async with bench.session(recorder, Turn(text="-")) as session:
        await session.run_command('env; cat /proc/self/environ; echo "[$LM_API_TOKEN$CLOUD_SECRET]"')
    (finished,) = recorder.of(ToolFinished)
    assert "[]" in finished.text
    assert not [secret for secret in (OWN, "other-secret-77") if secret in repr(recorder.events)]


async def test_placeholder_of_a_secret_written_over_the_secret(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settings=["tools.policies.write_file=allow"])
    file = bench.workspace / "notes.txt"
    file.write_text(f"token: {TOKEN}\n")
    written = call("write_file", path="notes.txt", content=f"token: {MARK}a GitHub token]\nmore\n")
    recorder = Recorder()
    turns = Turn(calls=(call("read_file", path="notes.txt"),)), Turn(calls=(written,)), Turn(text="ok")
    async with bench.session(recorder, *turns) as session:
        await session.submit("add a line")
    assert recorder.of(ToolFinished)[-1].status == "failed"
    assert file.read_text() == f"token: {TOKEN}\n"


@pytest.mark.parametrize("flags", [(), ("--json",), ("--debug",)], ids=["text", "json", "debug"])
def test_key_in_errors_and_logs(tmp_path: Path, flags: tuple[str, ...]) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    with Emulator() as server:
        server.settings.token = "another-key"
        environment = {"LMSTUDIO_API_KEY": OWN, "LMSTUDIO_BASE_URL": f"{server.url}/v1"}
        wrong = run_vtcode("exec", f"say {OWN}", *flags, cwd=project, home=home, environment=environment)
    unknown = run_vtcode(
        "exec", "x", "-c", f"agent.{OWN}=1", *flags, cwd=project, home=home, environment=environment
    )
    for done in (wrong, unknown):
        assert done.returncode != 0
        assert OWN not in done.stdout + done.stderr
    assert OWN not in texts_below(home)


@pytest.mark.parametrize("flags", [(), ("--json",), ("--debug",)], ids=["text", "json", "debug"])
def test_key_of_a_variable_that_the_configuration_names(tmp_path: Path, flags: tuple[str, ...]) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    named = ("-c", "providers.lmstudio.api_key_env=MY_ENTRANCE")
    environment = {"MY_ENTRANCE": OWN}
    refused = run_vtcode(
        "exec", "x", "--resume", OWN, *named, *flags, cwd=project, home=home, environment=environment
    )
    assert refused.returncode != 0
    assert "redacted by vtcode" in refused.stdout + refused.stderr
    assert OWN not in refused.stdout + refused.stderr + texts_below(home)


def test_key_in_the_log_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.setenv("MY_ENTRANCE", OWN)
    named = ("-c", "providers.lmstudio.api_key_env=MY_ENTRANCE")
    arguments = parse(["exec", "x", "--workspace", str(tmp_path), *named])
    opening_for(arguments, interactive=False, recorded=False)
    logger = logging.getLogger("vtcode")
    try:
        logger.error("refused: %s", OWN)
    finally:
        logger.handlers[0].close()
        logger.handlers.clear()
        logger.propagate = True
    assert "refused: [redacted by vtcode" in texts_below(home)
