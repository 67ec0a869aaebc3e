"""A session: the one thing that a front end holds.

Events go out through `FrontEnd.show`, after they were written to the log and taken into the history.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from vtcode.agent.agent import Agent
from vtcode.agent.calls import CallRunner
from vtcode.agent.integrations import Integrations
from vtcode.agent.loaded_model import read_again
from vtcode.agent.loop import Turn, understand
from vtcode.agent.prewarm import Prewarm
from vtcode.agent.questions import TimedQuestions
from vtcode.agent.redacting import EventRedaction
from vtcode.agent.tool_mode import ToolModes
from vtcode.errors import UsageError, UserFacingError
from vtcode.events import Event, HistoryCleared, Notice, TurnOutcome, TurnStarted
from vtcode.messages import ToolCall, UserMessage
from vtcode.policy.trust import TrustStore
from vtcode.session.attachments import Attachments
from vtcode.session.compaction import Compaction
from vtcode.session.custom_prompts import CustomPrompts
from vtcode.session.downloads import Downloads
from vtcode.session.folders import AddedFolders
from vtcode.session.log import recordable
from vtcode.session.model_settings import asked_with, effort_problem, wanted_tool_mode
from vtcode.session.modes import Modes
from vtcode.session.queue import MessageQueue
from vtcode.session.renewing import beginning, kept_with, new_log
from vtcode.session.result_share import ResultShare
from vtcode.session.secrets import redaction_for
from vtcode.session.selection import selection
from vtcode.session.status import Status
from vtcode.session.turn_count import TurnCount
from vtcode.session.undo import FileChanges
from vtcode.session.window import WindowMeter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from pathlib import Path

    from vtcode.agent.answer_schema import AnswerSchema
    from vtcode.agent.gate import Gate
    from vtcode.agent.history import History
    from vtcode.agent.saved_settings import SavedSettings
    from vtcode.config.load import Configuration
    from vtcode.config.schema import ReasoningEffort
    from vtcode.frontend import Control, FrontEnd
    from vtcode.messages import Image
    from vtcode.providers.base import Provider
    from vtcode.providers.model_info import ModelInfo
    from vtcode.session.log import SessionLog
    from vtcode.session.servers import Servers
    from vtcode.session.store import RecordedSession
    from vtcode.tools.base import ToolContext

_GO_ON = "[Note from vtcode: connection] The connection to you was lost. Go on where you stopped."
"""Instead of a message that was answered in part."""


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a session is put together from (by `bootstrap`)."""

    id: str
    configuration: Configuration
    servers: Servers
    """Where models come from; the session closes them."""
    provider: Provider
    """One of the servers."""
    model: ModelInfo
    front_end: FrontEnd
    history: History
    gate: Gate
    context: ToolContext
    saved_settings: SavedSettings
    log: SessionLog | None
    """None: nothing is recorded (`vtcode ask`)."""
    past: Sequence[Event] = ()
    """Of the session that is resumed: what a front end may want to show again."""
    images: tuple[Image, ...] = ()
    """They join the first message."""
    answer_schema: AnswerSchema | None = None
    """What the last answer of each turn has to be; None: anything."""


