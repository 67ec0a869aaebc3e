"""The one gate: every call passes here between its description and its run.

The policy judges the action; where it says ask, the user is asked with what will happen before the eyes; the
answer is remembered as far as the user said. Nothing else in the program decides about a call.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vtcode.actions import WriteAction
from vtcode.agent.audit import DecisionRecord
from vtcode.agent.cancellation import despite_cancellation
from vtcode.agent.redacting import redacted
from vtcode.agent.untrusted import UntrustedContent
from vtcode.errors import UserFacingError
from vtcode.events import Notice, PermissionRequested, PermissionResolved, Scope
from vtcode.hunks import hunks_of
from vtcode.policy import Grants, Policy, Verdict
from vtcode.policy import grants as granting
from vtcode.questions import Answer, Choice, PermissionQuestion
from vtcode.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from vtcode.actions import Action
    from vtcode.agent.audit import AnsweredBy, AuditLog
    from vtcode.agent.saved_settings import SavedSettings
    from vtcode.frontend import Emit
    from vtcode.messages import ToolCall
    from vtcode.questions import Question

_SCOPES: dict[str, Scope] = {
    "once": "once",
    "session": "session",
    "always": "always",
    "workspace": "workspace",
}
_ANSWERED_BY: dict[Scope, AnsweredBy] = {
    "once": "user_once",
    "session": "user_session",
    "always": "user_always",
    "workspace": "user_workspace",
}
_DENIED_BY_USER = "Denied by the user."
_NOBODY_TO_ASK = (
    "Denied: this needs the user's consent ({rule}: {reason}), and in a headless run nobody can be asked. "
    "Do without it, or say what you would need."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a call may run, and if not, the words for the model."""

    allowed: bool
    words: str = ""
    answered_by: AnsweredBy = "rule"
    left_out: tuple[int, ...] = ()
    """The hunks, numbered from 1, that the user took out of a change that is allowed."""


