"""The record of decisions: complete, the user's alone, bounded, and in nobody's way."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from vtcode.actions import CommandAction
from vtcode.agent.audit import AuditLog, DecisionRecord


def _record(command: str = "npm test") -> DecisionRecord:
    return DecisionRecord(
        session="20260101-1",
        workspace="/work",
        tool="run_pty_cmd",
        action=CommandAction(command=command, cwd="/work", timeout_s=5.0),
        decision="allow",
        rule="built-in",
        reason="allowed by built-in",
        answered_by="rule",
    )


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "audit.jsonl"


@pytest.mark.parametrize("command", ["npm test", "a\nb", "\x1b[2K", "\ud800", "é"])
def test_a_record_holds_the_exact_action(command: str, file: Path) -> None:
    assert AuditLog(file).write(_record(command)) == ""
    (line,) = _lines(file)
    assert line["action"]["command"] == command
    assert line.keys() >= {"time", "session", "tool", "decision", "rule", "reason", "answered_by"}


def test_records_are_added_to_what_is_there_and_are_the_users_alone(file: Path) -> None:
    AuditLog(file).write(_record("a"))
    file.chmod(0o644)
    AuditLog(file).write(_record("b"))
    assert [line["action"]["command"] for line in _lines(file)] == ["a", "b"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_full_file_becomes_the_older_one(file: Path) -> None:
    log = AuditLog(file, max_bytes=1_000)
    for number in range(20):
        log.write(_record(str(number)))
    older = file.with_name("audit.jsonl.1")
    assert file.stat().st_size <= 1_000
    assert older.stat().st_size <= 1_000
    assert [line["action"]["command"] for line in (*_lines(older), *_lines(file))][-1] == "19"
    assert {path.name for path in file.parent.iterdir()} == {file.name, older.name}


def test_programs_that_write_at_once_tear_no_line(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: AuditLog(file).write(_record(str(number))), range(100)))
    assert {line["action"]["command"] for line in _lines(file)} == {str(number) for number in range(100)}


def test_what_can_not_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    log = AuditLog(tmp_path / "state" / "audit.jsonl")
    assert "Decisions are not recorded" in log.write(_record())
    assert log.write(_record()) == ""


def test_a_link_in_the_files_place_is_not_followed(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("")
    file.parent.mkdir()
    file.symlink_to(target)
    assert AuditLog(file).write(_record())
    assert target.read_text() == ""
