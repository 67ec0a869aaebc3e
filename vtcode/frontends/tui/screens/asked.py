"""A question as it is laid out: what is asked, exactly what and why, and the answers. Free of any widget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from rich.cells import cell_len
from textual.content import Content

from vtcode.actions import CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.frontends.tui.rendering.lines import cut_middle
from vtcode.frontends.tui.screens.hunk_picks import HunkPicks, picks_for
from vtcode.frontends.tui.widgets.wrapped_text import ShownDiff, ShownLine, command_lines
from vtcode.frontends.wording import action_words, one_line, untrusted_summary
from vtcode.questions import ChoiceQuestion, PermissionQuestion
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.questions import Choice, Unusable

_LONG_SUBJECT_CHARS = 30
"""From here on a title may have to shorten its subject, which is then spelled out in the body."""
_UNFOLD_KEY = "Ctrl+O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A question's first line, around the path that it is about."""

    before: str
    subject: str = ""
    after: Content = field(default_factory=Content)

    def fitting(self, width: int) -> Content:
        """Return it in at most two rows; a long path loses its middle."""
        subject = self.subject
        if len(self.before) + cell_len(subject) + self.after.cell_length > width:
            subject = cut_middle(subject, max(1, width - self.after.cell_length))
        return Content.assemble((self.before, "bold"), (subject, "bold $accent"), self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A question as it is laid out: what, exactly what and why, and the answers."""

    title: Title
    body: list[ShownLine | ShownDiff]
    """Shown whole: it scrolls where it does not fit."""
    choices: tuple[Choice, ...]
    refusal: str
    confirmed: frozenset[str] = frozenset()
    """The choices whose letter only moves the highlight: they allow more than this one call."""
    picks: HunkPicks = field(default_factory=lambda: HunkPicks(0))
    """Empty where there is nothing to choose."""
    unfolded: list[ShownLine | ShownDiff] = field(default_factory=list)
    """The body with all that it only counts; empty where it counts nothing."""
    resting: str = ""
    """The choice to highlight for a user who types something else; empty: the refusal."""
    unusable: Unusable | None = None
    """The words that were typed before, to be mended."""


def decision_for(question: PermissionQuestion | ChoiceQuestion, *, waiting: str = "") -> Decision:
    """Lay a question out; `waiting`: the user's message that is sent after it, and stands nowhere yet."""
    if isinstance(question, PermissionQuestion):
        title, body = _permission_parts(question)
        if waiting:
            body = [ShownLine(text=f"Before your message is sent: {one_line(waiting)}", kind="note"), *body]
        body += _path_lines(title)
        return Decision(
            title=title,
            body=[*body, *_notes(question, _untrusted_row(question))],
            unfolded=[*body, *_notes(question, _untrusted_list(question))] if _is_folded(question) else [],
            choices=question.choices,
            refusal=question.refusal,
            confirmed=frozenset({"session", "always", "workspace"}),
            picks=picks_for(question),
        )
    return Decision(
        title=Title(before=one_line(question.title)),
        body=[
            *(ShownLine(text=revealed(line), kind="prose") for line in question.body.split("\n")),
            *_diffs(question),
        ],
        choices=question.choices,
        refusal=question.refusal,
        resting=question.resting,
        unusable=question.unusable,
    )


def _diffs(question: ChoiceQuestion) -> Iterator[ShownLine | ShownDiff]:
    """Yield what would become of files, each below its path."""
    for change in question.diffs:
        yield ShownLine(text="")
        yield ShownLine(text=one_line(f"{change.path}{change.note}"), kind="note")
        yield ShownDiff(diff=change.diff, path=change.path)


def _path_lines(title: Title) -> Iterator[ShownLine]:
    """Yield the path that the title may have to shorten, in full."""
    if len(title.subject) >= _LONG_SUBJECT_CHARS:
        yield ShownLine(text=f"Path: {title.subject}", kind="hunk")


def _notes(question: PermissionQuestion, untrusted: list[str]) -> Iterator[ShownLine]:
    """Return what stands below that which is asked about."""
    notes = [f"Asked because {one_line(question.reason)} ({one_line(question.rule)})", *untrusted]
    if isinstance(question.action, CommandAction):
        notes.insert(0, f"In {one_line(question.action.cwd)}, for at most {question.action.timeout_s:g} s")
    if question.always_rule:
        notes.append(f'"Always" saves: {one_line(question.always_rule)}')
    return (ShownLine(text=note, kind="note") for note in notes)


def _is_folded(question: PermissionQuestion) -> bool:
    """Return whether a row does not name all that the model has read."""
    names = [one_line(name) for name in question.untrusted]
    return bool(names) and not (len(names) == 1 and names[0] in untrusted_summary(question))


def _untrusted_row(question: PermissionQuestion) -> list[str]:
    if not question.untrusted:
        return []
    return [untrusted_summary(question) + f": {_UNFOLD_KEY}" * _is_folded(question)]


def _untrusted_list(question: PermissionQuestion) -> list[str]:
    """Return all of it, the newest first."""
    return [f"{untrusted_summary(question)}:", *(f"- {one_line(name)}" for name in question.untrusted)]


def _permission_parts(question: PermissionQuestion) -> tuple[Title, list[ShownLine | ShownDiff]]:
    tool, action = one_line(question.tool), question.action
    match action:
        case WriteAction():
            after = Content.assemble(
                " (new file)" if action.creates else "",
                (f" +{action.added_lines}", "$success"),
                (f" -{action.removed_lines}", "$error"),
            )
            verb = "create" if action.creates else "change"
            title = Title(before=f"{tool} wants to {verb} ", subject=one_line(action.path), after=after)
            nothing = ShownLine(text="Nothing changes.", kind="hunk")
            return title, [ShownDiff(diff=action.diff, path=action.path) if action.diff else nothing]
        case CommandAction():
            return Title(before=f"{tool} wants to run this command"), [*command_lines(action.command)]
        case ReadAction():
            title = Title(before=f"{tool} wants to read ", subject=one_line(action.path))
            return title, [ShownLine(text=action_words(action))]
        case PlanAction():
            return Title(before=f"{tool} wants to set a plan"), [ShownLine(text=action_words(action))]
        case IntegrationsAction():
            wish = Content.styled(" wants to run MCP servers of its own in this session", "bold")
            title = Title(before="", subject=one_line(action.address), after=wish)
            return title, [ShownLine(text=one_line(server)) for server in action.servers]
        case _:
            assert_never(action)
