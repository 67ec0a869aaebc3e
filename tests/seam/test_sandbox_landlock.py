"""What Landlock holds, which is less: it stands in for reading only."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sandboxed import Place, request_for
from vtcode.system.files import Workspace
from vtcode.system.sandbox.base import SandboxUnavailable
from vtcode.system.sandbox.landlock import LandlockSandbox
from vtcode.system.shell_start import ShellSettings
from vtcode.tools.base import ToolContext


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    workspace = Workspace(tmp_path / "project")
    workspace.root.mkdir()
    try:
        sandbox = LandlockSandbox.open(request_for(tmp_path, workspace, policy="read_only"))
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))
    yield Place(
        tmp_path, ToolContext(workspace=workspace, shell=ShellSettings(timeout_s=20, sandbox=sandbox))
    )
    sandbox.close()


@pytest.mark.parametrize(
    "attempt",
    [
        "echo x > file",
        "echo x >> file",
        "truncate -s 0 file",
        "touch new",
        "mkdir new",
        "rm file",
        "mv file moved",
        "ln file hard",
        "ln -s file soft",
        "echo x > ../outside",
        "python3 -c 'import os; os.truncate(\"file\", 0)'",
    ],
)
async def test_nothing_can_be_written(attempt: str, place: Place) -> None:
    (place.workspace / "file").write_text("as it was")
    assert (await place.run(attempt)).failed
    assert [path.name for path in place.workspace.iterdir()] == ["file"]
    assert (place.workspace / "file").read_text() == "as it was"


async def test_reading_and_temporary_files_work(place: Place) -> None:
    (place.workspace / "file").write_text("read")
    assert await place.says('cp file "$TMPDIR/copy" && cat "$TMPDIR/copy" 2>/dev/null') == "read"


async def test_no_tcp_connection_can_be_made(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert (await place.run(f"exec 3<>/dev/tcp/127.0.0.1/{port}")).failed


def test_it_is_never_a_full_sandbox_and_says_what_it_lacks(place: Place) -> None:
    holds = place.sandbox.containment
    assert not holds.is_full
    assert holds.falls_short
    assert "DNS" in holds.describe()


def test_its_folder_for_temporary_files_goes_with_it(tmp_path: Path) -> None:
    try:
        sandbox = LandlockSandbox.open(request_for(tmp_path, Workspace(tmp_path), policy="read_only"))
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))
    folder = Path(sandbox.launch(["true"], cwd="/", environment={}).environment["TMPDIR"])
    assert folder.is_dir()
    assert folder.parent == Path(tempfile.gettempdir())
    sandbox.close()
    assert not folder.exists()
