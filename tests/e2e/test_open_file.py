"""`/edit` and `/copy` in a real terminal: the editor takes it while it runs; the clipboard is its own."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn

MODES = pytest.mark.parametrize("mode", [(), ("--plain",)], ids=["app", "plain"])


def environment(emulator: Emulator, program: str) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1", "EDITOR": program, "VISUAL": "", "TMUX": ""}


@MODES
def test_a_file_opens_at_its_line_and_the_program_goes_on_afterwards(
    emulator: Emulator, project: Path, home: Path, tmp_path: Path, mode: tuple[str, ...]
) -> None:
    vim = tmp_path / "vim"
    vim.write_text('#!/bin/sh\necho "vim: $1 $(basename "$2")"\nread answer\necho "$answer" > written\n')
    vim.chmod(0o755)
    (project / "main.py").write_text("one\ntwo\n")
    with Terminal(*mode, cwd=project, home=home, environment=environment(emulator, str(vim))) as app:
        app.wait_for("\n>" if mode else "ready")
        app.type("/edit main.py:2\r")
        app.wait_for("vim: +call cursor(2,1) main.py")
        app.type("typed in the editor\n")
        app.wait_for(lambda screen: "vim:" not in screen or screen.rstrip().endswith(">"))
        app.type("still here")
        app.wait_for("still here")
    assert (project / "written").read_text() == "typed in the editor\n"


@MODES
def test_the_last_answer_goes_to_the_terminals_clipboard(
    emulator: Emulator, project: Path, home: Path, mode: tuple[str, ...]
) -> None:
    emulator.script(Turn(text="Take this."))
    with Terminal(*mode, cwd=project, home=home, environment=environment(emulator, "true")) as app:
        app.wait_for("\n>" if mode else "ready")
        app.type("say it\r")
        app.wait_for("Take this.")
        app.wait_for("[window]" if mode else "ready")
        app.type("/copy\r")
        app.wait_for("Copied the last answer, 1 line")
    assert b"\x1b]52;c;" + base64.b64encode(b"Take this.") + b"\x07" in app.received
