"""Questions as numbered lines, and what a typed line answers. Pure: no I/O here.

Every question is a value with `text()`, what to print before asking, and `answered(typed)`: the answer, or
`Again` where the line does not say enough. An empty line is always the refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, assert_never

from vtcode.actions import (
    Action,
    CommandAction,
    IntegrationsAction,
    PlanAction,
    ReadAction,
    WriteAction,
)
from vtcode.frontends.line.hunks import ALLOWING, KEY, HunkByHunk
from vtcode.frontends.line.wording import diff_lines
from vtcode.frontends.wording import action_words, change_words, one_line, untrusted_words
from vtcode.hunks import hunks_of
from vtcode.questions import Answer, ChoiceQuestion, PermissionQuestion, PickQuestion
from vtcode.visible import plain, revealed, unpadded

if TYPE_CHECKING:
    from vtcode.frontends.line.palette import Palette
    from vtcode.questions import Choice, PickRow, Question

_SHOWN_ROWS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The line was no answer yet: print `text` and ask again under `prompt`."""

    text: str = ""
    prompt: str = ""
    """Empty: the same as before."""
    hidden: bool = False
    """What is typed then must not be seen."""


class Asking(Protocol):
    """A question in the course of being asked."""

    prompt: str
    """What stands before the line that the user types."""

    def text(self) -> str:
        """Return what to print before asking."""

    def answered(self, typed: str) -> Answer | Again:
        """Return what the typed line means."""


def asking(question: Question, palette: Palette) -> Asking:
    """Return how to put a question."""
    match question:
        case PermissionQuestion():
            return _Choosing(
                head=_permission_text(question, palette),
                choices=question.choices,
                refusal=question.refusal,
                hunks=_hunks(question, palette),
            )
        case ChoiceQuestion():
            title = palette.strong(f"[question] {one_line(question.title)}")
            head = [title, unpadded(revealed(question.body))]
            for change in question.diffs:
                head += ["", one_line(f"{change.path}{change.note}"), diff_lines(change.diff, palette)]
            if question.unusable:
                head.append(one_line(question.unusable.problem))
            return _Choosing(head="\n".join(head), choices=question.choices, refusal=question.refusal)
        case PickQuestion():
            return _Picking(question=question, palette=palette)
        case _:
            assert_never(question)


def _hunks(question: PermissionQuestion, palette: Palette) -> HunkByHunk | None:
    """Return how to ask about the hunks of a change; None where there is nothing to choose."""
    if not isinstance(question.action, WriteAction):
        return None
    hunks = hunks_of(question.action.diff)
    if len(hunks) < 2 or all(choice.id != ALLOWING for choice in question.choices):
        return None
    return HunkByHunk(hunks=hunks, refusal=question.refusal, palette=palette)


def _permission_text(question: PermissionQuestion, palette: Palette) -> str:
    lines = [
        palette.strong(f"[question] May {one_line(question.tool)} do this?"),
        _action_text(question.action, palette),
        f"Why this is asked: {one_line(question.reason)} (rule: {one_line(question.rule)})",
    ]
    if question.untrusted:
        lines.append(f"Mind: {untrusted_words(question)}")
    if question.always_rule:
        lines.append(f'"Always" saves the rule: {one_line(question.always_rule)}')
    return "\n".join(lines)


def _action_text(action: Action, palette: Palette) -> str:
    """Return exactly what will happen."""
    match action:
        case CommandAction():
            command = "\n".join(f"  {line}" for line in unpadded(revealed(action.command)).split("\n"))
            cwd = one_line(action.cwd)
            return f"Run this command in {cwd}, for {action.timeout_s:g} seconds at most:\n{command}"
        case WriteAction():
            diff = diff_lines(action.diff, palette) if action.diff else "(nothing changes)"
            return f"Write {one_line(action.path)} ({change_words(action)}):\n{diff}"
        case ReadAction():
            return f"Read {action_words(action)}"
        case PlanAction():
            return f"Set a plan of {action_words(action)}"
        case IntegrationsAction():
            return f"Let the server run MCP servers of its own in this session: {action_words(action)}"
        case _:
            assert_never(action)


