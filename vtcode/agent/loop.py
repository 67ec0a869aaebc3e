"""One turn: ask the model, run what it calls, ask again, until it answers without a call."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.agent.answer_schema import RequiredAnswer
from vtcode.agent.calibration import calibrate
from vtcode.agent.calls import UnderstoodCall
from vtcode.agent.cancellation import despite_cancellation
from vtcode.agent.compaction import make_room
from vtcode.agent.loaded_model import look_after
from vtcode.agent.loop_guard import LoopGuard
from vtcode.agent.recovery import Recovery
from vtcode.agent.reply import Asking, Reply, receive_reply
from vtcode.errors import GoingInCircles, ProviderError, ToolFailed, UserFacingError
from vtcode.events import (
    Notice,
    TurnEnded,
    TurnOutcome,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import AssistantMessage, ToolCall, Usage, UserMessage
from vtcode.providers.tool_calls import made_id
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.tools.arguments import canonical_arguments, parse_arguments
from vtcode.tools.registry import find_tool

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable, Sequence

    from vtcode.agent.agent import Agent


log = logging.getLogger(__name__)


class Turn:
    """One turn, from the user's message to TurnEnded."""

    def __init__(self, agent: Agent, number: int, steering: deque[UserMessage]) -> None:
        """`steering`: the messages that join the turn before its next step, which takes them out."""
        self._agent = agent
        self._number = number
        self._required = _required_answer(agent)
        self._recovery = Recovery(agent, self._required)
        self._usage = Usage(cached_tokens=0)
        self._steering = steering
        self._said = AssistantMessage()
        self._guard = LoopGuard()
        self._waited_before_s = agent.ask.waited_s
        self.problem: UserFacingError | None = None
        """Why it failed."""
        self.is_answered = False
        """The model said something, which stays said."""

    async def run(self, message: UserMessage, notes: Sequence[str] = ()) -> TurnOutcome:
        """Run the turn and return how it ended; every failure is told by the TurnEnded that comes last.

        Args:
            message: The user's.
            notes: The program's own words for the model, which follow the message.

        Raises:
            CancelledError: After the turn's events have been closed.
        """
        started = time.monotonic()
        outcome: TurnOutcome = "failed"
        try:
            await self._agent.emit(TurnStarted(turn=self._number, text=message.text, images=message.images))
            for note in notes:
                await self._agent.emit(UserMessageAdded(text=note))
            outcome = await self._steps()
        except asyncio.CancelledError:
            await despite_cancellation(self._end("cancelled", started))
            raise
        except UserFacingError as problem:
            self.problem = problem
        except Exception:  # the boundary for our own defects: they must not end the user's session
            log.exception("turn %s failed", self._number)
            self.problem = UserFacingError("The turn failed inside vtcode.", hint="The log has the details.")
        await self._end(outcome, started)
        return outcome

    async def _steps(self) -> TurnOutcome:
        step = 0
        while True:
            step += 1
            await look_after(self._agent)
            while self._steering:
                steer = self._steering.popleft()
                await self._agent.emit(UserMessageAdded(text=steer.text, images=steer.images))
            await make_room(self._agent)
            calls = await self._step()
            if not calls and not self._steering and not self._corrects():
                return "completed"
            await self._agent.calls.run_all(calls, self._guard)
            await self._require_progress()
            limit = self._agent.max_tool_loops
            if limit and step % limit == 0 and not await self._go_on(step):
                return "limit"

    async def _step(self) -> list[UnderstoodCall]:
        agent = self._agent
        reply = await self._reply()
        # Without tools, as in `ask`, a call is one that the server made up, whatever would be allowed.
        calls = list(self._understand(reply.event.message)) if agent.history.tools else []
        message = replace(reply.event.message, tool_calls=tuple(understood.call for understood in calls))
        if self._required and not calls:
            message = self._required.fitted(message)
        self._said, self.is_answered = message, True
        reply = replace(reply, event=replace(reply.event, message=message))
        calibrate(agent, reply)
        agent.room.was_counted(reply.request, reply.event.usage)
        await agent.emit(reply.event)
        self._usage = _sum(self._usage, reply.event.usage)
        for remark in agent.remarks.on(reply, agent.model):
            await agent.emit(remark)
        return calls

    async def _reply(self) -> Reply:
        """Return a reply; what was tried to get it is undone where it did not come."""
        self._recovery.begin_step()
        try:
            return await self._tries()
        except (ProviderError, asyncio.CancelledError):
            self._recovery.give_up()
            raise

    async def _tries(self) -> Reply:
        """Ask until there is a reply, or nothing more that could be done about its failure."""
        while True:
            await self._tell_of_left_prompt()
            asking = self._asking()
            try:
                outcome = await receive_reply(asking, self._agent.emit, self._recovery)
            except asyncio.CancelledError:
                await despite_cancellation(self._leave(asking))
                raise
            if isinstance(outcome, Reply):
                return outcome
            await self._recovery.meet(outcome)

    def _asking(self) -> Asking:
        agent = self._agent
        request = agent.next_request()
        if self._required:
            request = self._required.constrained(request)
        return Asking(agent.provider, request, agent.prompt_cache, agent.settle)

    def _corrects(self) -> bool:
        """Have an answer that is not the required one corrected in another step; False: it needs none."""
        correction = self._required.correction(self._said) if self._required else ""
        if correction:
            self._steering.append(UserMessage(text=correction))
        return bool(correction)

    async def _leave(self, asking: Asking) -> None:
        """Tell what a server goes on with whose reply was cancelled before it began."""
        is_read = not asking.has_begun and not asking.is_waiting
        self._agent.left_prompt = self._agent.provider.finishes_prompts and is_read
        if self._agent.left_prompt:
            text = "Interrupted; the server may still be reading the prompt, and answers nothing until then."
            await self._agent.emit(Notice(level="info", text=text))

    async def _tell_of_left_prompt(self) -> None:
        if self._agent.left_prompt:
            self._agent.left_prompt = False
            text = "The server may still be busy with the prompt that was interrupted; this one waits for it."
            await self._agent.emit(Notice(level="info", text=text))

    def _understand(self, message: AssistantMessage) -> Iterable[UnderstoodCall]:
        used = set(self._agent.history.used_call_ids())
        for call in message.tool_calls:
            if not call.id or call.id in used:
                call = replace(call, id=made_id(used))
            used.add(call.id)
            yield understand(call)

    async def _require_progress(self) -> None:
        """Ask whether to go on where the model goes in circles.

        Raises:
            GoingInCircles: It does, and the user (or nobody, in a headless run) wants no more of it.
        """
        repeated = self._guard.stuck
        if not repeated:
            return
        question = ChoiceQuestion(
            kind="loop_limit",
            title="The model goes in circles",
            body=f"Although it was told, {repeated}. Let it go on?",
            choices=(
                Choice(id="stop", label="Stop here", key="n"),
                Choice(id="go_on", label="Go on", key="y"),
            ),
            refusal="stop",
        )
        if (await self._agent.ask(question)).choice != "go_on":
            raise GoingInCircles(
                f"Stopped, because the model goes in circles: {repeated}.",
                hint="Say what it should do instead, or choose another model with /model.",
            )
        self._guard.begin_anew()

    async def _go_on(self, steps: int) -> bool:
        question = ChoiceQuestion(
            kind="loop_limit",
            title=f"{steps} steps without an answer",
            body="The model has called tools this many times in one turn (tools.max_tool_loops). Go on?",
            choices=(
                Choice(id="go_on", label="Go on", key="y"),
                Choice(id="stop", label="Stop here", key="n"),
            ),
            refusal="stop",
        )
        return (await self._agent.ask(question)).choice == "go_on"

    async def _end(self, outcome: TurnOutcome, started: float) -> None:
        error = self.problem
        await self._agent.emit(
            TurnEnded(
                turn=self._number,
                outcome=outcome,
                usage=self._usage,
                error=error.message if error else "",
                hint=error.hint if error else "",
                duration_s=round(time.monotonic() - started, 3),
                waited_s=round(self._agent.ask.waited_s - self._waited_before_s, 3),
            )
        )


