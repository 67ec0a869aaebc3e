"""Headless text: the answer on stdout and nothing else there; progress on stderr."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vtcode.details import CommandDetails
from vtcode.events import (
    ContextCompacted,
    Event,
    ModelDownloading,
    ModelLoading,
    Notice,
    ReplyCompleted,
    ReplyDelta,
    ServerToolRan,
    ToolFinished,
    ToolStarted,
    TurnEnded,
)
from vtcode.frontends.denials import Denials
from vtcode.frontends.wording import action_words, compacted_words, download_words, loading_words
from vtcode.questions import Answer, Question
from vtcode.visible import plain

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
    _denials: Denials = field(default_factory=Denials)
    _answer: str = ""
    _streamed: bool = False
    _loading: tuple[str, int] | None = None
    """What is being loaded, and how many tenths of it were told."""

    async def show(self, event: Event) -> None:
        """Show one event."""
        self._denials.note(event)
        match event:
            case ReplyDelta() if self.stream:
                self.write(plain(event.text))
                self._streamed = True
            case ReplyCompleted():
                self._answer = event.message.text or self._answer
            case ModelLoading():
                self._show_loading(event)
            case ModelDownloading():
                self._show_download(event)
            case ServerToolRan():
                self._say(f"the server ran {event.tool}{': it failed' if event.failed else ''}")
            case ToolStarted():
                words = f" {action_words(event.action)}" if event.action else ""
                self._say(f"{event.call.name}{words}")
            case ToolFinished():
                self._end_call(event)
            case ContextCompacted():
                self._say(compacted_words(event))
            case Notice():
                self._say(f"{event.level}: {event.text}", event.hint)
            case TurnEnded():
                self._end(event)
            case _:
                pass

    async def ask(self, question: Question) -> Answer:
        """Refuse: nobody is there to answer."""
        return Answer(choice=question.refusal)

    def _say(self, line: str, hint: str = "") -> None:
        self.progress(f"vtcode: {plain(line)}\n")
        if hint:
            self.progress(f"  {plain(hint)}\n")

    def _show_loading(self, event: ModelLoading) -> None:
        told = (event.model, int((event.progress or 0) * 10))
        if told != self._loading:
            self._loading = told
            self._say(loading_words(event))

    def _show_download(self, event: ModelDownloading) -> None:
        done, total = event.downloaded_bytes or 0, event.total_bytes or 0
        told = (f"{event.model} {event.state}", int(done / total * 10) if total else 0)
        if told != self._loading:
            self._loading = told
            self._say(download_words(event))

    def _end_call(self, event: ToolFinished) -> None:
        self._say(_ending(event))
        if isinstance(event.details, CommandDetails):
            for note in event.details.sandbox_notes:
                self._say(f"warning: {note}")

    def _end(self, event: TurnEnded) -> None:
        self.last = event
        if self._streamed:
            self.write("\n")
        elif self._answer and event.outcome == "completed":
            self.write(plain(self._answer) + "\n")
        if self._denials.text:
            self._say(f"warning: {self._denials.text}", self._denials.hint)
        if event.error:
            self._say(f"error: {event.error}", event.hint)
        elif event.outcome == "limit":
            self._say("error: stopped at the limit of steps (tools.max_tool_loops).")


def _ending(event: ToolFinished) -> str:
    if isinstance(event.details, CommandDetails) and event.details.exit_code is not None:
        return f"  exit code {event.details.exit_code}"
    if event.status == "completed":
        return "  done"
    first_line = event.text.partition("\n")[0]
    return f"  {first_line}" if event.status == "denied" else f"  {event.status}: {first_line}"
