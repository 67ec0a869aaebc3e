from __future__ import annotations

import stat
from pathlib import Path

import pytest

from vtcode.system.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "outputs", lambda text: text.replace("hunter2", "***"))


def test_what_is_kept_can_be_read_under_its_name(spool: Spool) -> None:
    names = [spool.keep("one\n"), spool.keep("two\n")]
    assert names == ["output:1", "output:2"]
    assert [spool.read(name) for name in names] == ["one\n", "two\n"]


def test_only_the_user_can_read_it_and_secrets_never_reach_the_disk(spool: Spool, tmp_path: Path) -> None:
    spool.keep("password hunter2")
    (file,) = (tmp_path / "outputs").iterdir()
    assert file.read_text() == "password ***"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_later_run_of_the_session_goes_on_counting(spool: Spool, tmp_path: Path) -> None:
    spool.keep("one")
    later = Spool(tmp_path / "outputs", str)
    assert later.keep("two") == "output:2"
    assert later.read("output:1") == "one"


def test_a_folder_that_can_not_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Spool(tmp_path / "file" / "outputs", str).keep("one") == ""


@pytest.mark.parametrize(
    "name",
    ["output:2", "output:01", "output:1/../1", "output:../secret", "output:", "1", "1.txt", "OUTPUT:1"],
)
def test_no_other_name_reads_anything(spool: Spool, tmp_path: Path, name: str) -> None:
    spool.keep("one")
    (tmp_path / "secret.txt").write_text("secret")
    assert spool.read(name) is None


def test_no_more_is_kept_than_a_session_can_need(spool: Spool, tmp_path: Path) -> None:
    spool.keep("the first")
    for number in range(2, 501):
        (tmp_path / "outputs" / f"{number}.txt").touch()
    assert spool.keep("one too many") == ""
    assert spool.read("output:1") == "the first"