class Session:
    """A conversation with a model about a workspace."""

    open_other: Callable[[RecordedSession], Awaitable[Session]] | None = None
    """Opens another recorded session for the same front end; None: there can be no other."""

    find_way_on: Callable[[UserFacingError], Awaitable[bool]] | None = None
    """Has the user see to what made a turn fail; True: it is worth another try. None: nobody is there."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.configuration.settings
        self.id = parts.id
        self.workspace: Path = parts.configuration.workspace
        self.configuration = parts.configuration
        self.servers = parts.servers
        self.provider = parts.provider
        self.downloads = Downloads(self.emit)
        own = parts.configuration.locations
        self.folders = AddedFolders(parts.context.workspace, (own.config, own.state, own.cache))
        trusted = TrustStore(file=own.state / "trusted_prompts.toml")
        self.custom_prompts = CustomPrompts(parts.context.workspace, own.config / "prompts", trusted)
        self.history = parts.history
        self.gate = parts.gate
        self.gate.added_folders = self.folders.listed
        self.modes = Modes(self.gate, parts.context.shell.containment, parts.front_end.ask)
        self.saved_settings = parts.saved_settings
        self.tool_modes = ToolModes.in_folder(parts.configuration.locations.state)
        self.jobs = parts.context.jobs
        self.past = tuple(parts.past)
        self.recorded_in = parts.log.path if parts.log else None
        self.configured_now: Callable[[], Configuration] = lambda: self.configuration
        """Reads what is configured by now, which holds from the next start on."""
        self.attachments = Attachments(self.workspace, parts.images)
        self.effort: ReasoningEffort | None = None
        """What the user chose for this session; None: what is configured."""
        self._front_end = parts.front_end
        self._log = parts.log
        self._redaction = EventRedaction(redaction_for(parts.configuration))
        self._context = parts.context
        self._calls = CallRunner(
            gate=parts.gate, context=parts.context, emit=self.emit, said=parts.history.said
        )
        self._integrations = Integrations(self._calls, self.emit)
        self._agent = _agent_of(self, parts, self._calls, self._follow_model)
        self.compaction = Compaction(self._agent, settings.context)
        self._result_share = ResultShare(self._agent, parts.context, settings.context.tool_output_share)
        last_turn = sum(isinstance(event, TurnStarted) for event in parts.past)
        self._turns = TurnCount(last_turn)
        self.changes = FileChanges(own.state, parts.id, parts.gate, parts.context.workspace, last_turn)
        self.queue = MessageQueue()
        self._work: asyncio.Task[None] | None = None
        """Everything that runs between two idle states: turns, the queue, a command of the user's own."""
        self._meter = WindowMeter(parts.history, lambda: self._agent.characters_per_token)
        self._take_model(parts.model)
        warm = settings.context.prewarm
        self.prewarm = Prewarm(self._agent, enabled=warm, is_busy=lambda: self.status.busy)

    @property
    def history_file(self) -> Path | None:
        """Where the prompts typed in this workspace are kept; None where nothing is recorded."""
        return self._log.path.parent / "prompts.history" if self._log else None

    @property
    def status(self) -> Status:
        """A snapshot for the status line."""
        return Status(
            provider=self.provider.name,
            address=self.provider.address,
            model=self.model.id,
            window_tokens=self.model.window_tokens,
            used_tokens=self._meter.tokens,
            used_estimated=self._meter.estimated,
            # Once it is done, nobody looks into the queue any more.
            busy=self._work is not None and not self._work.done(),
            queued=tuple(message.text for message in self.queue.waiting),
            steering=tuple(message.text for message in self.queue.steering),
            tokens_per_s=self._meter.tokens_per_s,
            first_token_s=self._meter.first_token_s,
            cached_share=self._meter.cached_share,
            cached_estimated=self._meter.cached_estimated,
            containment=self._context.shell.containment,
            instructions=self._agent.history.instructions,
            mode=self.modes.current,
            resumable=self._log is not None and self._turns.number > 0,
        )

    async def emit(self, event: Event) -> None:
        """Take secrets out of an event, record it, take it into the history, then show it: always so.

        Where it can't be recorded (a full disk), the user is told once, and the session goes on unrecorded.
        """
        for told in self._redaction.applied(event):
            told, line = recordable(told)
            problem = self._log.record(line) if self._log else None
            self._agent.history.apply(told)
            self.gate.untrusted.apply(told)
            self._meter.apply(told)
            self._result_share.apply(told)
            self.modes.apply(told)
            self.prewarm.apply(told)
            await self._front_end.show(told)
            for notice in await self.changes.follow(told):
                await self.emit(notice)
            if problem:
                self._log = None
                text = f"From here on nothing is recorded: {problem.message}"
                await self._front_end.show(Notice(level="error", text=text, hint=problem.hint))

    async def submit(self, text: str, images: Sequence[Image] = ()) -> None:
        """Run a turn, and then those queued meanwhile; returns when the session is idle again.

        While something runs, the text is queued instead. How a turn ended is told by its TurnEnded; what
        waited behind one that failed, or was interrupted, waits on in the queue.
        """
        if self.status.busy:
            self.queue.add(text, images)
            return
        self.queue.waiting.appendleft(UserMessage(text=text, images=tuple(images)))
        await self._run(self._work_off())

    def interrupt(self) -> bool:
        """Stop what runs; False where nothing does. The queue is kept, and not run."""
        return bool(self._work and self._work.cancel())

    def control(self, call_id: str, control: Control) -> bool:
        """Type into a running command (id empty: whichever), leave or kill it; False: it no longer runs."""
        return self._calls.control(call_id, control)

    async def run_command(self, command: str) -> None:
        """Run a shell command of the user's own, shown like a call and not told to the model.

        Raises:
            UsageError: Something else runs.
        """
        if self.status.busy:
            raise UsageError("A command of your own has to wait until the model is done.")
        arguments = json.dumps({"command": command, "outside_sandbox": "the user's own command"})
        call = ToolCall(id=f"user_{secrets.token_hex(4)}", name="run_pty_cmd", arguments=arguments)
        await self.run_aside(self._calls.run_unasked(understand(call)))

    async def run_aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what a command takes its time for; messages wait for its end, and are worked off then.

        `interrupt` cancels it, and this returns. Its failure is told as a Notice.

        Raises:
            UsageError: Something else runs.
        """
        if self.status.busy:
            work.close()
            raise UsageError("This has to wait until the model is done.")

        async def work_and_queue() -> None:
            try:
                await work
            except UserFacingError as problem:
                await self.emit(Notice(level="error", text=problem.message, hint=problem.hint))
            await self._work_off()

        await self._run(work_and_queue())

    async def select_model(
        self, model: ModelInfo, provider: Provider | None = None, *, is_users: bool = True
    ) -> None:
        """Have another model answer from now on, of another server where one is given.

        Where it is the user's choice, the prompt is made anew for its window.
        """
        if provider:
            self.provider = self._agent.provider = provider
            self._agent.left_prompt = False  # that was the other server's
            self._redaction.renew(redaction_for(self.configuration))  # its token may be new
        self._take_model(model)
        name = self.provider.name
        for told in selection(self.history, self.configuration, name, self.model, is_users=is_users):
            await self.emit(told)
        if problem := effort_problem(self.configuration.settings, self.model, self.effort):
            await self.emit(Notice(level="warning", text=problem))

    def choose_effort(self, effort: ReasoningEffort | None) -> None:
        """Have the model reason so much from now on; None: as is configured."""
        self.effort = effort
        self._take_model(self._agent.model)

    async def clear(self) -> str:
        """Begin a new session with the model and all that runs; return the id of the one before, recorded.

        Empty where nothing was said, or recorded: then the conversation alone starts afresh.

        Raises:
            UnwritableFolder: The new one can't be recorded; the one before goes on.
        """
        before = ""
        if self._log and self._turns.number:
            before, log = self.id, new_log(self.configuration)
            self._log.close()
            self._log, self._turns, self.past = log, TurnCount(), ()
            self.id, self.recorded_in = log.path.stem, log.path
            self.changes = kept_with(log, self.configuration, self.gate, self._context)
            prefix, files = self.history.prefix, self.history.instruction_files
            await self.emit(beginning(self.id, self.workspace, self.status, prefix, files, resumed=False))
        await self.emit(HistoryCleared())
        return before

    async def close(self) -> None:
        """Stop what runs, end background commands, let go of the provider and the log."""
        self.queue.waiting.clear()
        if self._work:
            self._work.cancel()
            await asyncio.wait({self._work})
        await self.prewarm.close()
        await self.downloads.close()
        await self.jobs.close()
        if sandbox := self._context.shell.sandbox:
            sandbox.close()
        await self.servers.aclose()
        if self._log:
            self._log.close()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what `interrupt` may cancel."""
        task = self._work = asyncio.create_task(work)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        if not task.cancelled():
            task.result()

    async def _work_off(self) -> None:
        """Run one turn after the other until no message waits, or one fails: so would those that wait."""
        limit = self.configuration.settings.agent.max_conversation_turns
        while self.queue.waiting:
            if refusal := self._turns.refusal(limit):
                await self.emit(refusal)
                return
            servers = () if self.modes.current == "plan" else self._agent.model.integrations
            allowed = await self._integrations.allowed(self.provider.address, servers)
            self._agent.integrations_allowed = allowed
            outcome = await self._run_turn(self.queue.waiting.popleft())
            if outcome == "again":
                continue
            if outcome == "failed":
                return
            if outcome == "completed" and not self.queue.waiting and (answer := await self.modes.approval()):
                self.queue.add(answer)
            if self.model.state == "downloaded":
                await read_again(self._agent)  # it is loaded by now, and its window known

    async def _run_turn(self, message: UserMessage) -> TurnOutcome | Literal["again"]:
        """Run a turn; where it failed and the user found a way on, have it waiting for another try."""
        with self.queue.joining() as steering:
            told = self._agent.history.messages()
            notes = (self.modes.news(told), self.folders.news(told), self.changes.news())
            turn = Turn(self._agent, self._turns.begin(), steering)
            outcome = await turn.run(message, tuple(filter(None, notes)))
        if turn.problem and self.find_way_on and await self.find_way_on(turn.problem):
            self._turns.allow_retry()
            self.queue.waiting.appendleft(UserMessage(text=_GO_ON) if turn.is_answered else message)
            return "again"
        return outcome

    async def _follow_model(self, model: ModelInfo) -> None:
        """Take the model as its server has it now; where that is not what the user knows, tell it."""
        known = self._agent.model
        if (model.id, model.window_tokens) == (known.id, known.window_tokens):
            self._take_model(model)
        else:
            await self.select_model(model, is_users=False)

    def _take_model(self, model: ModelInfo) -> None:
        """Take a model with the window and tool modes that the user grants it; results get their share."""
        settings = self.configuration.settings
        context = settings.context
        window = model.window_tokens
        if context.max_context_tokens is not None:
            window = min(window or context.max_context_tokens, context.max_context_tokens)
        modes = self.tool_modes.usable(self.provider.address, model, wanted_tool_mode(settings, model))
        self.model = replace(model, window_tokens=window, tool_modes=modes)
        self._agent.model = replace(model, tool_modes=modes)
        self._agent.window_tokens = window
        self._agent.asked = asked_with(settings, self.model, self.effort)
        self._result_share.update()


def _agent_of(
    session: Session, parts: Parts, calls: CallRunner, select: Callable[[ModelInfo], Awaitable[None]]
) -> Agent:
    settings = parts.configuration.settings
    parts.gate.ask = questions = TimedQuestions(parts.front_end.ask)
    return Agent(
        provider=parts.provider,
        model=parts.model,
        window_tokens=parts.model.window_tokens,
        asked=asked_with(settings, parts.model),
        tool_modes=session.tool_modes,
        history=parts.history,
        calls=calls,
        emit=session.emit,
        ask=questions,
        select=select,
        answer_schema=parts.answer_schema,
        max_tool_loops=settings.tools.max_tool_loops,
    )
