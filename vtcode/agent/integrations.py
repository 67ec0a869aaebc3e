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
    from vtcode.frontend import Emit
    from vtcode.tools.base import Running, ToolContext


_WITHOUT = "The model is asked without its server's MCP servers: they were not allowed."
_HINT = f"tools.policies.{INTEGRATIONS} allows or denies them without a question."


class Integrations:
    """Settles, once in a session for each server, whether it may run what the user has configured."""

    def __init__(self, calls: CallRunner, emit: Emit) -> None:
        self._calls = calls
        self._emit = emit
        self._settled: dict[IntegrationsAction, bool] = {}

    async def allowed(self, address: str, servers: tuple[str, ...]) -> bool:
        """Tell whether the server at `address` may run these; passes the gate, as a call, the first time."""
        if not servers:
            return False
        action = IntegrationsAction(address=address, servers=servers)
        if action not in self._settled:
            use = _UseIntegrations(action)
            call = ToolCall(
                id=f"{INTEGRATIONS}_{secrets.token_hex(4)}",
                name=INTEGRATIONS,
                arguments=json.dumps({"address": address, "servers": servers}),
            )
            await self._calls.run_all([UnderstoodCall(call=call, tool=use, arguments=_NoArguments())])
            self._settled[action] = use.allowed
            if not use.allowed:
                await self._emit(Notice(level="warning", text=_WITHOUT, hint=_HINT))
        return self._settled[action]


class _NoArguments(Arguments):
    """Nothing: what is run is the user's configuration."""


class _UseIntegrations:
    """The permission, in the form of a tool; implements `Tool`."""

    name: ClassVar[str] = INTEGRATIONS
    description: ClassVar[str] = "Runs MCP servers on the model's server."
    brief: ClassVar[str] = description
    arguments = _NoArguments
    reads_only: ClassVar[bool] = False

    def __init__(self, action: IntegrationsAction) -> None:
        self.allowed = False
        self._action = action

    async def prepare(self, arguments: _NoArguments, context: ToolContext) -> Prepared:
        """Describe what would be run."""

        async def run(_: Running) -> Outcome:
            self.allowed = True
            text = f"{self._action.address} may run: {', '.join(self._action.servers)}."
            return Outcome(text=text, details=TextDetails(text=text))

        return Prepared(action=self._action, run=run)
