"""Tool calls of one reply: looked up, validated, described, judged, asked about, run, always answered.

Consecutive read-only calls run together; a call that writes or runs a command is a barrier: it is prepared,
asked about and run alone, in source order, so that its diff is computed on what is really there.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vtcode.actions import CommandAction, WriteAction
from vtcode.agent.cancellation import despite_cancellation
from vtcode.agent.loop_guard import LoopGuard
from vtcode.agent.unchanged import is_shown_above
from vtcode.details import CommandDetails, TextDetails
from vtcode.errors import ToolFailed
from vtcode.events import Notice, ToolAwaitingInput, ToolFinished, ToolOutputDelta, ToolStarted, ToolStatus
from vtcode.redaction import MARK
from vtcode.tools.base import Outcome, Prepared, ToolContext
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vtcode.agent.gate import Gate
    from vtcode.agent.shortening import Said
    from vtcode.frontend import Control, Emit
    from vtcode.messages import ToolCall
    from vtcode.tools.base import Arguments, Tool

log = logging.getLogger(__name__)

INTERRUPTED = "Interrupted by the user."
_KEPT_OF_INTERRUPTED = 4_000
"""Characters of a command's output that outlive its interruption."""
_MARK_IN_FILE = (
    f"Refused: `{MARK}…]` stands for a secret that you were not shown; written down it would replace the "
    "secret. Change the lines around it with edit_file, and leave that line as it is."
)
_REPEATED = (
    "[Note from vtcode: {}. Calling again brings nothing new: try something else, or say what is in the way.]"
)
_DEFECT = "{} failed inside vtcode; the log has the details."


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodCall:
    """A call with its tool and arguments, or with the words that tell the model why it has none."""

    call: ToolCall
    """As it enters the history: its arguments are valid JSON, its name a known one where it can be told."""
    tool: Tool[Any] | None = None
    arguments: Arguments | None = None
    problem: str = ""

    @property
    def reads_only(self) -> bool:
        """Whether it may run beside others; a call that can't run at all may."""
        return self.tool is None or self.tool.reads_only


@dataclass(slots=True)
class _RunningCall:
    """What a running call may tell and hear; implements `tools.base.Running`."""

    call_id: str
    emit: Emit
    controls: asyncio.Queue[Control] = field(default_factory=asyncio.Queue)
    started: float = 0.0
    """On the monotonic clock; 0: it does not run yet, its permission is being asked."""
    is_command: bool = False
    tail: str = ""
    """The end of its output, for the case that it is interrupted."""

    async def output(self, text: str) -> None:
        self.tail = (self.tail + text)[-_KEPT_OF_INTERRUPTED:]
        await self.emit(ToolOutputDelta(call_id=self.call_id, text=text))

    async def awaiting_input(self, prompt: str) -> None:
        await self.emit(ToolAwaitingInput(call_id=self.call_id, prompt=prompt))


