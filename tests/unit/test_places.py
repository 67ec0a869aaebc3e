"""Files that a text names, and what the editors are told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vtcode.errors import EditorFailed, UsageError
from vtcode.session.places import edit_place, needs_terminal, place_at, place_named, places_in
from vtcode.system.editor_lines import Place, command_at


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "work"
    (root / "src").mkdir(parents=True)
    for name in ("src/main.py", "Makefile", "odd:3"):
        (root / name).write_text("x\n")
    (tmp_path / "outside.py").write_text("x\n")
    return root


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("see src/main.py.", None, None),
        ("`src/main.py:12`", 12, None),
        ("(src/main.py:12:5)", 12, 5),
        ("./src/main.py:7: error", 7, None),
        ('  File "src/main.py", line 3, in main', 3, None),
        ("src/main.py(4,2): error", 4, None),
    ],
)
def test_a_place_is_read_as_tools_write_it(
    root: Path, text: str, line: int | None, column: int | None
) -> None:
    assert places_in(text, [root]) == (Place(path=root / "src/main.py", line=line, column=column),)


@pytest.mark.parametrize(
    "text",
    ["src", "../outside.py", "no/such.py:3", "/etc/passwd", "a\0b", "x" * 5_000, "https://x.org/Makefile"],
)
def test_what_is_no_file_of_the_workspace_is_no_place(root: Path, text: str) -> None:
    assert places_in(text, [root]) == ()


def test_a_link_that_leads_out_is_no_place(root: Path) -> None:
    (root / "way_out").symlink_to(root.parent / "outside.py")
    assert places_in("way_out", [root]) == ()


def test_each_place_is_there_once_in_order(root: Path) -> None:
    text = f"Makefile:2 src/main.py Makefile:2 {root}/Makefile Makefile:1"
    names = [(place.path.name, place.line) for place in places_in(text, [root])]
    assert names == [("Makefile", 2), ("main.py", None), ("Makefile", None), ("Makefile", 1)]


def test_a_click_opens_what_stands_under_it(root: Path) -> None:
    text = "from Makefile:2 to src/main.py:3"
    assert place_at(text, text.index("Make") + 9, [root]) == Place(path=root / "Makefile", line=2)
    assert place_at(text, text.index("to"), [root]) is None
    assert place_at(text, 500, [root]) is None


@pytest.mark.parametrize("typed", ["src/main.py:abc", "src/main.py:", "Makefile:3x", "src/main.py:1:2:3"])
def test_edit_makes_no_file_of_a_line_that_is_none(root: Path, typed: str) -> None:
    with pytest.raises(UsageError, match="names no line of"):
        place_named(typed, [root])


def test_edit_takes_a_file_that_is_not_there_yet_and_a_name_with_a_colon(root: Path) -> None:
    assert place_named("new.py:3", [root]) == Place(path=root / "new.py", line=3)
    assert place_named("odd:3", [root]) == Place(path=root / "odd:3")


@pytest.mark.parametrize(("typed", "why"), [("../outside.py", "not in the workspace"), ("src", "a folder")])
def test_edit_refuses_what_is_no_file_of_the_workspace(root: Path, typed: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        place_named(typed, [root])


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("vi", ("+12", "/f")),
        ("/usr/bin/vim -u NONE", ("+call cursor(12,5)", "/f")),
        ("nano", ("+12,5", "/f")),
        ("emacs -nw", ("+12:5", "/f")),
        ("hx", ("/f:12:5",)),
        ("code --wait", ("--goto", "/f:12:5")),
        ("subl", ("/f:12:5",)),
        ("my-editor", ("/f",)),
    ],
)
def test_an_editor_is_told_the_line_in_its_own_way(command: str, words: tuple[str, ...]) -> None:
    start = tuple(command.split())
    assert command_at(start, Place(path=Path("/f"), line=12, column=5)) == (*start, *words)
    assert command_at(start, Place(path=Path("/f"))) == (*start, "/f")


def test_only_an_editor_without_a_window_takes_the_terminal() -> None:
    assert needs_terminal({"EDITOR": "vim"})
    assert not needs_terminal({"EDITOR": "code --wait"})


def editor(folder: Path, name: str, *lines: str) -> dict[str, str]:
    file = folder / name
    file.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    file.chmod(0o755)
    return {"EDITOR": f"{file} --wait"}


async def test_an_editor_with_a_window_is_told_not_to_wait(tmp_path: Path) -> None:
    told = tmp_path / "told"
    await edit_place(Place(path=Path("/f"), line=2), editor(tmp_path, "code", f'echo "$@" > {told}'))
    assert told.read_text() == "--goto /f:2:1\n"


async def test_an_editor_with_a_window_that_fails_at_once_is_told(tmp_path: Path) -> None:
    with pytest.raises(EditorFailed, match="ended with 3"):
        await edit_place(Place(path=Path("/f")), editor(tmp_path, "subl", "exit 3"))


async def test_a_window_that_stays_open_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hold")
    await edit_place(Place(path=Path("/f")), editor(tmp_path, "gvim", f"cat {tmp_path}/hold"))
    (tmp_path / "hold").write_text("over")
