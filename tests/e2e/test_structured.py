"""A model that knows nothing of tools reads a file: the real one, through the program as a process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.embedded import starter_cache_folder, starter_model_path
from tests.support.emulator import Emulator
from tests.support.program import run_vtcode
from vtcode.providers.embedded_starter import STARTER

SEED = "7"
EMBEDDED = ("--provider", "embedded", "-c", f'models."{STARTER.id}".seed={SEED}')


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Have the program find the starter model in its cache folder, as after a first run."""
    starter_model_path()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "vtcode").symlink_to(starter_cache_folder())
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def items(stdout: str, kind: str) -> list[dict[str, Any]]:
    """Return the completed items of one type."""
    events = [json.loads(line) for line in stdout.splitlines()]
    completed = [event["item"] for event in events if event["type"] == "item.completed"]
    return [item for item in completed if item["type"] == kind]


def test_the_doctor_says_which_mode_the_starter_model_needs_and_auto_uses_it(
    project: Path, home: Path, environment: dict[str, str]
) -> None:
    (project / "hello.txt").write_text("The quick brown fox lives in Oslo.\n")
    (project / "other.txt").write_text("The lazy dog lives in Rome.\n")
    examined = run_vtcode("doctor", *EMBEDDED, cwd=project, home=home, environment=environment)
    assert examined.returncode == 0, examined.stderr
    assert "this model needs tool mode structured" in examined.stdout
    assert f"asking {STARTER.id} for one tiny call" in examined.stderr
    done = run_vtcode(
        *("exec", "--json", "read the file hello.txt", *EMBEDDED),
        cwd=project,
        home=home,
        environment=environment,
    )
    assert done.returncode == 0, done.stderr
    # The right file is read, and the answer is made of it.
    (call,) = items(done.stdout, "tool_invocation")
    assert (call["tool_name"], call["arguments"]) == ("read_file", {"path": "hello.txt"})
    (output,) = items(done.stdout, "tool_output")
    assert "lives in Oslo" in output["output"]
    *_, answer = items(done.stdout, "agent_message")
    assert "Oslo" in answer["text"]
    assert "{" not in answer["text"]


def test_the_doctors_report_is_json_and_its_exit_code_tells_whether_all_is_well(
    project: Path, home: Path, emulator: Emulator
) -> None:
    with_server = {"LMSTUDIO_BASE_URL": emulator.url}
    failed = run_vtcode("doctor", "--json", cwd=project, home=home, environment=with_server)
    report = json.loads(failed.stdout)
    assert (failed.returncode, report["ok"], report["tool_mode"]) == (1, False, None)
    assert {check["name"]: check["verdict"] for check in report["checks"]}["tool calls"] == "fail"
    emulator.stop()
    away = run_vtcode("doctor", cwd=project, home=home, environment=with_server)
    assert away.returncode == 1
    assert "fail  server" in away.stdout


def test_a_broken_settings_file_is_the_doctors_first_finding(project: Path, home: Path) -> None:
    (project / "vtcode.toml").write_text("[agent\n")
    examined = run_vtcode("doctor", cwd=project, home=home)
    assert examined.returncode == 1
    assert examined.stdout.startswith("fail  settings")
    assert "vtcode.toml" in examined.stdout