class CallRunner:
    """Runs the calls of a session's replies, each exactly once, each with exactly one answer."""

    def __init__(
        self, *, gate: Gate, context: ToolContext, emit: Emit, said: Callable[[], Iterable[Said]]
    ) -> None:
        """Run calls.

        Args:
            gate: Decides which may run.
            context: What the tools work on.
            emit: Takes the events.
            said: Returns the conversation as it is sent.
        """
        self._gate = gate
        self._context = context
        self._emit = emit
        self._said = said
        self._guard = LoopGuard()
        self._running: dict[str, _RunningCall] = {}

    def control(self, call_id: str, control: Control) -> bool:
        """Pass on what the user wants of a running call; False where it no longer runs.

        Args:
            call_id: Empty: the command that runs.
            control: The wish.
        """
        running = self._running.get(call_id or self._running_command())
        if running is None:
            return False
        running.controls.put_nowait(control)
        return True

    def _running_command(self) -> str:
        return next((call_id for call_id, running in self._running.items() if running.is_command), "")

    async def run_all(self, calls: Sequence[UnderstoodCall], guard: LoopGuard | None = None) -> None:
        """Run the calls; returns when each has been answered.

        A cancellation closes the calls that were taken up and leaves the others without any event.

        Args:
            calls: Those of one reply.
            guard: Follows the turn; where a call only repeats others, the model reads so under its result.
                None: what else was called does not matter.
        """
        self._guard = guard or LoopGuard()
        for reads_only, group in itertools.groupby(calls, key=lambda call: call.reads_only):
            if reads_only:
                await self._answer_together(group)
                continue
            for call in group:
                await self._answer(call)

    async def run_unasked(self, call: UnderstoodCall) -> None:
        """Run a call of the user's own (`!command`): described and shown like any other, never judged."""
        self._guard = LoopGuard()
        await self._answer(call, judged=False)

    async def _answer_together(self, calls: Iterable[UnderstoodCall]) -> None:
        async with asyncio.TaskGroup() as together:
            for call in calls:
                together.create_task(self._answer(call))

    async def _answer(self, understood: UnderstoodCall, *, judged: bool = True) -> None:
        call = understood.call
        status: ToolStatus = "failed"
        running = _RunningCall(call.id, self._emit)
        prepared = await self._prepare(understood)
        try:
            if isinstance(prepared, Outcome):
                await self._emit(ToolStarted(call=call, action=None))
                outcome = prepared
            else:
                await self._emit(ToolStarted(call=call, action=prepared.action))
                status, outcome = await self._admit_and_run(call, prepared, running, judged=judged)
            outcome = await self._guarded(call, status, await self._fitted(call, outcome))
        except asyncio.CancelledError:
            await despite_cancellation(
                self._finish(running, call.name, "cancelled", _interrupted(prepared, running))
            )
            raise
        await self._finish(running, call.name, status, outcome)

    async def _fitted(self, call: ToolCall, outcome: Outcome) -> Outcome:
        """Return the outcome with no more text than the window has room for."""
        unchanged = outcome.unchanged
        if unchanged and is_shown_above(self._said(), call, unchanged):
            details = TextDetails(text=unchanged.notice, summary="unchanged")
            return replace(outcome, text=unchanged.notice, details=details)
        from vtcode.tools.fitting import fitted

        text = await fitted(outcome.text, self._context, self._context.max_result_chars)
        return replace(outcome, text=text)

    async def _guarded(self, call: ToolCall, status: ToolStatus, outcome: Outcome) -> Outcome:
        """Return the outcome, with a word for the model where the call only repeats others."""
        repeated = self._guard.note(call, status, outcome.text)
        if not repeated:
            return outcome
        await self._emit(Notice(level="info", text=f"The model repeats itself, and is told: {repeated}."))
        return replace(outcome, text=f"{outcome.text}\n{_REPEATED.format(repeated)}")

    async def _prepare(self, understood: UnderstoodCall) -> Prepared | Outcome:
        """Return the call ready to run, or what to answer where it can't be."""
        tool, arguments = understood.tool, understood.arguments
        if tool is None or arguments is None:
            return _failure(understood.problem)
        try:
            prepared = await tool.prepare(arguments, self._context)
            return _failure(_MARK_IN_FILE) if _writes_mark(prepared) else prepared
        except ToolFailed as problem:
            return _failure(_words(problem))
        except Exception:  # the boundary for our own defects, as in _admit_and_run
            log.exception("preparing %s failed", tool.name)
            return _failure(_DEFECT.format(tool.name))

    async def _admit_and_run(
        self, call: ToolCall, prepared: Prepared, running: _RunningCall, *, judged: bool
    ) -> tuple[ToolStatus, Outcome]:
        try:
            if judged:
                admission = await self._gate.admit(call, prepared.action, self._emit)
                if not admission.allowed:
                    return "denied", _failure(admission.words)
                if admission.left_out:
                    assert prepared.without, "only what is described by a diff has hunks to leave out"
                    prepared = prepared.without(admission.left_out)
            outcome = await self._run(prepared, running)
        except ToolFailed as problem:
            outcome = _failure(_words(problem))
        except Exception:
            log.exception("running %s failed", call.name)
            outcome = _failure(_DEFECT.format(call.name))
        return ("failed" if outcome.failed else "completed"), outcome

    async def _run(self, prepared: Prepared, running: _RunningCall) -> Outcome:
        running.started = time.monotonic()
        running.is_command = isinstance(prepared.action, CommandAction)
        self._running[running.call_id] = running
        try:
            return await prepared.run(running)
        finally:
            del self._running[running.call_id]

    async def _finish(self, running: _RunningCall, name: str, status: ToolStatus, outcome: Outcome) -> None:
        duration_s = time.monotonic() - running.started if running.started else 0.0
        await self._emit(
            ToolFinished(
                call_id=running.call_id,
                name=name,
                status=status,
                text=outcome.text,
                details=outcome.details,
                duration_s=round(duration_s, 3),
            )
        )


def _writes_mark(prepared: Prepared) -> bool:
    """Tell whether a write would put the mark that stands for a secret in the secret's place."""
    action = prepared.action
    if not isinstance(action, WriteAction) or MARK not in action.diff:
        return False
    return any(line.startswith("+") and MARK in line for line in action.diff.splitlines())


def _interrupted(prepared: Prepared | Outcome, running: _RunningCall) -> Outcome:
    """Return what is left of a call that was interrupted: for a command, what it had written."""
    if isinstance(prepared, Outcome) or not isinstance(prepared.action, CommandAction) or not running.tail:
        return _failure(INTERRUPTED)
    text = f"{INTERRUPTED} The end of its output until then:\n{plain(running.tail)}"
    details = CommandDetails(command=prepared.action.command, output=running.tail, exit_code=None)
    return Outcome(text=text, details=details, failed=True)


def _words(problem: ToolFailed) -> str:
    return f"{problem.message}\n{problem.hint}" if problem.hint else problem.message


def _failure(words: str) -> Outcome:
    return Outcome(text=words, details=TextDetails(text=words), failed=True)