@dataclass(slots=True, kw_only=True)
class Gate:
    """Judges, asks, remembers."""

    policy: Policy
    grants_file: Path
    workspace: Path
    ask: Callable[[Question], Awaitable[Answer]]
    saved_settings: SavedSettings
    full_auto: Callable[[str], bool] | None
    """Tells which tools need no question in a headless `--full-auto` run; None: not such a run."""
    interactive: bool
    """False: nobody is there, so what is left to ask is denied."""
    audit: AuditLog | None = None
    """Where every decision is recorded; None: nowhere."""
    session_id: str = ""
    """Stands in the records."""
    redaction: Redaction = field(default_factory=Redaction)
    """Takes secrets out of the records."""
    added_folders: Callable[[], Sequence[Path]] = tuple
    """Real paths of further folders that count as the workspace, as it is now."""
    before_run: Callable[[Action, str], Awaitable[None]] | None = None
    """Is told of what is about to run, with the rule that decided; None: nobody is."""
    untrusted: UntrustedContent = field(init=False)
    """What the model has read; it is told in questions, and decides nothing."""
    _session_grants: Grants = field(default_factory=Grants)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.untrusted = UntrustedContent(self.workspace)

    def judge(self, tool: str, action: Action) -> Verdict:
        """Return what the rules say, without asking anybody; blocks for some milliseconds."""
        from vtcode.policy.gathering import collect_facts
        from vtcode.policy.rules import judge

        facts = collect_facts(
            action,
            self.workspace,
            added_folders=self.added_folders(),
            denied=self.policy.paths,
            shell=self.policy.shell,
        )
        return judge(tool, action, self.policy, self.grants(), facts)

    def grants(self) -> Grants:
        """Return what the user has granted: for good, as the file says now, and for this session."""
        return granting.load(self.grants_file).merged(self._session_grants)

    def grant(self, rule: str) -> None:
        """Keep a rule that the user gives without being asked, spelled as in `Verdict.always_rule`; blocks.

        Raises:
            UnwritableFolder: It holds for this session only.
        """
        self._session_grants = self._session_grants.with_rule(rule)
        granting.save(self.grants_file, Grants().with_rule(rule))

    def revoke(self, rule: str) -> None:
        """Take back a rule that was granted, for good; blocks.

        Raises:
            UnwritableFolder: It is taken back for this session only.
        """
        self._session_grants = self._session_grants.without_rule(rule)
        granting.forget(self.grants_file, rule)

    async def admit(self, call: ToolCall, action: Action, emit: Emit) -> Admission:
        """Decide about one call; asks the user where the rules say so."""
        admission, verdict = await self._settled(call, action)
        if admission is None:
            async with self._asking:
                # Judged again: an answer given meanwhile may cover this call too.
                admission, verdict = await self._settled(call, action)
                if admission is None:
                    admission = await self._ask(call, action, verdict, emit)
        await self._record(call, action, verdict, admission, emit)
        if admission.allowed and self.before_run:
            await self.before_run(action, verdict.rule)
        return admission

    async def _settled(self, call: ToolCall, action: Action) -> tuple[Admission | None, Verdict]:
        """Return what the rules alone decide, None where the user has to be asked; and the verdict."""
        verdict = await asyncio.to_thread(self.judge, call.name, action)
        if verdict.decision == "allow":
            return Admission(allowed=True), verdict
        if verdict.decision == "deny":
            return Admission(allowed=False, words=f"Denied by {verdict.rule}: {verdict.reason}"), verdict
        if self.full_auto and self.full_auto(call.name) and not verdict.must_ask:
            return Admission(allowed=True, answered_by="full_auto"), verdict
        return None, verdict

    async def _ask(self, call: ToolCall, action: Action, verdict: Verdict, emit: Emit) -> Admission:
        untrusted = await asyncio.to_thread(self.untrusted.names)
        requested = PermissionRequested(
            call_id=call.id, rule=verdict.rule, reason=verdict.reason, untrusted=untrusted
        )
        await emit(requested)
        question = replace(_question(call, action, verdict), untrusted=untrusted)
        asked = time.monotonic()
        try:
            answer = await self.ask(question)
        except asyncio.CancelledError:
            resolved = PermissionResolved(
                call_id=call.id, decision="cancelled", scope="once", wait_ms=_since(asked)
            )
            await despite_cancellation(emit(resolved))
            await despite_cancellation(self._record(call, action, verdict, None, emit))
            raise
        left_out = _left_out(action, answer)
        scope = None if left_out is None else _SCOPES.get(answer.choice)
        if left_out and scope:
            scope = "once"  # who leaves something out has not agreed to all that the rule would cover
        await emit(
            PermissionResolved(
                call_id=call.id,
                decision="allow" if scope else "deny",
                scope=scope or "once",
                feedback=answer.text,
                wait_ms=_since(asked),
                left_out=(left_out or ()) if scope else (),
            )
        )
        if scope is None:
            answered_by: AnsweredBy = "user" if self.interactive else "nobody"
            return Admission(allowed=False, words=self._refusal(verdict, answer), answered_by=answered_by)
        await self._remember(scope, verdict, emit)
        return Admission(allowed=True, answered_by=_ANSWERED_BY[scope], left_out=left_out or ())

    async def _record(
        self, call: ToolCall, action: Action, verdict: Verdict, admission: Admission | None, emit: Emit
    ) -> None:
        """Write a decision down; without an admission, the question was given up."""
        if self.audit is None:
            return
        record = DecisionRecord(
            session=self.session_id,
            workspace=str(self.workspace),
            tool=call.name,
            action=redacted(action, self.redaction),
            decision="cancelled" if admission is None else "allow" if admission.allowed else "deny",
            rule=verdict.rule,
            reason=verdict.reason,
            answered_by="nobody" if admission is None else admission.answered_by,
            left_out=() if admission is None else admission.left_out,
        )
        if problem := await asyncio.to_thread(self.audit.write, record):
            hint = "The rules hold all the same. Make room, or look after the folder."
            await emit(Notice(level="warning", text=problem, hint=hint))

    def _refusal(self, verdict: Verdict, answer: Answer) -> str:
        if not self.interactive:
            return _NOBODY_TO_ASK.format(rule=verdict.rule, reason=verdict.reason)
        return f"{_DENIED_BY_USER} The user says: {answer.text}" if answer.text else _DENIED_BY_USER

    async def _remember(self, scope: Scope, verdict: Verdict, emit: Emit) -> None:
        rule = verdict.always_rule
        if scope == "once" or not rule:
            return
        # Also where it is saved: a file that can't be written must not make the user answer again.
        self._session_grants = self._session_grants.with_rule(rule)
        try:
            if scope == "always":
                await asyncio.to_thread(granting.save, self.grants_file, Grants().with_rule(rule))
            elif scope == "workspace":
                await asyncio.to_thread(self._write_to_workspace, rule)
        except UserFacingError as error:
            text = f"The rule holds for this session only: {error.message}"
            await emit(Notice(level="warning", text=text, hint=error.hint))

    def _write_to_workspace(self, rule: str) -> None:
        granted = Grants().with_rule(rule)
        for tool in granted.tools:
            self.saved_settings.allow_tool(tool)
        for pattern in granted.as_globs():
            self.saved_settings.allow_command(pattern)


def _question(call: ToolCall, action: Action, verdict: Verdict) -> PermissionQuestion:
    rule = verdict.always_rule
    choices = [Choice(id="once", label="Yes, once", key="y")]
    if rule:
        choices += [
            Choice(id="session", label=f"Yes, {rule} for this session", key="s"),
            Choice(id="always", label=f"Yes, {rule} always in this workspace, for me", key="a"),
        ]
    if rule and _fits_a_file(rule):
        choices.append(
            Choice(id="workspace", label=f"Yes, and write {rule} to the project's vtcode.toml", key="w")
        )
    choices += [
        Choice(id="deny", label="No", key="n"),
        Choice(id="reason", label="No, and tell the model why", key="r", takes_text=True),
    ]
    return PermissionQuestion(
        call_id=call.id,
        tool=call.name,
        action=action,
        reason=verdict.reason,
        rule=verdict.rule,
        always_rule=rule,
        choices=tuple(choices),
    )


def _left_out(action: Action, answer: Answer) -> tuple[int, ...] | None:
    """Return the hunks to leave out, in order; None where that is all, or the diff has no such hunks."""
    if not answer.left_out:
        return ()
    diff = action.diff if isinstance(action, WriteAction) else ""
    hunks, left_out = range(1, len(hunks_of(diff)) + 1), set(answer.left_out)
    return tuple(sorted(left_out)) if left_out < set(hunks) else None


def _fits_a_file(rule: str) -> bool:
    """Tell whether a rule can be said in vtcode.toml: its patterns speak of one simple command each."""
    from vtcode.policy.shell import parse

    return all(len(parse(line).parts) == 1 for line in Grants().with_rule(rule).commands)


def _since(asked: float) -> int:
    return round((time.monotonic() - asked) * 1000)
