"""/suspend in a shell with job control, and where there is none."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from tests.support.terminal import Terminal


class ShellTerminal(Terminal):
    """A shell at a terminal."""

    program: ClassVar = ("/bin/bash", "--norc", "--noprofile", "-i")


def vtcode(project: Path) -> list[str]:
    script = project.parent / "script.jsonl"
    script.write_text(json.dumps({"text": "I am back."}))
    return ["--provider", "scripted", "-c", f"providers.scripted.script={script}"]


@pytest.mark.parametrize("wish", ["/suspend\r", "\x1a"], ids=["command", "key"])
def test_the_app_is_suspended_to_its_shell_and_comes_back(project: Path, home: Path, wish: str) -> None:
    with ShellTerminal(cwd=project, home=home) as terminal:
        terminal.type("PS1='sh> '\r")
        terminal.wait_for(lambda screen: screen.rstrip().endswith("sh>"))
        terminal.type(f"{shlex.join([sys.executable, '-m', 'vtcode', *vtcode(project)])}\r")
        terminal.wait_for("ready")
        terminal.type(wish)
        terminal.wait_for("Stopped")
        terminal.enter("echo $((40 + 2))")
        terminal.wait_for("\n42")
        terminal.enter("fg")
        terminal.wait_for("ready")
        terminal.enter("Are you there?")
        terminal.wait_for("I am back.")


def test_the_line_mode_is_suspended_to_its_shell_and_comes_back(project: Path, home: Path) -> None:
    with ShellTerminal(cwd=project, home=home) as terminal:
        terminal.type("PS1='sh> '\r")
        terminal.wait_for(lambda screen: screen.rstrip().endswith("sh>"))
        terminal.type(f"{shlex.join([sys.executable, '-m', 'vtcode', '--plain', *vtcode(project)])}\r")
        terminal.wait_for(lambda screen: screen.rstrip().endswith("\n>"))
        terminal.enter("/suspend")
        terminal.wait_for("Stopped")
        terminal.enter("fg")
        terminal.wait_for(lambda screen: screen.rstrip().endswith("\n>"))
        terminal.enter("Are you there?")
        terminal.wait_for("I am back.")


def test_without_a_shell_nothing_is_suspended(project: Path, home: Path) -> None:
    with Terminal(*vtcode(project), cwd=project, home=home) as terminal:
        terminal.wait_for("ready")
        terminal.enter("/suspend")
        terminal.wait_for("No shell is there to go back to")