@dataclass(slots=True, kw_only=True)
class _Choosing:
    """One of a few answers, by number or letter; words may follow a choice that takes them."""

    head: str
    choices: tuple[Choice, ...]
    refusal: str
    prompt: str = "Number or letter: "
    hunks: HunkByHunk | None = None
    """Of a change that may be taken in part."""
    _reason_for: str = ""
    """The choice that was made and lacks its words yet."""
    _by_hunk: bool = False

    def text(self) -> str:
        rows = [
            f"  {number}. {choice.key}: {one_line(choice.label)}"
            + (" (words may follow)" * (choice.takes_text and not choice.is_secret))
            for number, choice in enumerate(self.choices, start=1)
        ]
        refusal = next((choice.label for choice in self.choices if choice.id == self.refusal), self.refusal)
        if self.hunks:
            rows.append(f"  {KEY}: Choose among the {len(self.hunks.hunks)} hunks, one by one")
        return "\n".join([self.head, *rows, f"Enter alone or Ctrl-C: {plain(refusal)}"])

    def answered(self, typed: str) -> Answer | Again:
        typed = typed.strip()
        if self.hunks and (self._by_hunk or typed.lower() == KEY):
            return self._hunk_answered(self.hunks, typed)
        if self._reason_for:
            return Answer(choice=self._reason_for, text=typed)
        if not typed:
            return Answer(choice=self.refusal)
        word, _, words = typed.partition(" ")
        choice = self._chosen(word.rstrip(".:").lower())
        if choice is None or (words and not choice.takes_text):
            keys = ", ".join(choice.key for choice in self.choices)
            return Again(text=f"That is none of the answers. Type one of {keys}, or a number.")
        if choice.takes_text and not words:
            self._reason_for = choice.id
            return Again(prompt=f"{choice.words_name or 'In your words'}: ", hidden=choice.is_secret)
        return Answer(choice=choice.id, text=words.strip())

    def _hunk_answered(self, hunks: HunkByHunk, typed: str) -> Answer | Again:
        answer = hunks.answered(typed) if self._by_hunk else None
        self._by_hunk = True
        return answer or Again(text=hunks.text(), prompt=hunks.prompt)

    def _chosen(self, word: str) -> Choice | None:
        for number, choice in enumerate(self.choices, start=1):
            if word in (choice.key, str(number)):
                return choice
        return None


@dataclass(slots=True, kw_only=True)
class _Picking:
    """A row of a list, by its number; any other words narrow the list down."""

    question: PickQuestion
    palette: Palette
    prompt: str = "Number, or a part of a name: "
    _filter: str = ""
    _numbered: tuple[tuple[int, PickRow], ...] = field(init=False)

    def __post_init__(self) -> None:
        self._numbered = tuple(enumerate(self.question.rows, start=1))

    def text(self) -> str:
        question = self.question
        lines = [self.palette.strong(f"[question] {plain(question.title)}")]
        if question.notice:
            lines.append(plain(question.notice))
        return "\n".join([*lines, *self._listing(), *self._how_to()])

    def answered(self, typed: str) -> Answer | Again:
        typed = typed.strip()
        if not typed:
            return Answer(choice=self.question.refusal)
        if self.question.custom_label and typed.startswith("="):
            custom = typed[1:].strip()
            return Answer(choice="custom", text=custom) if custom else Again(text="Type the id after the =.")
        word, _, rest = typed.partition(" ")
        for action in self.question.actions:
            if word == action.key:
                return self._acted(action, rest.strip())
        if typed.isdecimal():
            row = self._row(typed)
            return Answer(choice=row.id) if row else _no_such_number(typed)
        self._filter = typed.casefold()
        return Again(text="\n".join(self._listing()))

    def _acted(self, action: Choice, number: str) -> Answer | Again:
        """Act on the row with that number; without one, on the listed row that is current, else the first."""
        if number:
            row = self._row(number)
            return Answer(choice=action.id, text=row.id) if row else _no_such_number(number)
        rows = sorted(filter(self._fits, self.question.rows), key=lambda row: not row.current)
        return Answer(choice=action.id, text=rows[0].id if rows else "")

    def _row(self, number: str) -> PickRow | None:
        return next((row for known, row in self._numbered if str(known) == number), None)

    def _listing(self) -> list[str]:
        fitting = [(number, row) for number, row in self._numbered if self._fits(row)]
        lines, group = [], ""
        for number, row in fitting[:_SHOWN_ROWS]:
            if row.group != group:
                group = row.group
                lines.append(f"{plain(group)}:")
            lines.append(_row_line(number, row))
        if len(fitting) > _SHOWN_ROWS:
            lines.append(f"{len(fitting) - _SHOWN_ROWS} more: type a part of a name to see fewer.")
        if self._filter and not fitting:
            lines.append(f"Nothing has {self._filter!r} in its name.")
        return lines

    def _fits(self, row: PickRow) -> bool:
        return all(word in f"{row.id} {row.label} {row.detail}".casefold() for word in self._filter.split())

    def _how_to(self) -> list[str]:
        lines = [f"  {action.key} NUMBER: {plain(action.label)}" for action in self.question.actions]
        if self.question.custom_label:
            lines.append(f"  =ID: {plain(self.question.custom_label)}")
        return [*lines, "Enter alone or Ctrl-C: leave it as it is"]


def _row_line(number: int, row: PickRow) -> str:
    detail = f" ({plain(row.detail)})" if row.detail else ""
    return f"  {number}. {plain(row.label)}{detail}{', the current one' if row.current else ''}"


def _no_such_number(typed: str) -> Again:
    return Again(text=f"There is no number {plain(typed)}.")
