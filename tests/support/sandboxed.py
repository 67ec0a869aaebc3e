"""Commands in a real sandbox, through the tool that runs them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.commands import Listener
from vtcode.details import CommandDetails
from vtcode.policy.paths import PROTECTED_NAMES, RESERVED_NAMES
from vtcode.system.files import Workspace
from vtcode.system.sandbox import Sandbox, SandboxRequest, open_sandbox
from vtcode.system.shell_start import ShellSettings
from vtcode.tools.base import Outcome, ToolContext
from vtcode.tools.run_pty_cmd import RunPtyCmd, RunPtyCmdArguments


@dataclass(slots=True)
class Place:
    """A workspace with a home beside it, and a sandbox around its commands."""

    folder: Path
    """Outside of every sandbox; not below /tmp, which is another one inside."""
    context: ToolContext

    @property
    def workspace(self) -> Path:
        return self.context.workspace.root

    @property
    def sandbox(self) -> Sandbox:
        assert self.context.shell.sandbox
        return self.context.shell.sandbox

    async def run(self, command: str, listener: Listener | None = None, **arguments: object) -> Outcome:
        given = RunPtyCmdArguments.model_validate({"command": command, **arguments})
        call = await RunPtyCmd().prepare(given, self.context)
        return await call.run(listener or Listener())

    async def says(self, command: str) -> str:
        """Return what a command writes."""
        details = (await self.run(command)).details
        assert isinstance(details, CommandDetails)
        return details.output.replace("\r\n", "\n").strip()


@contextmanager
def folder_outside_tmp() -> Iterator[Path]:
    """Make a folder that no command has a folder of its own in place of, as for pytest's in Linux's /tmp."""
    path = Path(tempfile.mkdtemp(dir="/var/tmp" if sys.platform == "linux" else None)).resolve()
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def bubblewrapped(folder: Path) -> Iterator[Place]:
    """Open a place in bubblewrap, and close it; skips where there is none."""
    place = open_place(folder, needs=("bubblewrap",))
    try:
        yield place
    finally:
        place.sandbox.close()


def request_for(folder: Path, workspace: Workspace, **changes: object) -> SandboxRequest:
    """Return what a session asks for; its home and its own folders lie in `folder`."""
    request = SandboxRequest(
        policy="workspace_write",
        network=False,
        workspace=workspace.root,
        added=lambda: workspace.added,
        home=folder / "home",
        protected_names=PROTECTED_NAMES,
        reserved_names=RESERVED_NAMES,
        private=(folder / "state",),
        read_only=(folder / "config",),
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def open_place(folder: Path, *, needs: Sequence[str], **changes: object) -> Place:
    """Make a workspace in `folder` and a sandbox for it; skips where no back end of `needs` is there.

    `changes` are made to what is asked of the sandbox.
    """
    for name in ("project", "home/.ssh", "state", "config"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    workspace = Workspace(folder / "project")
    sandbox = open_sandbox(request_for(folder, workspace, **changes))
    if sandbox.containment.back_end not in needs:
        sandbox.close()
        pytest.skip(sandbox.containment.describe())
    environment = dict(os.environ) | {"HOME": str(folder / "home")}
    shell = ShellSettings(timeout_s=20, sandbox=sandbox, environment=environment)
    return Place(folder, ToolContext(workspace=workspace, shell=shell))
