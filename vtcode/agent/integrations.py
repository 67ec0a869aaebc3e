"""Integrations: MCP servers that the model's server runs by itself, allowed by the user like a tool."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, ClassVar

from vtcode.actions import IntegrationsAction
from vtcode.agent.calls import UnderstoodCall
from vtcode.details import TextDetails
from vtcode.events import Notice
from vtcode.messages import ToolCall
from vtcode.permissions import INTEGRATIONS
from vtcode.tools.base import Arguments, Outcome, Prepared

if TYPE_CHECKING:
    from vtcode.agent.calls import CallRunner
    from vtcode.agent.reply import Emit
    from vtcode.tools.base import Running, ToolContext


_WITHOUT = "The model is asked without its server's MCP servers: they were not allowed."
_HINT = f"tools.policies.{INTEGRATIONS} allows or denies them without a question."


class Integrations:
    """Settles once in a session whether the server may run what the user has configured."""

    def __init__(self, calls: CallRunner, emit: Emit) -> None:
        self._calls = calls
        self._emit = emit
        self._settled: dict[tuple[str, ...], bool] = {}

    async def allowed(self, servers: tuple[str, ...]) -> bool:
        """Tell whether these may be run; passes the gate, as a call between two turns, the first time."""
        if not servers:
            return False
        if servers not in self._settled:
            use = _UseIntegrations(servers)
            call = ToolCall(
                id=f"{INTEGRATIONS}_{secrets.token_hex(4)}",
                name=INTEGRATIONS,
                arguments=json.dumps({"servers": servers}),
            )
            await self._calls.run_all([UnderstoodCall(call=call, tool=use, arguments=_NoArguments())])
            self._settled[servers] = use.allowed
            if not use.allowed:
                await self._emit(Notice(level="warning", text=_WITHOUT, hint=_HINT))
        return self._settled[servers]


class _NoArguments(Arguments):
    """Nothing: what is run is the user's configuration."""


class _UseIntegrations:
    """The permission, in the form of a tool; implements `Tool`."""

    name: ClassVar[str] = INTEGRATIONS
    description: ClassVar[str] = "Runs MCP servers on the model's server."
    arguments = _NoArguments
    reads_only: ClassVar[bool] = False

    def __init__(self, servers: tuple[str, ...]) -> None:
        self.allowed = False
        self._servers = servers

    async def prepare(self, arguments: _NoArguments, context: ToolContext) -> Prepared:
        """Describe what would be run."""

        async def run(_: Running) -> Outcome:
            self.allowed = True
            text = f"The server may run: {', '.join(self._servers)}."
            return Outcome(text=text, details=TextDetails(text=text))

        return Prepared(action=IntegrationsAction(servers=self._servers), run=run)
