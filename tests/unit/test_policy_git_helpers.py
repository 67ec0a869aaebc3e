"""What is known about a repository's helpers is kept, and forgotten with any change that could matter."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.policy.support import Place, make_place
from vtcode.system.git_helpers import git_helpers

EVIL = "[core]\n\tfsmonitor = ./evil\n"
ASKED_UNTIL_KEPT = 3


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def counting_git(folder: Path) -> Path:
    """A git that leaves a line for each time that it is run."""
    program = folder / "git"
    program.write_text(f'#!/bin/sh\necho x >> "{folder}/runs"\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    return program


def runs(folder: Path) -> int:
    log = folder / "runs"
    return len(log.read_text().splitlines()) if log.exists() else 0


def in_included_file(place: Place) -> None:
    (place.root.parent / "later.inc").write_text(EVIL)


def in_users_file(place: Place) -> None:
    (Path(place.environ["HOME"]) / ".gitconfig").write_text(EVIL)


def in_users_other_file(place: Place) -> None:
    file = Path(place.environ["HOME"]) / ".config" / "git" / "config"
    file.parent.mkdir(parents=True)
    file.write_text(EVIL)


def in_place_and_time(place: Place) -> None:
    """The same file, size and time."""
    file = place.root / ".git" / "config"
    state, text = file.stat(), file.read_text()
    changed = text.replace("logallrefupdates", "fsmonitor       ").replace("core.fsmonitor=", "")
    assert len(changed) == len(text)
    with file.open("r+") as opened:
        opened.write(changed)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


def as_a_hook(place: Place) -> None:
    hook = place.root / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n")


def in_a_new_submodule(place: Place) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    place.run("git", "init", "--quiet", "inner")
    place.run("git", "-C", "inner", *identity, "commit", "--quiet", "--allow-empty", "-m", "x")
    place.run("git", "-C", "inner", "config", "core.fsmonitor", "./evil")
    place.run("git", "add", "inner")


def by_a_work_tree_of_its_own(place: Place) -> None:
    place.run("git", "config", "--local", "extensions.worktreeConfig", "true")
    place.run("git", "config", "--worktree", "core.fsmonitor", "./evil")


CHANGES = (
    in_included_file,
    in_users_file,
    in_users_other_file,
    in_place_and_time,
    as_a_hook,
    in_a_new_submodule,
    by_a_work_tree_of_its_own,
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_helper_that_appears_is_seen_whatever_was_known(
    change: Callable[[Place], None], place: Place
) -> None:
    place.run("git", "config", "--local", "include.path", "../../later.inc")
    for _ in range(ASKED_UNTIL_KEPT):
        assert place.judge("git status").decision == "allow"
    change(place)
    assert place.judge("git status").decision == "prompt"


def test_a_repository_that_appears_below_is_seen(place: Place) -> None:
    for _ in range(ASKED_UNTIL_KEPT):
        assert place.judge("cd src && git status").decision == "allow"
    place.run("git", "init", "--quiet", "src")
    place.run("git", "-C", "src", "config", "core.fsmonitor", "./evil")
    assert place.judge("cd src && git status").decision == "prompt"


def test_a_folder_that_becomes_a_repository_is_seen(tmp_path: Path, place: Place) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    other = Place(root=folder, environ=place.environ)
    for _ in range(ASKED_UNTIL_KEPT):
        assert other.judge("git status").decision == "allow"
    other.run("git", "init", "--quiet", ".")
    other.run("git", "config", "core.fsmonitor", "./evil")
    assert other.judge("git status").decision == "prompt"


def test_a_variable_that_sets_a_helper_is_seen(place: Place) -> None:
    for _ in range(ASKED_UNTIL_KEPT):
        assert place.judge("git status").decision == "allow"
    place.environ.update(
        {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.fsmonitor",
            "GIT_CONFIG_VALUE_0": "x",
        }
    )
    assert place.judge("git status").decision == "prompt"


def test_a_branch_that_brings_a_helper_is_seen(place: Place) -> None:
    (place.root.parent / "other.inc").write_text(EVIL)
    place.run("git", "config", "--local", "includeIf.onbranch:other.path", "../../other.inc")
    for _ in range(ASKED_UNTIL_KEPT):
        assert place.judge("git status").decision == "allow"
    place.run("git", "checkout", "--quiet", "-b", "other")
    assert place.judge("git status").decision == "prompt"


def test_git_is_not_run_again_where_nothing_changed(tmp_path: Path, place: Place) -> None:
    git = str(counting_git(tmp_path))
    for _ in range(ASKED_UNTIL_KEPT):
        assert git_helpers(git, str(place.root), place.environ) == ()
    asked = runs(tmp_path)
    assert asked > 0
    (place.root / "src" / "new.py").write_text("")
    assert git_helpers(git, str(place.root), place.environ) == ()
    assert runs(tmp_path) == asked


def test_what_changed_back_is_looked_at_again(tmp_path: Path, place: Place) -> None:
    git = str(counting_git(tmp_path))
    for _ in range(ASKED_UNTIL_KEPT):
        assert git_helpers(git, str(place.root), place.environ) == ()
    place.run("git", "config", "--local", "core.fsmonitor", "./evil")
    assert git_helpers(git, str(place.root), place.environ) == ("core.fsmonitor",)
    place.run("git", "config", "--local", "--unset", "core.fsmonitor")
    assert git_helpers(git, str(place.root), place.environ) == ()


def test_a_linked_work_tree_obeys_the_configuration_of_its_repository(tmp_path: Path, place: Place) -> None:
    place.run("git", "worktree", "add", "--quiet", str(tmp_path / "tree"))
    tree = Place(root=tmp_path / "tree", environ=place.environ)
    for _ in range(ASKED_UNTIL_KEPT):
        assert tree.judge("git status").decision == "allow"
    place.run("git", "config", "--local", "core.fsmonitor", "./evil")
    assert tree.judge("git status").decision == "prompt"


def test_without_git_nothing_is_known(tmp_path: Path, place: Place) -> None:
    assert git_helpers(str(tmp_path / "no-such-git"), str(place.root), place.environ) is None


def test_the_index_counts_by_its_checksum(place: Place) -> None:
    for _ in range(ASKED_UNTIL_KEPT):
        assert place.judge("git status").decision == "allow"
    subprocess.run(["git", "add", "a.txt"], cwd=place.root, env=place.environ, check=True)
    assert place.judge("git status").decision == "allow"
