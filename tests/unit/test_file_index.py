"""Files found by a few letters of their path: the order, and the list that is kept."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.session.file_index import FileIndex
from vtcode.session.fuzzy import ranked
from vtcode.system.ripgrep import find_ripgrep

PATHS = st.lists(st.text(alphabet="abcXY./_-", min_size=1, max_size=12), max_size=30)


def in_order(paths: list[str], letters: str) -> list[str]:
    return [path for _, _, path in sorted(ranked(paths, letters))]


@pytest.mark.parametrize(
    ("letters", "order"),
    [
        pytest.param("app", ["app.py", "tui/apps.py", "test_app.py", "snapper.py", "app/main.py"], id="name"),
        pytest.param("tui/app", ["tui/app.py", "old/tui/application.py"], id="with a folder"),
        pytest.param("APP", ["src/app.py"], id="either case"),
        pytest.param("tprm", ["tests/prompt.py"], id="letters from several parts"),
        pytest.param("", ["a.py", "bb.py", "ccc.py"], id="nothing typed: the shortest"),
        pytest.param("src", ["src/", "src/main.py", "main/strict.py"], id="a folder by its name"),
        pytest.param("src/", ["src/", "src/b/", "src/a.py"], id="what is in a folder, behind itself"),
    ],
)
def test_the_likeliest_file_comes_first(letters: str, order: list[str]) -> None:
    assert in_order([*reversed(order), *(["zzz"] if letters else [])], letters) == order


@given(paths=PATHS, letters=st.text(alphabet="abcxy./_-", max_size=5))
def test_a_path_is_found_exactly_when_it_holds_the_letters_in_their_order(
    paths: list[str], letters: str
) -> None:
    def holds(path: str) -> bool:
        rest = iter(path.casefold())
        return all(letter in rest for letter in letters)

    assert in_order(paths, letters) == sorted(
        (path for path in paths if holds(path)), key=in_order(paths, letters).index
    )
    assert sorted(in_order(paths, letters)) == sorted(path for path in paths if holds(path))


@given(path=st.text(min_size=1, max_size=30), cut=st.integers(min_value=1, max_value=30))
def test_a_path_is_found_by_any_start_of_it(path: str, cut: int) -> None:
    assert in_order([path], path[:cut]) == [path]


@given(letters=st.text(max_size=8))
def test_letters_are_never_an_expression(letters: str) -> None:
    assert in_order([f"a/{letters}b"], letters) == [f"a/{letters}b"]


def make_project(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name in ("src/app.py", "src/prompt.py", ".hidden/notes.md", "build/app.o"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (folder / ".gitignore").write_text("build/\n")
    return folder


@pytest.mark.skipif(not find_ripgrep(), reason="ripgrep is not there")
async def test_what_git_ignores_is_not_found(tmp_path: Path) -> None:
    index = FileIndex(make_project(tmp_path))
    assert await index.search("app", limit=10) == ("src/app.py",)
    assert await index.search("notes", limit=10) == (".hidden/notes.md",)


async def test_folders_are_found_with_a_slash_and_empty_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.py").touch()
    index = FileIndex(tmp_path, find_program=lambda: "")
    assert await index.search("", limit=10) == ("deep/", "deep/er/", "deep/er/a.py")


@pytest.mark.skipif(not find_ripgrep(), reason="ripgrep is not there")
async def test_a_folder_that_git_ignores_is_not_found(tmp_path: Path) -> None:
    index = FileIndex(make_project(tmp_path))
    assert await index.search("build", limit=10) == ()


async def test_an_added_folder_is_searched_at_once_and_left_out_once_it_is_removed(tmp_path: Path) -> None:
    added: list[Path] = []
    index = FileIndex(
        make_project(tmp_path / "here"), added=lambda: tuple(added), find_program=lambda: "", clock=lambda: 0
    )
    assert await index.search("library", limit=10) == ()
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "one.py").touch()
    added.append(tmp_path / "library")
    found = (f"{tmp_path}/library/", f"{tmp_path}/library/one.py")
    assert await index.search("library", limit=10) == found
    added.clear()
    assert await index.search("library", limit=10) == ()


async def test_files_are_found_without_ripgrep_too(tmp_path: Path) -> None:
    index = FileIndex(make_project(tmp_path), find_program=lambda: "")
    assert "src/app.py" in await index.search("app", limit=10)


async def test_no_more_than_was_asked_for_is_found(tmp_path: Path) -> None:
    index = FileIndex(make_project(tmp_path), find_program=lambda: "")
    assert len(await index.search("", limit=2)) == 2


async def test_a_new_file_is_found_once_the_list_is_old(tmp_path: Path) -> None:
    now = 0.0
    index = FileIndex(make_project(tmp_path), find_program=lambda: "", clock=lambda: now)
    await index.search("", limit=1)
    (tmp_path / "fresh.py").write_text("")
    assert await index.search("fresh", limit=1) == ()
    now = 60.0
    async with asyncio.timeout(20):
        while not await index.search("fresh", limit=1):
            pass


async def test_an_old_list_answers_while_a_new_one_is_made(tmp_path: Path) -> None:
    now = 0.0
    index = FileIndex(make_project(tmp_path), find_program=lambda: "", clock=lambda: now)
    await index.search("", limit=1)
    shutil.rmtree(tmp_path / "src")
    now = 60.0
    assert await index.search("prompt", limit=1) == ("src/prompt.py",)
    await index.close()


async def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    for program in ("", find_ripgrep(), "/no/such/rg"):
        index = FileIndex(tmp_path / "gone", find_program=lambda program=program: program)  # type: ignore[misc]
        assert await index.search("", limit=5) == ()


async def test_other_tasks_get_their_turn_while_many_files_are_searched(tmp_path: Path) -> None:
    for number in range(6_000):
        (tmp_path / f"file{number}").touch()
    index = FileIndex(tmp_path, find_program=lambda: "")
    await index.search("", limit=1)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await index.search("file5999", limit=1)
    counting.cancel()
    assert turns >= 3
