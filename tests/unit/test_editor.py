"""The user's editor: which it is, what it gets, and what is left behind."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from vtcode.errors import EditorFailed
from vtcode.session.drafts import edited
from vtcode.system.editor import editor_command


def script(folder: Path, *lines: str) -> str:
    """Write a program that a shell runs, and return what EDITOR says of it: its folder's name has a blank."""
    file = folder / "my editors" / "ed"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    file.chmod(0o755)
    return f"'{file}'"


def folder_of(file: Path) -> Path:
    return Path(file.read_text().strip()).parent


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "vi"}, ("code", "--wait")),
        ({"VISUAL": "  ", "EDITOR": "vi"}, ("vi",)),
        ({"EDITOR": "'/my editors/ed' -f"}, ("/my editors/ed", "-f")),
    ],
)
def test_the_editor_is_what_the_user_says(environment: dict[str, str], command: tuple[str, ...]) -> None:
    assert editor_command(environment) == command


def test_without_an_editor_the_user_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/no/such/folder")
    with pytest.raises(EditorFailed) as failed:
        editor_command({})
    assert "EDITOR" in failed.value.hint


def test_a_quote_without_its_partner_is_told() -> None:
    with pytest.raises(EditorFailed, match="EDITOR is no command: vi 'x"):
        editor_command({"EDITOR": "vi 'x"})


async def test_the_draft_comes_back_as_it_was_written(tmp_path: Path) -> None:
    editor = script(tmp_path, 'test "$1" = --wait && printf " there\\n" >> "$2"')
    assert await edited("hello\nyou", {"EDITOR": f"{editor} --wait"}) == "hello\nyou there"


async def test_the_file_is_the_users_alone_and_is_gone_afterwards(tmp_path: Path) -> None:
    editor = script(tmp_path, f'ls -ld "$(dirname "$1")" > {tmp_path}/mode; echo "$1" > {tmp_path}/name')
    await edited("secret", {"EDITOR": editor})
    assert (tmp_path / "mode").read_text().startswith("drwx------")
    assert not folder_of(tmp_path / "name").exists()


@pytest.mark.parametrize(
    ("lines", "reason"), [(["exit 3"], "ended with 3"), (["rm $1"], "can't be kept")], ids=["code", "removed"]
)
async def test_an_editor_that_fails_is_told(tmp_path: Path, lines: list[str], reason: str) -> None:
    with pytest.raises(EditorFailed, match=reason):
        await edited("x", {"EDITOR": script(tmp_path, *lines)})


async def test_an_editor_that_is_not_there_is_told() -> None:
    with pytest.raises(EditorFailed, match=r"^ed can't be started"):
        await edited("x", {"EDITOR": "/no/such/ed"})


async def test_ctrl_c_in_the_editor_does_not_end_the_program(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert await edited("kept", {"EDITOR": script(tmp_path, "kill -INT $PPID")}) == "kept"
    assert signal.getsignal(signal.SIGINT) is before
