"""What lies beside the system's programs is not taken for them, whatever its name."""

from __future__ import annotations

import stat
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from vtcode.system.installed import found_in_path, is_of_the_system
from vtcode.system.ripgrep import find_ripgrep

SCRIPTS = Path(sysconfig.get_path("scripts")).resolve()
SYSTEMS = "/usr/bin:/bin"

in_an_environment = pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="no environment of our own")


def program_at(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def is_trusted(program: str, *, home: str = "/no-home", roots: tuple[str, ...] = ("/no-workspace",)) -> bool:
    """As if no place were one for temporary files: the tests' own folder is one."""
    return is_of_the_system(program, roots, home=home, scratch=())


def test_a_program_of_the_system_is_its_own() -> None:
    assert is_trusted(found_in_path("cat", "/", SYSTEMS))


@pytest.mark.parametrize("folder", ["bin", ".local/bin", ".cargo/bin", "venv/bin", ".pyenv/shims"])
def test_a_program_in_a_folder_of_the_users_is_not(folder: str, tmp_path: Path) -> None:
    program = program_at(tmp_path / folder / "ls")
    found = found_in_path("ls", "/", f"{Path(program).parent}:{SYSTEMS}")
    assert found == program
    assert not is_trusted(found)
    assert not is_trusted(found, home=str(tmp_path))


def test_a_link_to_a_program_of_the_system_may_be_turned_at_any_time(tmp_path: Path) -> None:
    (tmp_path / "ls").symlink_to(found_in_path("cat", "/", SYSTEMS))
    assert not is_trusted(str(tmp_path / "ls"))


def test_a_link_into_a_folder_of_the_users_is_no_program_of_the_system(tmp_path: Path) -> None:
    program_at(tmp_path / "real" / "ls")
    (tmp_path / "bin").symlink_to(tmp_path / "real")
    assert not is_trusted(str(tmp_path / "bin" / "ls"))


def test_a_home_folder_below_the_systems_is_still_a_home_folder() -> None:
    cat = found_in_path("cat", "/", SYSTEMS)
    assert not is_trusted(cat, home=str(Path(cat).resolve().parent))


@pytest.mark.parametrize("home", ["", "/"])
def test_a_missing_home_folder_takes_nothing_away(home: str) -> None:
    assert is_trusted(found_in_path("cat", "/", SYSTEMS), home=home)


def test_the_workspace_is_never_the_systems() -> None:
    cat = found_in_path("cat", "/", SYSTEMS)
    assert not is_trusted(cat, roots=(str(Path(cat).resolve().parent),))


@pytest.mark.parametrize("opened", ["", ".", "ls"])
def test_what_everybody_may_write_is_nobodys(opened: str, tmp_path: Path) -> None:
    program = program_at(tmp_path / "bin" / "ls")
    if opened:
        place = tmp_path / "bin" / opened
        place.chmod(place.stat().st_mode | stat.S_IWOTH)
    trusted = is_of_the_system(program, (), home="", scratch=(), packages=(str(tmp_path.resolve()),))
    assert trusted is not bool(opened)


def test_what_lies_among_temporary_files_is_not_the_systems(tmp_path: Path) -> None:
    program, folder = program_at(tmp_path / "bin" / "ls"), str(tmp_path.resolve())
    assert is_of_the_system(program, (), home="", scratch=(), packages=(folder,))
    assert not is_of_the_system(program, (), home="", scratch=(folder,), packages=(folder,))


@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp"])
def test_the_usual_folders_for_temporary_files_are_known(folder: str) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as own:
        program = program_at(Path(own) / "ls")
        assert not is_of_the_system(program, (), home="", packages=(str(Path(folder).resolve()),))


def test_what_is_missing_is_nobodys() -> None:
    assert not is_trusted("")
    assert not is_trusted("/usr/bin/no-such-program")


@in_an_environment
def test_the_search_program_that_came_along_is_trusted_where_the_search_tool_runs_it_anyway() -> None:
    own = SCRIPTS / "rg"
    if find_ripgrep() != str(own) and not own.exists():
        pytest.skip("ripgrep did not come along")
    assert is_trusted(str(own))
    assert not is_trusted(str(own), roots=(str(SCRIPTS.parent),)), "not where the model may write"


@in_an_environment
def test_other_programs_of_an_environment_are_not(tmp_path: Path) -> None:
    assert not is_trusted(str(SCRIPTS / "python"), home=str(tmp_path))
    assert not is_of_the_system(str(SCRIPTS / "pytest"), (), home="")


@pytest.mark.parametrize("name", ["", "no-such-program", "a\0b", "x" * 5_000])
def test_what_can_not_be_found_is_nothing(name: str) -> None:
    assert found_in_path(name, "/", SYSTEMS) == ""
