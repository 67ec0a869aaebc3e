"""What the commands of a session run in, as it is configured."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.bootstrap.permissions import denied_paths, shell_of
from vtcode.events import Notice
from vtcode.policy.paths import PROTECTED_NAMES, RESERVED_NAMES
from vtcode.session.secrets import secret_variables
from vtcode.system.files import Workspace
from vtcode.system.sandbox import SandboxRequest, open_sandbox
from vtcode.system.shell_start import ShellSettings
from vtcode.tools.base import ToolContext

if TYPE_CHECKING:
    from vtcode.config.load import Configuration
    from vtcode.system.sandbox import Containment


def tool_context(configuration: Configuration, *, interactive: bool) -> ToolContext:
    """Return what tools work on in a session with this configuration."""
    pty = configuration.settings.pty
    return ToolContext(
        workspace=Workspace(
            configuration.workspace,
            own_folders=(configuration.locations.state, configuration.locations.cache),
            denied=denied_paths(configuration),
        ),
        shell=ShellSettings(
            program=shell_of(configuration),
            rows=pty.default_rows,
            cols=pty.default_cols,
            timeout_s=float(pty.command_timeout_seconds),
            secrets=secret_variables(configuration),
            interactive=interactive,
        ),
    )


class ContextInMaking:
    """What tools work on in a session, made while the rest of it is opened: trying a sandbox out takes time.

    Args:
        configuration: As it is known now.
        interactive: Somebody is there to type into a command.
        sandboxed: A sandbox is tried out for the commands; False: there will be none.
    """

    def __init__(self, configuration: Configuration, *, interactive: bool, sandboxed: bool) -> None:
        self._configuration = configuration
        self._interactive = interactive
        self._sandboxed = sandboxed
        self._making = asyncio.create_task(self._made())

    async def made(self, configuration: Configuration) -> ToolContext:
        """Return it; made anew where the user has changed the configuration meanwhile."""
        if configuration is not self._configuration:
            await self.discard()
            self._configuration = configuration
            self._making = asyncio.create_task(self._made())
        return await self._making

    async def discard(self) -> None:
        """Remove what the sandbox put on the disk: there will be no session."""
        await asyncio.wait({self._making})
        if self._making.cancelled() or self._making.exception():
            return
        if sandbox := self._making.result().shell.sandbox:
            sandbox.close()

    async def _made(self) -> ToolContext:
        context = tool_context(self._configuration, interactive=self._interactive)
        if self._sandboxed:
            await contain(context, self._configuration)
        return context


async def contain(context: ToolContext, configuration: Configuration) -> None:
    """Have the commands of `context` run in the sandbox that is configured, as far as there is one."""
    request = sandbox_request(configuration, context.workspace)
    context.shell = replace(context.shell, sandbox=await asyncio.to_thread(open_sandbox, request))


async def containment_of(configuration: Configuration) -> Containment:
    """Return what would hold for the commands of a session with this configuration."""
    request = sandbox_request(configuration, Workspace(configuration.workspace))
    sandbox = await asyncio.to_thread(open_sandbox, request)
    sandbox.close()
    return sandbox.containment


def sandbox_request(configuration: Configuration, workspace: Workspace) -> SandboxRequest:
    """Return what is asked of a sandbox for `workspace`."""
    settings, locations = configuration.settings.sandbox, configuration.locations
    return SandboxRequest(
        policy=settings.default_policy,
        network=settings.network.policy == "on",
        workspace=workspace.root,
        added=lambda: workspace.added,
        home=Path("~").expanduser(),
        protected_names=PROTECTED_NAMES,
        reserved_names=RESERVED_NAMES,
        private=(locations.state,),
        read_only=(locations.config, locations.cache),
        denied=denied_paths(configuration),
    )


def shortfall(containment: Containment) -> Notice | None:
    """Return what to tell the user where less holds than is configured."""
    if not containment.falls_short:
        return None
    return Notice(level="warning", text=f"Sandbox: {containment.describe()}.", hint=containment.hint)
