"""The one line at the bottom: what goes on, which model, how full its window is."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from vtcode.amounts import token_count
from vtcode.frontends.tui.wording import phase_of
from vtcode.frontends.wording import cached_words, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from vtcode.permissions import Mode
    from vtcode.session.status import Status

_BAR_CELLS = 6
_SEPARATOR = Content(" · ")
_NEARLY_FULL, _FULL = 0.8, 0.95
_MODE_STYLES: dict[Mode, str] = {"build": "$text-muted", "plan": "bold $accent", "auto": "bold $warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """All that the line is made of."""

    words: str
    """What goes on."""
    elapsed_s: int = 0
    """For how long; not shown while 0."""
    expected_s: float | None = None
    """About how long it takes in all; None: nobody knows."""
    status: Status | None = None
    """None until the session is open."""
    busy: bool = False
    """Something goes on that can be interrupted."""
    guessed_tokens_per_s: float | None = None
    """Of the reply that streams in."""
    unseen_below: bool = False
    away_from_prompt: bool = False
    """The transcript has the keyboard."""
    vim_mode: str = ""
    """In words; empty: without vim's keys."""
    hint: str = ""
    """Shown instead of all but the mode for a moment."""
    short_hint: str = ""
    """Takes its place where there is no room for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Detail:
    """What the line holds at some width; less of it fits a narrow terminal."""

    address: bool = True
    stopping: bool = True
    sandbox: bool = True
    bar: bool = True
    mode_word: bool = True
    """`plan mode`, not just `plan`."""
    cache: bool = True
    speed: bool = True
    model_cells: int = 40
    elapsed: bool = True
    window: bool = True


_LESS_AND_LESS = (
    {"address": False},
    {"bar": False},
    {"mode_word": False},
    {"cache": False},
    {"model_cells": 20},
    {"speed": False},
    {"model_cells": 0},
    {"elapsed": False},
    {"stopping": False},
    {"sandbox": False},
    {"window": False},
)


def status_content(facts: StatusFacts, width: int) -> Content:
    """Return the line, at most `width` cells wide: what matters least goes first."""
    if facts.hint:
        return _hint_line(facts, width)
    detail = _Detail()
    line = _line(facts, detail, width)
    for less in _LESS_AND_LESS:
        if line.cell_length <= width:
            break
        detail = replace(detail, **less)
        line = _line(facts, detail, width)
    return line.truncate(width, ellipsis=True)


def _hint_line(facts: StatusFacts, width: int) -> Content:
    """Return the hint, and the mode at the end: it is always shown."""
    mode = Content()
    if facts.status:
        mode = Content.assemble(_SEPARATOR, _mode(facts.status.mode, in_words=True))
    room = max(0, width - mode.cell_length)
    hint = Content.styled(facts.hint, "$warning")
    if hint.cell_length > room and facts.short_hint:
        hint = Content.styled(facts.short_hint, "$warning")
    return hint.truncate(room, ellipsis=True) + mode


def _mode(mode: Mode, *, in_words: bool) -> Content:
    return Content.styled(f"{mode} mode" if in_words else mode, _MODE_STYLES[mode])


def _line(facts: StatusFacts, detail: _Detail, width: int) -> Content:
    elapsed = f" {_elapsed_words(facts)}".rstrip() if detail.elapsed else ""
    parts = [Content.styled(f"{facts.words}{elapsed}", "bold $primary")]
    if facts.vim_mode:
        parts.insert(0, Content.styled(facts.vim_mode.upper(), "bold $accent"))
    if facts.status:
        parts.append(_mode(facts.status.mode, in_words=detail.mode_word))
    if facts.busy and facts.status and detail.stopping:
        parts.append(Content.styled("Esc interrupts", "$text-muted"))
    if facts.away_from_prompt:
        parts.append(Content.styled("Tab: back to the prompt", "$accent"))
    if facts.unseen_below:
        parts.append(Content.styled("new below", "$accent"))
    if facts.status is None:
        return _SEPARATOR.join(parts)
    status = facts.status
    if detail.model_cells and status.model:
        parts.append(Content(_model(status.model, detail.model_cells)))
    if detail.window:
        parts.append(_window(status, bar=detail.bar))
    if detail.speed and (speed := _speed(facts)):
        parts.append(Content(speed))
    if detail.cache and (cached := cached_words(status.cached_share, estimated=status.cached_estimated)):
        parts.append(Content(cached))
    if detail.sandbox and (holds := status.containment):
        parts.append(Content.styled(holds.label, "$text-muted" if holds.is_full else "$warning"))
    left = _SEPARATOR.join(parts)
    where = one_line(status.address or status.provider)
    if not detail.address or not where:
        return left
    gap = max(2, width - left.cell_length - Content(where).cell_length)
    return Content.assemble(left, " " * gap, (where, "$text-muted"))


def _elapsed_words(facts: StatusFacts) -> str:
    """Return how long it has taken so far, of how long it should: `3s of ~12s`."""
    elapsed = _duration(facts.elapsed_s) if facts.elapsed_s else ""
    if facts.expected_s is None or facts.expected_s < 1:
        return elapsed
    expected = f"~{_duration(round(facts.expected_s))}"
    return f"{elapsed} of {expected}" if elapsed else expected


def _speed(facts: StatusFacts) -> str:
    if facts.busy and facts.guessed_tokens_per_s:
        return f"~{facts.guessed_tokens_per_s:.0f} tok/s"
    measured = facts.status.tokens_per_s if facts.status else None
    return f"{measured:.0f} tok/s" if measured else ""


def _model(name: str, cells: int) -> str:
    """Shorten an id to its last part, then from its end: `qwen/qwen3-8b` is known by what comes last."""
    name = one_line(name)
    if Content(name).cell_length > cells:
        name = name.rpartition("/")[2] or name
    return Content(name).truncate(cells, ellipsis=True).plain


def _window(status: Status, *, bar: bool) -> Content:
    about = "~" if status.used_estimated else ""
    used = f"{about}{token_count(status.used_tokens)}"
    if not status.window_tokens:
        return Content(f"{used} tokens")
    fill = status.used_tokens / status.window_tokens
    style = "$error" if fill >= _FULL else "$warning" if fill >= _NEARLY_FULL else ""
    text = Content.styled(f"{used}/{token_count(status.window_tokens)} {fill:.0%}", style)
    if not bar:
        return text
    full = min(_BAR_CELLS, round(fill * _BAR_CELLS))
    return Content.assemble(
        text, " ", ("━" * full, style or "$primary"), ("─" * (_BAR_CELLS - full), "$text-muted")
    )


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"


class StatusLine(Widget):
    """Shows `StatusFacts`; counts the seconds of the present state by itself."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(id="status")
        self._clock = clock
        self._facts = StatusFacts(words="opening")
        self._since = clock()
        self.counts_seconds = True
        """False: how long something takes is not counted."""
        self._ticking: Timer | None = None
        self._hint_timer: Timer | None = None

    def on_mount(self) -> None:
        """Have the seconds counted."""
        self._ticking = self.set_interval(1, self._tick, pause=True)

    def render(self) -> Content:
        """Return the line for the present width."""
        return status_content(self._facts, self.size.width)

    def show(
        self,
        words: str,
        status: Status | None,
        *,
        busy: bool,
        expected_s: float | None = None,
        guessed_tokens_per_s: float | None = None,
    ) -> None:
        """Show what goes on; `busy`: count how long it takes, beside how long it should."""
        if phase_of(words) != phase_of(self._facts.words):
            self._since = self._clock()
        facts = replace(
            self._facts,
            words=words,
            status=status,
            elapsed_s=self._elapsed(busy=busy),
            busy=busy,
            expected_s=expected_s,
            guessed_tokens_per_s=guessed_tokens_per_s,
        )
        if self._ticking:
            (self._ticking.resume if busy and self.counts_seconds else self._ticking.pause)()
        self._set(facts)

    def show_unseen(self, unseen: bool) -> None:
        """Say whether something new stands below what the transcript shows."""
        self._set(replace(self._facts, unseen_below=unseen))

    def show_way_back(self, away: bool) -> None:
        """Say how the keyboard goes back to the prompt, while the transcript has it."""
        self._set(replace(self._facts, away_from_prompt=away))

    def show_vim_mode(self, mode: str) -> None:
        """Say which of vim's modes the prompt is in; empty: none."""
        self._set(replace(self._facts, vim_mode=mode))

    def hint(self, text: str, *, short: str = "", seconds: float = 2.0) -> None:
        """Show a text of ours instead of the line, for a moment; `short` where it has no room."""
        if self._hint_timer:
            self._hint_timer.stop()
        self._set(replace(self._facts, hint=text, short_hint=short))
        self._hint_timer = self.set_timer(seconds, lambda: self._set(replace(self._facts, hint="")))

    def _tick(self) -> None:
        self._set(replace(self._facts, elapsed_s=self._elapsed(busy=True)))

    def _elapsed(self, *, busy: bool) -> int:
        return int(self._clock() - self._since) if busy else 0

    def _set(self, facts: StatusFacts) -> None:
        if facts != self._facts:
            self._facts = facts
            self.refresh()
