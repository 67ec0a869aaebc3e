"""Which programs vtcode finds for itself: none in a folder that commands can write to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import run_vtcode
from vtcode.session.folders import AddedFolders
from vtcode.system.files import Workspace
from vtcode.system.finding import find_program, own_search_path, take_no_program_from
from vtcode.system.sandbox.scratch import ScratchFolder


def program_in(folder: Path, name: str = "tool") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text('#!/bin/sh\n: > "$0.ran"\n')
    program.chmod(0o755)
    return program


def test_what_is_first_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = program_in(tmp_path / "a"), program_in(tmp_path / "b")
    monkeypatch.setenv("PATH", f"{first.parent}:{second.parent}")
    assert find_program("tool") == str(first)
    assert find_program("tool", outside=(str(first.parent.resolve()),)) == str(second)
    assert find_program("none", other_places=(tmp_path / "none", second)) == str(second)


def test_the_next_is_taken_where_the_first_lies_in_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted, own = program_in(tmp_path / "project" / "bin"), program_in(tmp_path / "own")
    monkeypatch.setenv("PATH", f"{planted.parent}:bin:{own.parent}")
    assert find_program("tool") == str(planted)
    take_no_program_from(tmp_path / "project")
    assert find_program("tool") == str(own)
    assert find_program("none", other_places=(planted,)) == ""
    assert own_search_path() == str(own.parent)


def test_a_link_into_the_workspace_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = program_in(tmp_path / "project" / "bin")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "tool").symlink_to(planted)
    (tmp_path / "folder").symlink_to(planted.parent)
    take_no_program_from(tmp_path / "project")
    monkeypatch.setenv("PATH", f"{tmp_path / 'links'}:{tmp_path / 'folder'}")
    assert find_program("tool") == ""


@pytest.mark.parametrize("opened", ["", "tool"])
def test_what_everybody_may_write_is_not_taken(
    opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_in(tmp_path / "bin")
    (tmp_path / "bin" / opened).chmod(0o777)
    monkeypatch.setenv("PATH", str(program.parent))
    assert find_program("tool") == ""


def test_a_folder_that_is_added_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    program = program_in(tmp_path / "other")
    monkeypatch.setenv("PATH", str(program.parent))
    assert find_program("tool") == str(program)
    folders = AddedFolders(Workspace(tmp_path / "project"))
    folders.add(program.parent.resolve())
    assert find_program("tool") == ""


def test_what_commands_have_for_temporary_files_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = ScratchFolder()
    program = program_in(Path(scratch.path) / "bin")
    monkeypatch.setenv("PATH", str(program.parent))
    assert find_program("tool") == ""
    scratch.close()


def test_the_program_never_starts_what_lies_in_its_workspace(tmp_path: Path) -> None:
    project = tmp_path / "project"
    lms = program_in(project / "bin", "lms")
    environment = {"PATH": f"{lms.parent}:/usr/bin:/bin"}
    done = run_vtcode("local", "stop", cwd=project, home=tmp_path, environment=environment)
    assert "not on this machine" in done.stderr
    assert not Path(f"{lms}.ran").exists()
