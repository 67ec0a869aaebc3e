"""A session: the one thing that a front end holds.

Events go out through `FrontEnd.show`, after they were written to the log and taken into the history.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.agent.calls import CallRunner
from vtcode.agent.loop import Agent, Turn, understand
from vtcode.agent.reply import estimated_tokens
from vtcode.errors import ProviderError
from vtcode.events import (
    Event,
    HistoryCleared,
    ModelLoading,
    ModelSelected,
    Notice,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ToolCallDelta,
    ToolOutputDelta,
    TurnStarted,
)
from vtcode.messages import ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vtcode.agent.gate import Gate
    from vtcode.agent.history import History
    from vtcode.config.load import Configuration
    from vtcode.frontend import Control, FrontEnd
    from vtcode.providers.base import ModelInfo, Provider
    from vtcode.session.log import SessionLog
    from vtcode.tools.base import ToolContext


_DELTAS = (ModelLoading, PromptProgress, ReasoningDelta, ReplyDelta, ToolCallDelta, ToolOutputDelta)
"""Events that come by the hundred and change nothing that is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a status line shows, as it is now."""

    provider: str
    address: str
    model: str
    window_tokens: int | None
    used_tokens: int
    """Tokens of the conversation so far, as the next request will send it."""
    used_estimated: bool
    busy: bool
    queued: tuple[str, ...]
    tokens_per_s: float | None


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a session is put together from (by `bootstrap`)."""

    id: str
    configuration: Configuration
    provider: Provider
    model: ModelInfo
    front_end: FrontEnd
    history: History
    gate: Gate
    context: ToolContext
    log: SessionLog | None
    """None: nothing is recorded (`vtcode ask`)."""
    past: Sequence[Event] = ()
    """The events of the session that is resumed, for a front end that shows them again."""


