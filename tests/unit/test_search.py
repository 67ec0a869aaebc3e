"""Searching and listing: with ripgrep, and without it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from vtcode.errors import ToolFailed
from vtcode.system.globs import glob_regex
from vtcode.system.listing import list_below, symlinks_in
from vtcode.system.ripgrep import find_ripgrep, run_bounded
from vtcode.system.search import SearchQuery, SearchResult, search

if TYPE_CHECKING:
    from pathlib import Path

RIPGREP = find_ripgrep()
BOTH = pytest.mark.parametrize(
    "ripgrep", [pytest.param(RIPGREP, id="ripgrep"), pytest.param("", id="python")]
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "a.py": "import os\n\ndef find_me():\n    return 'Find_Me'\n",
        "sub/b.txt": "nothing\nfind_me (here)\nnothing\n",
        ".hidden/c.py": "find_me = 1\n",
        ".git/config": "find_me\n",
        "node_modules/x/index.js": "find_me()\n",
        "crlf.txt": "one\r\nfind_me\r\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
    (tmp_path / "binary").write_bytes(b"find_me\0")
    (tmp_path / "link.py").symlink_to("a.py")
    return tmp_path


def places(result: SearchResult) -> list[str]:
    return [f"{file.path}:{line.number}" for file in result.files for line in file.lines if line.matches]


def test_ripgrep_is_found_in_the_environments_scripts_folder() -> None:
    assert os.access(RIPGREP, os.X_OK)


@BOTH
async def test_matches_are_found_sorted_by_path(tree: Path, ripgrep: str) -> None:
    result = await search(tree, SearchQuery(pattern="find_me"), ripgrep=ripgrep)
    assert places(result) == [".hidden/c.py:1", "a.py:3", "a.py:4", "crlf.txt:2", "sub/b.txt:2"]
    assert result.complete
    assert result.files[2].lines[0].text == "find_me"


@BOTH
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"pattern": "Find_Me"}, ["a.py:4"], id="an-upper-case-letter-means-case"),
        pytest.param(
            {"pattern": "Find_Me", "case_sensitive": False, "path": "a.py"},
            ["a.py:3", "a.py:4"],
            id="any-case",
        ),
        pytest.param(
            {"pattern": "find_me", "case_sensitive": True, "path": "a.py"}, ["a.py:3"], id="exact-case"
        ),
        pytest.param({"pattern": r"^def\s+\w+"}, ["a.py:3"], id="regex"),
        pytest.param({"pattern": "find_me (", "literal": True}, ["sub/b.txt:2"], id="literal"),
        pytest.param({"pattern": "find_me", "path": "sub"}, ["sub/b.txt:2"], id="folder"),
        pytest.param({"pattern": "find_me", "path": "sub/b.txt"}, ["sub/b.txt:2"], id="file"),
        pytest.param(
            {"pattern": "find_me", "path": "node_modules/x"},
            ["node_modules/x/index.js:1"],
            id="a-skipped-folder-by-name",
        ),
        pytest.param({"pattern": "find_me", "glob": "*.txt"}, ["crlf.txt:2", "sub/b.txt:2"], id="glob"),
        pytest.param({"pattern": "find_me", "glob": "sub/*"}, ["sub/b.txt:2"], id="glob-with-a-folder"),
        pytest.param(
            {"pattern": "find_me", "glob": "*.{py,js}", "path": "a.py"},
            ["a.py:3", "a.py:4"],
            id="glob-of-two",
        ),
        pytest.param({"pattern": "--files"}, [], id="looks-like-an-option"),
        pytest.param({"pattern": "-e", "glob": "-*"}, [], id="looks-like-a-short-option"),
    ],
)
async def test_a_query_finds(tree: Path, ripgrep: str, query: dict[str, Any], expected: list[str]) -> None:
    assert places(await search(tree, SearchQuery(**query), ripgrep=ripgrep)) == expected


@BOTH
async def test_context_lines_stand_beside_the_match(tree: Path, ripgrep: str) -> None:
    result = await search(tree, SearchQuery(pattern="here", context_lines=1), ripgrep=ripgrep)
    assert [(line.number, line.matches) for line in result.files[0].lines] == [
        (1, False),
        (2, True),
        (3, False),
    ]


@BOTH
async def test_a_bad_pattern_is_told(tree: Path, ripgrep: str) -> None:
    result = await search(tree, SearchQuery(pattern="find_me("), ripgrep=ripgrep)
    assert result.files == ()
    assert result.problem


@BOTH
async def test_long_lines_and_odd_names_are_kept_apart(tmp_path: Path, ripgrep: str) -> None:
    (tmp_path / "a:1:b-2-c.txt").write_text("x" * 5_000 + "\n12:needle\n")
    result = await search(tmp_path, SearchQuery(pattern="x|needle"), ripgrep=ripgrep)
    assert [file.path for file in result.files] == ["a:1:b-2-c.txt"]
    assert len(result.files[0].lines[0].text) < 400
    assert result.files[0].lines[1].text == "12:needle"


@BOTH
async def test_more_matches_than_are_kept_are_told(tmp_path: Path, ripgrep: str) -> None:
    for number in range(20):
        (tmp_path / f"{number}.txt").write_text(("needle" + "x" * 240 + "\n") * 400)
    result = await search(tmp_path, SearchQuery(pattern="needle"), ripgrep=ripgrep)
    assert not result.complete
    assert 1_000 < len(places(result)) < 8_000


async def test_ignore_files_count_outside_a_repository_too(tree: Path) -> None:
    (tree / ".gitignore").write_text("sub/\n")
    result = await search(tree, SearchQuery(pattern="here"), ripgrep=RIPGREP)
    assert result.files == ()


async def test_a_users_ripgrep_settings_do_not_change_a_search(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tree / "ripgreprc"
    settings.write_text("--invert-match\n")
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(settings))
    result = await search(tree, SearchQuery(pattern="here"), ripgrep=RIPGREP)
    assert places(result) == ["sub/b.txt:2"]


async def test_a_pattern_that_takes_for_ever_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * 60 + "\n")
    result = await search(tmp_path, SearchQuery(pattern="(a+)+$b"), ripgrep="", timeout_s=0.5)
    assert result.timed_out
    assert not result.complete


async def test_modules_in_the_searched_folder_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "a.txt").write_text("needle\n")
    assert places(await search(tmp_path, SearchQuery(pattern="needle"), ripgrep="")) == ["a.txt:1"]


async def test_a_cancelled_run_leaves_no_process(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = f"import os, signal; open({str(fifo)!r}, 'w').write(str(os.getpid())); signal.pause()"
    run = asyncio.create_task(
        run_bounded([sys.executable, "-c", script], cwd=tmp_path, max_bytes=10, timeout_s=60)
    )
    process_id = int(await asyncio.to_thread(fifo.read_text))
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


async def test_a_program_that_prints_for_ever_is_stopped(tmp_path: Path) -> None:
    script = [sys.executable, "-c", "while True: print('line')"]
    output = await run_bounded(script, cwd=tmp_path, max_bytes=1_000, timeout_s=60)
    assert output.cut
    assert output.stdout.endswith(b"line\n")
    assert len(output.stdout) <= 1_000


async def test_a_program_that_is_missing_is_a_clear_result(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="rg can't be started"):
        await search(tmp_path, SearchQuery(pattern="x"), ripgrep=str(tmp_path / "rg"))


@BOTH
async def test_a_listing_has_hidden_files_and_leaves_out_the_uninteresting(tree: Path, ripgrep: str) -> None:
    listing = await list_below(tree, ripgrep=ripgrep)
    assert listing.files == (".hidden/c.py", "a.py", "binary", "crlf.txt", "sub/b.txt")
    assert listing.complete


@BOTH
async def test_a_listing_of_an_uninteresting_folder_by_name_works(tree: Path, ripgrep: str) -> None:
    assert (await list_below(tree / "node_modules", ripgrep=ripgrep)).files == ("x/index.js",)


async def test_a_listing_respects_ignore_files_of_the_folders_above(tree: Path) -> None:
    (tree / ".gitignore").write_text("*.txt\n")
    assert (await list_below(tree / "sub", ripgrep=RIPGREP)).files == ()


def test_symlinks_are_told_with_their_targets(tree: Path) -> None:
    assert symlinks_in(tree) == [("link.py", "a.py")]
    assert symlinks_in(tree / "missing") == []


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.py", "a.py", True),
        ("*.py", "deep/down/a.py", True),
        ("*.py", "a.pyc", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/*.py", "src/a.py", True),
        ("src/**/*.py", "src/deep/er/a.py", True),
        ("**/test_*", "a/b/test_x", True),
        ("src/**", "src/a/b", True),
        ("./src/?.py", "src/a.py", True),
        ("*.{ts,tsx}", "a.tsx", True),
        ("*.{ts,tsx}", "a.js", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("a,b", "a,b", True),
        ("a{b", "a{b", True),
        ("a.b", "axb", False),
    ],
)
def test_a_glob_matches_as_in_ripgrep(pattern: str, path: str, matches: bool) -> None:
    assert bool(re.fullmatch(glob_regex(pattern), path)) is matches
