"""What a front end is asked, and what it answers: a closed union, through the one `FrontEnd.ask`.

Every question carries its own choices, so a front end needs no knowledge of a new kind to put it to the user;
it may show a known kind better (a diff, a list with a filter).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from vtcode.actions import Action

OUTPUT_OF: Final = "the output of "
"""What stands before a command where its output is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to answer."""

    id: str
    label: str
    key: str
    """One lower-case letter, unique within the question."""
    takes_text: bool = False
    """The user may add words (a reason for the model)."""
    is_secret: bool = False
    """Those words must not be seen while they are typed."""
    words_name: str = ""
    """What they are: `Address`; empty: words of the user's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The user's choice."""

    choice: str
    """A choice's id; in a PickQuestion a row's id, or one of its extra choices' ids."""
    text: str = ""
    left_out: tuple[int, ...] = ()
    """Of a change that is allowed once: the numbers, from 1, of the hunks that must not be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionQuestion:
    """May this call run? Shows exactly what will happen."""

    call_id: str
    tool: str
    action: Action
    reason: str
    rule: str
    always_rule: str
    """The rule that "always" would save, as shown to the user; empty where there is none to save."""
    choices: tuple[Choice, ...]
    """In order of display, the first is the default. Ids: once, session, always, workspace, deny, reason."""
    refusal: str = "deny"
    """The choice that stands for Escape, for a lost terminal, and for a headless run."""
    untrusted: tuple[str, ...] = ()
    """What the model reads that may hold somebody else's instructions, in words, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """Words that led nowhere, for the user to mend."""

    choice: str
    """The id of the choice that they were typed for."""
    text: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What would become of a file."""

    path: str
    diff: str
    """Unified, without file headers."""
    note: str = ""
    """Stands behind the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceQuestion:
    """A decision with a few answers: trust, the first run, the starter model, a reached limit, what to do
    with a model, a change of the rules or of a setting, a file that is there, a prompt that is not."""

    kind: Literal[
        "trust",
        "welcome",
        "server",
        "starter_model",
        "loop_limit",
        "small_window",
        "model",
        "folder",
        "policy",
        "config",
        "export",
        "plan",
        "undo",
        "prompt",
    ]
    title: str
    body: str
    """Plain text, several lines."""
    choices: tuple[Choice, ...]
    refusal: str
    resting: str = ""
    """The choice to highlight for a user who types something else; empty: the refusal."""
    diffs: tuple[FileDiff, ...] = ()
    """Shown below the body."""
    unusable: Unusable | None = None
    """The answer of before, where this is asked again because of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRow:
    """One row of a list to pick from."""

    id: str
    label: str
    detail: str = ""
    """Dimmed, after the label: `loaded · 8,192 of 131,072 · Q4_K_M · tools`."""
    cells: tuple[str, ...] = ()
    """The detail in columns, for a front end that can align them, which then leaves `detail` out; what
    matters most comes first, because the last ones go where there is no room."""
    group: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickQuestion:
    """A list with a filter; a row may be picked with Enter, or acted on with an extra choice's key."""

    title: str
    rows: tuple[PickRow, ...]
    notice: str = ""
    """A line above the list: the server is away, the list is old."""
    columns: tuple[str, ...] = ()
    """What stands above the labels and the rows' cells, the label's first; empty: nothing."""
    custom_label: str = ""
    """Label of the row that takes free text, answered `Answer(choice="custom", text=...)`; empty: none."""
    actions: tuple[Choice, ...] = ()
    """Answered with the action's id as `choice` and the highlighted row's id as `text`."""
    is_fuzzy: bool = False
    """Letters of a label in their order find a row, too; what fits best comes first, without groups."""
    refusal: str = "cancel"


Question: TypeAlias = PermissionQuestion | ChoiceQuestion | PickQuestion
