"""What is found in a tree is what is there now, however little was read again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.commands import until
from vtcode.system.denied import DeniedPaths
from vtcode.system.sandbox.trees import Trees

NAMES = frozenset({"agents.md", ".git"})


def names(trees: Trees, root: Path) -> set[str]:
    return {str(Path(path).relative_to(root)) for path in trees.look([root]).names}


def test_what_is_made_right_after_a_look_is_found_by_the_next(tmp_path: Path) -> None:
    trees = Trees(NAMES)
    for number in range(50):
        root = tmp_path / str(number)
        root.mkdir()
        assert names(trees, root) == set()
        (root / "AGENTS.md").touch()
        assert names(trees, root) == {"AGENTS.md"}


async def test_what_is_closed_is_found_once_and_anew_for_other_roots(tmp_path: Path) -> None:
    for name in ("a/config/prod/config/prod", "config/prod"):
        (tmp_path / name).mkdir(parents=True)
    await until(lambda: time.time_ns() - (tmp_path / "config").stat().st_ctime_ns > 10**9)
    trees = Trees(NAMES, DeniedPaths(patterns=("config/prod",)))
    inner = tmp_path / "a"
    assert trees.look([tmp_path]).closed == (str(tmp_path / "config/prod"),)
    assert set(trees.look([tmp_path, inner]).closed) == {
        str(tmp_path / name) for name in ("config/prod", "a/config/prod")
    }


@pytest.mark.parametrize("look_first", [True, False])
async def test_changes_in_folders_that_have_long_been_the_same_are_found(
    look_first: bool, tmp_path: Path
) -> None:
    for name in ("a/b", "c"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "c" / "AGENTS.md").touch()
    await until(lambda: time.time_ns() - (tmp_path / "c").stat().st_ctime_ns > 10**9)
    trees = Trees(NAMES)
    if look_first:
        assert names(trees, tmp_path) == {"c/AGENTS.md"}
    (tmp_path / "a" / "b" / "AGENTS.md").touch()
    (tmp_path / "c").rename(tmp_path / "a" / "d")
    assert names(trees, tmp_path) == {"a/b/AGENTS.md", "a/d/AGENTS.md"}
    (tmp_path / "a" / "b" / "AGENTS.md").unlink()
    assert names(trees, tmp_path) == {"a/d/AGENTS.md"}


@pytest.mark.parametrize(
    ("inside", "is_one"),
    [
        (("HEAD", "objects", "refs"), True),
        (("HEAD", "commondir"), True),
        (("HEAD", "refs"), False),
        (("objects", "refs"), False),
    ],
)
def test_a_repository_is_known_by_what_is_in_it(
    inside: tuple[str, ...], is_one: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "sub" / "any-name"
    for name in inside:
        (folder / name).mkdir(parents=True)
    assert Trees(NAMES).look([tmp_path]).repositories == ((str(folder),) if is_one else ())
    assert Trees(NAMES).look([folder]).repositories == ((str(folder),) if is_one else ())