def _required_answer(agent: Agent) -> RequiredAnswer | None:
    if agent.answer_schema is None:
        return None
    return RequiredAnswer(agent.answer_schema, has_tools=bool(agent.history.tools))


def understand(call: ToolCall) -> UnderstoodCall:
    """Look a call up and validate it; what is wrong with it becomes words for the model."""
    try:
        tool = find_tool(call.name)
    except ToolFailed as problem:
        return UnderstoodCall(
            call=replace(call, arguments=canonical_arguments(call.arguments)), problem=problem.message
        )
    call = replace(call, name=tool.name, arguments=canonical_arguments(call.arguments))
    try:
        arguments = parse_arguments(tool, call.arguments)
    except ToolFailed as problem:
        return UnderstoodCall(call=call, problem=problem.message)
    return UnderstoodCall(call=call, tool=tool, arguments=arguments)


def _sum(total: Usage, more: Usage) -> Usage:
    cached = None
    if total.cached_tokens is not None and more.cached_tokens is not None:
        cached = total.cached_tokens + more.cached_tokens
    return Usage(
        prompt_tokens=total.prompt_tokens + more.prompt_tokens,
        completion_tokens=total.completion_tokens + more.completion_tokens,
        cached_tokens=cached,
        cached_estimated=total.cached_estimated or more.cached_estimated,
        estimated=total.estimated or more.estimated,
    )