class Session:
    """A conversation with a model about a workspace."""

    def __init__(self, parts: Parts) -> None:
        self.id = parts.id
        self.workspace: Path = parts.configuration.workspace
        self.configuration = parts.configuration
        self.provider = parts.provider
        self.model = parts.model
        self.gate = parts.gate
        self.past = tuple(parts.past)
        self._front_end = parts.front_end
        self._history = parts.history
        self._log = parts.log
        self._context = parts.context
        self._calls = CallRunner(gate=parts.gate, context=parts.context, emit=self.emit)
        self._agent = Agent(
            provider=parts.provider,
            model=parts.model.id,
            temperature=parts.configuration.settings.agent.temperature,
            history=parts.history,
            calls=self._calls,
            emit=self.emit,
            ask=parts.front_end.ask,
            max_tool_loops=parts.configuration.settings.tools.max_tool_loops,
        )
        self._queue: deque[str] = deque()
        self._turns = sum(isinstance(event, TurnStarted) for event in parts.past)
        self._turn: Turn | None = None
        self._running: asyncio.Task[object] | None = None
        self._last_reply: ReplyCompleted | None = None
        self._characters_then = 0
        self._used = self._used_tokens()

    @property
    def history_file(self) -> Path | None:
        """Where the prompts typed in this workspace are kept; None where nothing is recorded."""
        return self._log.path.parent / "prompts.jsonl" if self._log else None

    @property
    def status(self) -> Status:
        """A snapshot for the status line."""
        used, estimated = self._used
        return Status(
            provider=self.provider.name,
            address=self.provider.address,
            model=self.model.id,
            window_tokens=self.model.window_tokens,
            used_tokens=used,
            used_estimated=estimated,
            busy=self._running is not None,
            queued=tuple(self._queue),
            tokens_per_s=self._last_reply.tokens_per_s if self._last_reply else None,
        )

    async def emit(self, event: Event) -> None:
        """Record an event, take it into the history, then show it: in this order, always."""
        if self._log:
            self._log.write(event)
        self._history.apply(event)
        if isinstance(event, ReplyCompleted):
            self._last_reply = event
            self._characters_then = self._history.characters()
        if not isinstance(event, _DELTAS):
            self._used = self._used_tokens()
        await self._front_end.show(event)

    async def submit(self, text: str) -> None:
        """Run a turn, and then those queued meanwhile; returns when the session is idle again.

        While a turn runs, the text is queued instead. How a turn ended is told by its TurnEnded.
        """
        if self._running:
            self.queue(text)
            return
        self._queue.appendleft(text)
        while self._queue:
            limit = self.configuration.settings.agent.max_conversation_turns
            if limit and self._turns >= limit:
                await self._refuse_turn(limit)
                return
            self._turns += 1
            self._turn = Turn(self._agent, self._turns)
            if not await self._run(self._turn.run(self._queue.popleft())):
                break
            await self._learn_window()

    async def _learn_window(self) -> None:
        """Ask the server again where the model was not loaded yet: now its window is known."""
        if self.model.state != "downloaded":
            return
        try:
            loaded = await self.provider.resolve_model(self.model.id)
        except ProviderError:
            return  # the next request will tell
        if loaded.state == "loaded":
            await self.select_model(loaded)

    async def _refuse_turn(self, limit: int) -> None:
        self._queue.clear()
        text = f"This session has had its {limit} turns (agent.max_conversation_turns)."
        await self.emit(Notice(level="error", text=text, hint="Raise the limit, or start a new session."))

    def queue(self, text: str) -> None:
        """Have a message wait for the end of the running turn."""
        self._queue.append(text)

    def take_queue(self) -> tuple[str, ...]:
        """Return the waiting messages, which then wait no longer."""
        waiting = tuple(self._queue)
        self._queue.clear()
        return waiting

    def steer(self, text: str) -> None:
        """Have a message join the running turn before its next step; queued where none runs."""
        if self._turn and self._running:
            self._turn.steer(text)
        else:
            self.queue(text)

    def interrupt(self) -> bool:
        """Stop what runs; False where nothing does. The queue is kept, and not run."""
        if self._running is None:
            return False
        self._running.cancel()
        return True

    def control(self, call_id: str, control: Control) -> bool:
        """Type into a running command, leave it in the background, or kill it; False: it no longer runs."""
        return self._calls.control(call_id, control)

    async def run_command(self, command: str) -> None:
        """Run a shell command of the user's own, shown like a call and not told to the model."""
        arguments = json.dumps({"command": command})
        call = ToolCall(id=f"user_{secrets.token_hex(4)}", name="run_pty_cmd", arguments=arguments)
        await self._run(self._calls.run_unasked(understand(call)))

    async def select_model(self, model: ModelInfo) -> None:
        """Have another model of the provider answer from now on."""
        self.model = model
        self._agent.model = model.id
        self.fit_results_to_window()
        await self.emit(
            ModelSelected(provider=self.provider.name, model=model.id, window_tokens=model.window_tokens)
        )

    def fit_results_to_window(self) -> None:
        """Give tool results their share of the window (`context.tool_output_share`)."""
        window = self.model.window_tokens
        if window:
            share = self.configuration.settings.context.tool_output_share
            self._context.max_result_chars = max(1_000, round(window * share * 3))

    def save_default_model(self) -> Path:
        """Make the model that answers now the default of the next sessions; returns the file."""
        return self.gate.settings.save_default_model(self.provider.name, self.model.id)

    async def clear(self) -> None:
        """Start the conversation afresh, in the same session."""
        self._last_reply = None
        await self.emit(HistoryCleared())

    async def close(self) -> None:
        """Stop what runs, end background commands, let go of the provider and the log."""
        self._queue.clear()
        if self._running:
            self._running.cancel()
            await asyncio.wait({self._running})
        await self._context.jobs.close()
        await self.provider.aclose()
        if self._log:
            self._log.close()

    async def _run(self, work: object) -> bool:
        """Run one piece of work that `interrupt` may cancel; False where it was cancelled."""
        self._running = asyncio.ensure_future(work)  # type: ignore[call-overload]
        try:
            await asyncio.wait({self._running})
        except asyncio.CancelledError:
            self._running.cancel()
            await asyncio.wait({self._running})
            raise
        finally:
            finished, self._running, self._turn = self._running, None, None
        if finished.cancelled():
            return False
        finished.result()
        return True

    def _used_tokens(self) -> tuple[int, bool]:
        if self._last_reply is None or self._last_reply.usage.estimated:
            return estimated_tokens(self._history.characters()), True
        usage = self._last_reply.usage
        added = self._history.characters() - self._characters_then
        return usage.prompt_tokens + usage.completion_tokens + estimated_tokens(max(0, added)), added > 0
