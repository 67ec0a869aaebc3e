"""Events as plain, linear text: one after the other, nothing redrawn. Pure: no I/O here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from vtcode.events import (
    CommandRan,
    ContextCompacted,
    ContextCompacting,
    Event,
    HistoryCleared,
    ModelDownloading,
    ModelLoading,
    ModelSelected,
    Notice,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    ServerToolRan,
    SessionStarted,
    ToolCallDelta,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.frontends.line.calls import CallEvent, CallLines
from vtcode.frontends.line.wording import figures_words, linear, outcome_words, wrapped
from vtcode.frontends.user_message import image_words
from vtcode.frontends.wording import compacted_words, download_words, note_words, one_line, window_words
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.frontends.line.palette import Palette

_Progress: TypeAlias = ModelLoading | ModelDownloading | PromptProgress | ToolCallDelta | ContextCompacting
_Reply: TypeAlias = ReplyCompleted | ReplyDiscarded
_PROGRESS_STEP = 0.25
_LONG_S = 3.0
"""What takes longer is announced."""
_FEW_TOKENS = 256
"""Fewer new ones than these are read in no time."""
_LONG_CALL_CHARS = 200
"""Less of a call is written in no time."""


@dataclass(slots=True)
class Rendering:
    """Turns events into text to write as it is; keeps what the next event's text depends on."""

    palette: Palette
    shows_reasoning: bool = True
    width: Callable[[], int] | None = None
    """Of the terminal, as it is now: what is ours is broken between words there; None: it is not."""
    _calls: CallLines = field(init=False)
    _open: Literal["", "reasoning", "reply"] = ""
    """What the unfinished last line on the screen belongs to."""
    _reasoned: bool = False
    """The running reply began with reasoning, so that its answer needs a mark."""
    _wrote: bool = False
    """Something of the running reply stands on the screen."""
    _said_progress: tuple[str, float] = ("", 0.0)
    """What was last said to be in progress, and how far."""
    _said_downloads: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By model: its state, and how many quarters of it were told."""
    _last_reply: ReplyCompleted | None = None
    """Of the running turn."""
    _call_chars: dict[int, int] = field(default_factory=dict)
    """How much of each call is written."""

    def __post_init__(self) -> None:
        self._calls = CallLines(self.palette)

    def render(self, event: Event) -> str:
        """Return the text for one event; empty where there is nothing to say."""
        match event:
            case ReasoningDelta():
                return self._reasoning(plain(event.text))
            case ReplyDelta():
                return self._reply(plain(event.text))
            case _:
                lines = self._lines(event)
                return (self.end_line() if lines else "") + "".join(f"{line}\n" for line in lines)

    def _lines(self, event: Event) -> list[str]:
        if isinstance(event, CallEvent):
            return self._calls.lines(event)
        if isinstance(event, _Progress):
            return self._progress(event)
        if isinstance(event, _Reply):
            return self._reply_ended(event)
        if isinstance(event, TurnEnded):
            return self._turn_ended(event)
        if isinstance(event, Notice):
            return self._notice(event)
        if isinstance(event, CommandRan):
            return [self._fitted(linear(event.text))]
        if isinstance(event, ServerToolRan):
            ended = "failed" if event.failed else "done"
            return [f"[server tool] {plain(event.tool)} {plain(event.arguments)}: {ended}"]
        if isinstance(event, ReasoningDelta | ReplyDelta):
            return []
        lines = _session_lines(event)
        return list(map(self._fitted, lines)) if isinstance(event, SessionStarted) else lines

    def _fitted(self, text: str) -> str:
        return wrapped(text, self.width()) if self.width else text

    def _reasoning(self, text: str) -> str:
        if self._open == "reasoning":
            return self.palette.dim(text)
        if not self.shows_reasoning or not text.strip():
            return ""
        start = self.end_line() + self.palette.dim("[reasoning] " + text.lstrip())
        self._open, self._reasoned, self._wrote = "reasoning", True, True
        return start

    def _reply(self, text: str) -> str:
        if self._open == "reply":
            return text
        if not text.strip():
            return ""
        start = self.end_line() + ("[answer] " if self._reasoned else "") + text.lstrip()
        self._open, self._reasoned, self._wrote = "reply", False, True
        return start

    def end_line(self) -> str:
        """Return what ends the unfinished line, if there is one."""
        was_open, self._open = self._open, ""
        return "\n" if was_open else ""

    def _reply_ended(self, event: _Reply) -> list[str]:
        if isinstance(event, ReplyCompleted):
            self._last_reply = event
        wrote, self._wrote = self._wrote, False
        self._reasoned = False
        self._call_chars.clear()
        match event:
            case ReplyDiscarded():  # why, another event tells
                return ["[discarded] The answer so far does not count."] if wrote else []
            case ReplyCompleted(finish="length"):
                return ["[cut] The answer reached the limit of tokens."]
            case ReplyCompleted():
                return []
            case _:
                assert_never(event)

    def _turn_ended(self, event: TurnEnded) -> list[str]:
        self._reasoned, self._said_progress = False, ("", 0.0)
        reply, self._last_reply = self._last_reply, None
        words = outcome_words(event)
        lines = [self.palette.strong(words) if event.error else words]
        return [*lines, figures] if reply and (figures := figures_words(reply)) else lines

    def _notice(self, event: Notice) -> list[str]:
        words = self._fitted(f"[{event.level}] {plain(event.text)} {plain(event.hint)}".rstrip())
        return [self.palette.strong(words) if event.level == "error" else words]

    def _progress(self, event: _Progress) -> list[str]:
        match event:
            case ModelLoading():
                about = "about " if event.estimated else ""
                return self._step(f"[loading] {plain(event.model)}", event.progress, about=about)
            case ModelDownloading():
                return self._download(event)
            case PromptProgress():
                return self._prompt(event)
            case ContextCompacting():
                if event.written_tokens:
                    return self._step("[summarising] The model writes a summary", None)
                read = (event.processed_tokens or 0) / max(1, event.total_tokens)
                return self._step("[summarising] The model reads the conversation", read)
            case ToolCallDelta():
                return self._call(event)
            case _:
                assert_never(event)

    def _call(self, event: ToolCallDelta) -> list[str]:
        """Tell of a call that takes long to write, once; of a short one its own line tells soon enough."""
        before = self._call_chars.get(event.index, 0)
        now = self._call_chars[event.index] = before + len(event.text)
        if not event.name or not before < _LONG_CALL_CHARS <= now:
            return []
        return [self.palette.dim(f"[writing] A call of {plain(event.name)}")]

    def _prompt(self, event: PromptProgress) -> list[str]:
        """Say how far the model is with reading; before it says so, how long that should take."""
        new_tokens = event.total_tokens - event.cached_tokens
        if event.processed_tokens is None:
            if event.expected_s is None or event.expected_s < _LONG_S:
                return []
            words = f"[reading] The model reads about {new_tokens:,} new tokens, in ~{event.expected_s:.0f} s"
            return [self.palette.dim(words)]
        is_short = event.cached_tokens and new_tokens < _FEW_TOKENS
        if is_short or event.processed_tokens >= event.total_tokens:
            return []
        words = f"[reading] The model reads {new_tokens:,} {'new ' if event.cached_tokens else ''}tokens"
        return self._step(words, max(0, event.processed_tokens - event.cached_tokens) / new_tokens)

    def _download(self, event: ModelDownloading) -> list[str]:
        """Say how far a download is after each quarter; it goes on between whatever else happens."""
        done, total = event.downloaded_bytes or 0, event.total_bytes
        told = (event.state, int(done / total / _PROGRESS_STEP) if total else 0)
        if self._said_downloads.get(event.model) == told:
            return []
        self._said_downloads[event.model] = told
        return [self.palette.dim(f"[download] {plain(download_words(event))}")]

    def _step(self, words: str, progress: float | None, *, about: str = "") -> list[str]:
        """Say what is in progress once, and again after each quarter of it."""
        said, said_progress = self._said_progress
        share = progress or 0.0
        if words == said and share < said_progress + _PROGRESS_STEP:
            return []
        self._said_progress = (words, share)
        return [self.palette.dim(f"{words}, {about}{share:.0%}" if share else words)]


_Session: TypeAlias = (
    SessionStarted | ModelSelected | HistoryCleared | TurnStarted | UserMessageAdded | ContextCompacted
)


def _session_lines(event: _Session) -> list[str]:
    match event:
        case SessionStarted():
            answering = f"{plain(event.model)} on {plain(event.provider)}{window_words(event.window_tokens)}"
            return [f"[session] {answering}, in {one_line(event.workspace)}"]
        case ModelSelected():
            return [f"[model] {plain(event.model)} answers from now on{window_words(event.window_tokens)}."]
        case HistoryCleared(from_turn=turn) if turn:
            return [f"[rewound] The conversation goes on as it was before turn {turn}."]
        case HistoryCleared():
            return ["[cleared] The conversation starts afresh."]
        case TurnStarted(text=text) | UserMessageAdded(text=text) if told := note_words(text):
            return [f"[note] {told}"]
        case TurnStarted():
            return [f"[you] {plain(event.text)}", *map(image_words, event.images)]
        case UserMessageAdded():
            return [f"[you, added] {plain(event.text)}", *map(image_words, event.images)]
        case ContextCompacted():
            return [f"[compacted] {compacted_words(event).removeprefix('compacted: ')}"]
        case _:
            assert_never(event)
