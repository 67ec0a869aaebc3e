"""A session whose turns a test plays itself: the surface that a front end holds, with nothing behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.agent.history import History
from vtcode.details import CommandDetails
from vtcode.errors import UsageError, UserFacingError
from vtcode.events import (
    CommandRan,
    Event,
    HistoryCleared,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnOutcome,
    TurnStarted,
)
from vtcode.messages import Image, ToolCall, Usage
from vtcode.policy import Policy
from vtcode.policy.trust import TrustStore
from vtcode.providers.model_info import ModelInfo
from vtcode.session.attachments import Attachments
from vtcode.session.custom_prompts import CustomPrompts
from vtcode.session.folders import AddedFolders
from vtcode.session.modes import Modes
from vtcode.session.queue import MessageQueue
from vtcode.session.status import Status
from vtcode.session.undo import FileChanges
from vtcode.system.files import Workspace
from vtcode.system.jobs import Jobs

if TYPE_CHECKING:
    from vtcode.frontend import Control, FrontEnd


@dataclass
class Rules:
    """What of a gate a session's mode needs."""

    policy: Policy = field(default_factory=Policy)
    interactive: bool = True


Play = Callable[["FakeSession", str], Awaitable[None]]


async def say_nothing(session: FakeSession, text: str) -> None:
    """A turn in which the model says nothing."""


class CountedPrewarm:
    """Counts how often the cache was to be warmed."""

    def __init__(self) -> None:
        self.starts = 0

    def start(self) -> None:
        self.starts += 1


class FakeSession:
    """Runs `play` between TurnStarted and TurnEnded, and keeps what it was told."""

    def __init__(
        self,
        front_end: FrontEnd,
        play: Play = say_nothing,
        *,
        history_file: Path | None = None,
        past: tuple[Event, ...] = (),
    ) -> None:
        self.front_end = front_end
        self.play = play
        self.id = "2026-05-01-abcd"
        self.workspace = Path("/workspace")
        self.folders = AddedFolders(Workspace(self.workspace))
        self.jobs = Jobs()
        self.changes = FileChanges(
            Path("/state"),
            "",
            Rules(),  # type: ignore[arg-type]
            Workspace(self.workspace),
            0,
        )
        self.modes = Modes(Rules(), None, front_end.ask)  # type: ignore[arg-type]
        self.history = History()
        self.model = ModelInfo(id="qwen/qwen3-8b")
        self.attachments = Attachments(self.workspace)
        self.custom_prompts = CustomPrompts(
            Workspace(self.workspace), Path("/prompts"), TrustStore(file=Path("/state/prompts.toml"))
        )
        self.prewarm = CountedPrewarm()
        self.history_file = history_file
        self.past = past
        self.controls: list[tuple[str, Control]] = []
        self.commands: list[str] = []
        self.sent: list[str] = []
        self.emitted: list[Event] = []
        self.outcomes: list[TurnOutcome] = []
        self.closed = False
        self.hold_commands = False
        """Have a command of the user's own run until it is interrupted."""
        self.window_tokens: int | None = 8_192
        self.used_tokens = 2_100
        self.queue = MessageQueue()
        self.queue.can_steer = True
        self.turn_usage = Usage()
        self.turn_s = 0.0
        """How long each turn took, as it says at its end."""
        self._running: asyncio.Task[None] | None = None

    @property
    def steered(self) -> list[str]:
        """What was to join the running turn."""
        return [message.text for message in self.queue.steering]

    @property
    def status(self) -> Status:
        return Status(
            provider="lmstudio",
            address="http://127.0.0.1:1234",
            model="qwen/qwen3-8b",
            window_tokens=self.window_tokens,
            used_tokens=self.used_tokens,
            used_estimated=False,
            busy=self._running is not None,
            queued=tuple(message.text for message in self.queue.waiting),
            tokens_per_s=41.2,
            steering=tuple(self.steered),
            mode=self.modes.current,
        )

    async def emit(self, event: Event) -> None:
        self.emitted.append(event)
        self.history.apply(event)
        await self.front_end.show(event)

    async def tell(self, command: str, text: str) -> None:
        await self.emit(CommandRan(command=command, text=text))

    async def clear(self) -> str:
        await self.emit(HistoryCleared())
        return ""

    async def submit(self, text: str, images: Sequence[Image] = ()) -> None:
        self.queue.add(text)
        if self._running:
            return
        while self.queue.waiting:
            text = self.queue.waiting.popleft().text
            self.sent.append(text)
            await self.emit(TurnStarted(turn=len(self.sent), text=text))
            outcome = await self._run(self.play(self, text))
            self.outcomes.append(outcome)
            turn, usage = len(self.sent), self.turn_usage
            await self.emit(TurnEnded(turn=turn, outcome=outcome, usage=usage, duration_s=self.turn_s))
            if outcome != "completed":
                return

    async def _run(self, work: Awaitable[None]) -> TurnOutcome:
        self._running = asyncio.ensure_future(work)
        await asyncio.wait({self._running})
        task, self._running = self._running, None
        if task.cancelled():
            return "cancelled"
        if isinstance(task.exception(), UserFacingError):
            return "failed"
        task.result()
        return "completed"

    def interrupt(self) -> bool:
        if self._running is None:
            return False
        self._running.cancel()
        return True

    def control(self, call_id: str, control: Control) -> bool:
        self.controls.append((call_id, control))
        return True

    async def run_command(self, command: str) -> None:
        if self._running:
            raise UsageError("A command of your own has to wait until the model is done.")
        self.commands.append(command)
        if self.hold_commands:
            await self._run(asyncio.Event().wait())
        call = ToolCall(id=f"user_{len(self.commands)}", name="run_pty_cmd", arguments="{}")
        await self.emit(ToolStarted(call=call, action=None))
        details = CommandDetails(command=command, output="", exit_code=0)
        await self.emit(
            ToolFinished(call_id=call.id, name=call.name, status="completed", text="", details=details)
        )

    async def close(self) -> None:
        self.interrupt()
        self.closed = True
