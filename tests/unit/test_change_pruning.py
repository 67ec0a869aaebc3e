"""Contents kept for `/undo`: the oldest sessions' go first, the present one's never."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from vtcode.session.change_log import ChangeLog
from vtcode.session.change_pruning import prune
from vtcode.system.kept_files import KeptFiles

DAY_S = 24 * 3600.0


@pytest.fixture
def kept(tmp_path: Path) -> KeptFiles:
    return KeptFiles(tmp_path / "contents")


def record(folder: Path, kept: KeptFiles, session: str, content: bytes, *, days_ago: float) -> str:
    """Have a session that long ago have overwritten `content`; returns its digest."""
    digest = kept.put(content)
    ChangeLog(folder / f"{session}.jsonl").add(1, "/project/a", digest, "after", 0o644, 0)
    then = time.time() - days_ago * DAY_S
    for file in (folder / f"{session}.jsonl", folder / "contents" / digest[:2] / digest[2:]):
        os.utime(file, (then, then))
    return digest


def test_what_is_too_old_goes_with_what_nobody_needs(tmp_path: Path, kept: KeptFiles) -> None:
    old = record(tmp_path, kept, "old", b"old", days_ago=40)
    shared = record(tmp_path, kept, "older", b"shared", days_ago=50)
    record(tmp_path, kept, "new", b"shared", days_ago=3)
    present = record(tmp_path, kept, "present", b"present", days_ago=60)
    prune(tmp_path, kept, "present")
    assert {file.stem for file in tmp_path.glob("*.jsonl")} == {"new", "present"}
    assert kept.get(old) is None
    assert (kept.get(shared), kept.get(present)) == (b"shared", b"present")


def test_where_there_is_too_much_the_oldest_goes(tmp_path: Path, kept: KeptFiles) -> None:
    digests = [
        record(tmp_path, kept, name, os.urandom(1_000), days_ago=days)
        for name, days in (("first", 3), ("second", 2), ("third", 1))
    ]
    prune(tmp_path, kept, "", max_bytes=2_500)
    assert [kept.get(digest) is not None for digest in digests] == [False, True, True]


def test_what_was_just_kept_stays_although_no_record_names_it_yet(kept: KeptFiles, tmp_path: Path) -> None:
    digest = kept.put(b"just now")
    prune(tmp_path, kept, "")
    assert kept.get(digest) == b"just now"


def test_a_damaged_content_is_none(kept: KeptFiles, tmp_path: Path) -> None:
    digest = kept.put(b"whole")
    (tmp_path / "contents" / digest[:2] / digest[2:]).write_bytes(b"x")
    assert kept.get(digest) is None


def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    log = ChangeLog(file)
    log.add(1, "/project/a", "", "after", 0, 0)
    with file.open("ab") as end:
        end.write(b'{"change": {"number"\n[]\n{"x": 1}\n"change"\n7\n\xff\n')
    ChangeLog(file).add(2, "/project/b", "", "after", 0, 0)
    assert [change.path for change in ChangeLog(file).standing()] == ["/project/a", "/project/b"]
    log.take_back((0,), turn=2, told=("a",))
    again = ChangeLog(file)
    assert [change.path for change in again.standing()] == ["/project/b"]
    assert again.taken_back == [(2, ("a",))]
