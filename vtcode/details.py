"""What a tool returns for people to look at, beside the text that the model reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

StepStatus: TypeAlias = Literal["pending", "in_progress", "completed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDetails:
    """Plain text: a file's lines, a listing, matches."""

    text: str
    summary: str = ""
    """A few words for the folded line: `120 lines`, `7 matches in 3 files`."""
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffDetails:
    """What was written."""

    path: str
    diff: str
    """Unified diff without file headers, as in WriteAction."""
    added_lines: int
    removed_lines: int
    creates: bool
    hunks: int = 0
    """How many the user let through, of a change that was taken in part; 0: all."""
    asked_hunks: int = 0
    """How many there were to begin with, where it was taken in part."""
    kind: Literal["diff"] = "diff"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDetails:
    """How a command ended; its output was sent as it came."""

    command: str
    output: str
    """The tail that was kept, colours and control sequences included: never to be printed raw."""
    exit_code: int | None
    """None while it goes on in the background; negative: ended by that signal."""
    timed_out: bool = False
    dropped_bytes: int = 0
    """Bytes of output that were cut before the tail."""
    sandbox_notes: tuple[str, ...] = ()
    """What the user should know of protected names that changed meanwhile; at the end of the output, too."""
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One line of the plan."""

    step: str
    status: StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDetails:
    """The whole plan as it stands now."""

    steps: tuple[PlanStep, ...]
    explanation: str = ""
    kind: Literal["plan"] = "plan"


Details: TypeAlias = TextDetails | DiffDetails | CommandDetails | PlanDetails
