"""The one gate: every call passes here between its description and its run.

The policy judges the action; where it says ask, the user is asked with what will happen before the eyes; the
answer is remembered as far as the user said. Nothing else in the program decides about a call.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.actions import Action, CommandAction
from vtcode.agent.cancellation import despite_cancellation
from vtcode.errors import UserFacingError
from vtcode.events import Notice, PermissionRequested, PermissionResolved, Scope
from vtcode.policy.rules import Policy, Verdict, decide
from vtcode.questions import Answer, Choice, PermissionQuestion
from vtcode.system.facts import collect_facts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from vtcode.agent.reply import Emit
    from vtcode.agent.workspace_settings import WorkspaceSettings
    from vtcode.messages import ToolCall
    from vtcode.policy.grants import Grants
    from vtcode.questions import Question

_SCOPES: dict[str, Scope] = {
    "once": "once",
    "session": "session",
    "always": "always",
    "workspace": "workspace",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a call may run, and if not, the words for the model."""

    allowed: bool
    words: str = ""


@dataclass(slots=True, kw_only=True)
class Gate:
    """Judges, asks, remembers."""

    policy: Policy
    grants: Grants
    workspace: Path
    ask: Callable[[Question], Awaitable[Answer]]
    settings: WorkspaceSettings
    full_auto: Callable[[str], bool] | None
    """Tells which tools need no question in a headless `--full-auto` run; None: not such a run."""
    interactive: bool
    """False: nobody is there, so what is left to ask is denied."""

    async def admit(self, call: ToolCall, action: Action, emit: Emit) -> Admission:
        """Decide about one call, with its PermissionRequested and PermissionResolved where the user is asked."""
        verdict = await asyncio.to_thread(self._judge, call.name, action)
        if verdict.decision == "prompt" and self.full_auto and self.full_auto(call.name):
            return Admission(allowed=True)
        match verdict.decision:
            case "allow":
                return Admission(allowed=True)
            case "deny":
                return Admission(allowed=False, words=f"Denied by {verdict.rule}: {verdict.reason}")
            case "prompt":
                return await self._ask(call, action, verdict, emit)
