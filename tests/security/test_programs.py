"""Programs that vtcode starts by itself, outside of every sandbox: none that the model could have written."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.sandboxed import request_for
from vtcode.errors import UserFacingError
from vtcode.providers.lms import find_lms
from vtcode.session.desktop import notification_command, notify_desktop
from vtcode.system.browser import open_in_browser
from vtcode.system.editor import edit_file, editor_command
from vtcode.system.editor_lines import Place, open_place
from vtcode.system.files import Workspace
from vtcode.system.finding import take_no_program_from
from vtcode.system.process import processes
from vtcode.system.program import run_program
from vtcode.system.ripgrep import find_ripgrep, run_bounded
from vtcode.system.sandbox import open_sandbox
from vtcode.system.versioned import project_files
from vtcode.system.working_tree import working_tree

NAMES = (
    "bwrap", "code", "env", "firefox", "git", "lms", "nano", "notify-send", "osascript", "ps", "python3",
    "rg", "sh", "sandbox-exec", "setsid", "true", "uname", "vi", "vim", "www-browser", "xdg-open",
)  # fmt: skip


def _notification(workspace: Path) -> None:
    asyncio.run(notify_desktop("title", "text"))
    if argv := notification_command("title", "text", is_mac=True):
        asyncio.run(run_program(argv, timeout_s=10))


def _review(workspace: Path) -> None:
    working_tree(workspace)


def _files(workspace: Path) -> None:
    project_files(workspace)


def _lms(workspace: Path) -> None:
    asyncio.run(find_lms().server_status())


def _search(workspace: Path) -> None:
    if program := find_ripgrep():
        asyncio.run(run_bounded([program, "--files"], cwd=workspace, max_bytes=1_000, timeout_s=10))


def _usual_editor(workspace: Path) -> None:
    # What the system has would wait for somebody to type.
    if (command := editor_command({}))[0].startswith(str(workspace)):
        asyncio.run(edit_file(command, workspace / "a"))


def _own_editor(workspace: Path) -> None:
    asyncio.run(edit_file(editor_command({"EDITOR": "no-such-editor"}), workspace / "a"))


def _editor_window(workspace: Path) -> None:
    asyncio.run(open_place(("code", "--wait"), Place(path=workspace / "a", line=1)))


def _browser(workspace: Path) -> None:
    open_in_browser((workspace / "a").as_uri())


def _processes(workspace: Path) -> None:
    processes()


def _sandbox(workspace: Path) -> None:
    open_sandbox(request_for(workspace.parent, Workspace(workspace))).close()


def _program_that_finds_another(workspace: Path) -> None:
    asyncio.run(run_program(["/usr/bin/env", "notify-send"], timeout_s=10))


@pytest.mark.parametrize(
    "starts",
    [
        _notification,
        _review,
        _files,
        _lms,
        _search,
        _usual_editor,
        _own_editor,
        _editor_window,
        _browser,
        _processes,
        _sandbox,
        _program_that_finds_another,
    ],
)
def test_program_of_the_workspace_that_vtcode_itself_would_start(
    starts: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, mark = tmp_path / "project", tmp_path / "ran"
    planted = workspace / ".venv" / "bin"
    planted.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=workspace, check=True)
    for name in (*NAMES, "no-such-editor"):
        (planted / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{mark}"\n')
        (planted / name).chmod(0o755)
    # The other folders of the PATH hold what the system has; a link there leads into the workspace.
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "lms").symlink_to(planted / "lms")
    monkeypatch.setenv("PATH", f"{planted}:{tmp_path / 'links'}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("SSH_CONNECTION", "BROWSER", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "without-rg"))
    take_no_program_from(workspace)
    with contextlib.suppress(UserFacingError, OSError):
        starts(workspace)
    assert not mark.exists(), mark.read_text()
