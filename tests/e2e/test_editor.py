"""Ctrl+G: the draft in the user's own editor, in a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn

CTRL_G = "\x07"


def editor(folder: Path, *lines: str) -> str:
    file = folder / "editor.sh"
    file.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    file.chmod(0o755)
    return str(file)


def environment(emulator: Emulator, program: str) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1", "EDITOR": program, "VISUAL": ""}


@pytest.mark.parametrize("mode", [(), ("--plain",)], ids=["app", "plain"])
def test_the_draft_is_edited_and_sent(
    emulator: Emulator, project: Path, home: Path, tmp_path: Path, mode: tuple[str, ...]
) -> None:
    emulator.script(Turn(text="Done."))
    program = editor(tmp_path, 'echo "in the editor"', "read answer", 'printf " $answer" >> "$1"')
    with Terminal(*mode, cwd=project, home=home, environment=environment(emulator, program)) as app:
        app.wait_for("\n>" if mode else "ready")
        app.type("rename the")
        app.wait_for("rename the")
        app.type(CTRL_G)
        app.wait_for("in the editor")
        app.type("parser\n")
        app.wait_for("rename the parser")
        app.type("\r")
        app.wait_for("Done.")
    assert '"rename the parser"' in emulator.replies_asked[-1].body.decode()


def test_an_editor_that_fails_leaves_the_draft(
    emulator: Emulator, project: Path, home: Path, tmp_path: Path
) -> None:
    program = editor(tmp_path, "exit 7")
    with Terminal(cwd=project, home=home, environment=environment(emulator, program)) as app:
        app.wait_for("ready")
        app.type("rename the")
        app.wait_for("rename the")
        app.type(CTRL_G)
        app.wait_for("ended with 7")
        assert "rename the" in app.text()
