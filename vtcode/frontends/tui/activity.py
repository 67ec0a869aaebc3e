"""What is going on, in words: from events to the state that the status line shows. No widget in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.events import (
    ContextCompacted,
    ContextCompacting,
    ModelLoading,
    ModelSelected,
    Notice,
    PermissionRequested,
    PermissionResolved,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    ToolAwaitingInput,
    ToolCallDelta,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from vtcode.frontends.tui.wording import phase_of
from vtcode.frontends.wording import one_line, prompt_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.events import Event

_CHARS_PER_TOKEN = 4
"""A rule of thumb for English and code; what is made of it has to be marked as a guess."""
_FEWEST_TOKENS = 10
_SHORTEST_S = 0.2
ASKING = "waiting for you"
READY = "ready"


def is_telling_rate(tokens: float, seconds: float) -> bool:
    """Return whether so many tokens in this time say how fast a model is: a short reply may come at once."""
    return tokens >= _FEWEST_TOKENS and seconds >= _SHORTEST_S


def reply_rate(reply: ReplyCompleted) -> float | None:
    """Return the tokens a second of a reply; None where it was too short to tell, or nobody knows."""
    rate, tokens = reply.tokens_per_s, reply.usage.completion_tokens
    return rate if rate and is_telling_rate(tokens, tokens / rate) else None


class ReplySpeed:
    """How fast the reply that streams in is written, guessed from its characters; then what was measured."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.last: float | None = None
        """Of the last reply that came to its end."""
        self.any_completed = False
        self._clock = clock
        self._since: float | None = None
        self._chars = 0

    def apply(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case ReasoningDelta(text=text) | ReplyDelta(text=text) | ToolCallDelta(text=text):
                if self._since is None:
                    self._since = self._clock()
                else:
                    self._chars += len(text)
            case ReplyCompleted():
                self.last, self.any_completed = reply_rate(event), True
                self._since, self._chars = None, 0
            case TurnStarted() | ReplyDiscarded() | TurnEnded():
                self._since, self._chars = None, 0
            case _:
                pass

    @property
    def guessed(self) -> float | None:
        """About how many tokens a second arrive now; None while that can't be told."""
        if self._since is None:
            return None
        tokens, seconds = self._chars / _CHARS_PER_TOKEN, self._clock() - self._since
        return tokens / seconds if is_telling_rate(tokens, seconds) else None


class Activity:
    """The words for what the agent does now, kept up to date by `apply`."""

    def __init__(self) -> None:
        self.asking = False
        """A question is on the screen."""
        self.expected_s: float | None = None
        """About how long what goes on takes, from its beginning; None: nobody knows."""
        self._words = "opening"
        self._in_turn = False
        self._running: dict[str, str] = {}

    @property
    def words(self) -> str:
        """A few words, lower case."""
        return ASKING if self.asking else self._words

    def apply(self, event: Event) -> None:
        """Take an event in."""
        before = self._words
        self._words = self._after(event) or self._words
        if isinstance(event, PromptProgress) and event.expected_s is not None:
            self.expected_s = event.expected_s
        elif phase_of(self._words) != phase_of(before):
            self.expected_s = None

    def opened(self) -> None:
        """The session is there, and nothing runs."""
        self._words = READY

    def _after(self, event: Event) -> str | None:
        """Return the words after `event`; None: as they were."""
        match event:
            case TurnStarted():
                self._in_turn = True
                return "sending"
            case ReasoningDelta():
                return "thinking"
            case ReplyDelta():
                return "answering"
            case ModelLoading(progress=None):
                return "loading the model"
            case ModelLoading(progress=progress, estimated=estimated):
                return f"loading {'~' if estimated else ''}{progress:.0%}"
            case PromptProgress():
                return f"reading prompt {prompt_words(event)}"
            case ToolCallDelta(name=name):
                return f"preparing {_short(name)}" if name else "preparing a call"
            case ReplyCompleted() | ReplyDiscarded():
                return "working"
            case ContextCompacting():
                return "summarising"
            case ContextCompacted():
                return "working" if self._in_turn else READY
            case TurnEnded():
                self._in_turn = False
                return READY
            case ModelSelected() | Notice() if not self._in_turn:
                return self._running_words()  # a model that was loaded by hand is there, or is not coming
            case _:
                return self._after_call(event)

    def _after_call(self, event: Event) -> str | None:
        match event:
            case ToolStarted(call=call):
                self._running[call.id] = _short(call.name)
            case ToolFinished(call_id=call_id):
                self._running.pop(call_id, None)
            case PermissionRequested() | ToolAwaitingInput():
                return ASKING
            case PermissionResolved() | ToolOutputDelta():
                pass
            case _:
                return None
        return self._running_words()

    def _running_words(self) -> str:
        names = list(dict.fromkeys(self._running.values()))
        if names:
            return f"running {', '.join(names)}"
        return "working" if self._in_turn else READY


def _short(name: str) -> str:
    """A tool's name as the model wrote it: anything, of any length."""
    name = one_line(name)
    return name if len(name) <= 24 else f"{name[:23]}…"
