"""Headless text: the answer on stdout and nothing else there; progress on stderr."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.actions import Action, CommandAction, ReadAction, WriteAction
from vtcode.details import CommandDetails
from vtcode.events import (
    Event,
    ModelLoading,
    Notice,
    ReplyCompleted,
    ReplyDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
)
from vtcode.questions import Answer, Question
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class TextLines:
    """A front end for pipes and scripts; answers every question with its refusal."""

    write: Callable[[str], object]
    """To stdout."""
    progress: Callable[[str], object]
    """To stderr."""
    stream: bool = False
    """Write the answer as it comes (`ask`), not at the end of the turn (`exec`)."""
    last: TurnEnded | None = None
    _answer: str = ""
    _streamed: bool = False
    _loading: bool = False

    async def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case ReplyDelta() if self.stream:
                self.write(plain(event.text))
                self._streamed = True
            case ReplyCompleted():
                self._answer = event.message.text or self._answer
            case ModelLoading() if not self._loading:
                self._loading = True
                self._say(f"loading {event.model}")
            case ToolStarted():
                self._say(f"{event.call.name} {_summary(event.action)}".rstrip())
            case ToolFinished():
                self._say(_ending(event))
            case Notice():
                self._say(f"{event.level}: {event.text} {event.hint}".rstrip())
            case TurnEnded():
                self._end(event)
            case _:
                pass

    async def ask(self, question: Question) -> Answer:
        """Refuse: nobody is there to answer."""
        return Answer(choice=question.refusal)

    def _say(self, line: str) -> None:
        self.progress(f"vtcode: {plain(line)}\n")

    def _end(self, event: TurnEnded) -> None:
        self.last = event
        if self._streamed:
            self.write("\n")
        elif self._answer and event.outcome == "completed":
            self.write(plain(self._answer) + "\n")
        if event.error:
            self._say(f"error: {event.error} {event.hint}".rstrip())
        elif event.outcome == "limit":
            self._say("error: stopped at the limit of steps (tools.max_tool_loops).")


def _summary(action: Action | None) -> str:
    match action:
        case CommandAction():
            return revealed(action.command, keep_newlines=False)
        case WriteAction():
            return f"{revealed(action.path)} +{action.added_lines} -{action.removed_lines}"
        case ReadAction():
            return revealed(action.summary)
        case _:
            return ""


def _ending(event: ToolFinished) -> str:
    if isinstance(event.details, CommandDetails) and event.details.exit_code is not None:
        return f"  exit code {event.details.exit_code}"
    if event.status == "completed":
        return "  done"
    return f"  {event.status}: {event.text.splitlines()[0] if event.text else ''}"
