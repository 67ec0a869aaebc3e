"""How the line mode says things: every state in words, every foreign character visible or gone."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, assert_never

from vtcode.details import CommandDetails, Details, DiffDetails, PlanDetails, PlanStep, TextDetails
from vtcode.frontends.wording import (
    LEAST_WAITED_S,
    DiffRow,
    change_words,
    counted,
    diff_rows,
    one_line,
    part_words,
)
from vtcode.visible import plain

if TYPE_CHECKING:
    from vtcode.events import ReplyCompleted, ToolFinished, TurnEnded
    from vtcode.frontends.line.palette import Palette

_TABLE_RULE = re.compile(r"^\|[-| :]+\|$")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_EMPHASIS = re.compile(r"(?<!\\)\*\*")
_CELL_END = re.compile(r"(?<!\\)\|")
_STEP_WORDS = {"pending": "to do", "in_progress": "in progress", "completed": "done"}
_OUTCOME_WORDS = {"completed": "done", "failed": "failed", "cancelled": "stopped", "limit": "limit reached"}


def ending_words(event: ToolFinished) -> str:
    """Return how a call ended, as one line: `done: 120 lines`, `failed: exit code 2`."""
    facts = _details_words(event.details)
    if event.status in ("failed", "denied") and not isinstance(event.details, CommandDetails):
        facts = plain(event.text).strip().split("\n")[0]
    if event.status == "cancelled":
        facts = ""
    word = "done" if event.status == "completed" else event.status
    return f"{word}: {facts}" if facts else word


def _details_words(details: Details) -> str:
    match details:
        case TextDetails():
            return plain(details.summary)
        case DiffDetails():
            words = (one_line(details.path), change_words(details), part_words(details))
            return ", ".join(filter(None, words))
        case CommandDetails():
            return _command_words(details)
        case PlanDetails():
            return counted(len(details.steps), "step")
        case _:
            assert_never(details)


def _command_words(details: CommandDetails) -> str:
    if details.timed_out:
        words = "stopped at its time limit"
    elif details.exit_code is None:
        words = "goes on in the background"
    elif details.exit_code < 0:
        words = f"ended by signal {-details.exit_code}"
    else:
        words = f"exit code {details.exit_code}"
    cut = f"; {details.dropped_bytes:,} bytes of its output were cut" if details.dropped_bytes else ""
    return words + cut


def plan_lines(steps: tuple[PlanStep, ...]) -> list[str]:
    """Return a plan, one step a line, its status in words."""
    return [f"  {_STEP_WORDS[step.status]}: {plain(step.step)}" for step in steps]


def diff_lines(diff: str, palette: Palette) -> str:
    """Return a unified diff in its colours; its tabs are left to the terminal, and to who reads it out."""
    return "\n".join(_diff_line(row, palette) for row in diff_rows(diff, tab="\t"))


def _diff_line(row: DiffRow, palette: Palette) -> str:
    match row.kind:
        case "added":
            return palette.added(row.text)
        case "removed":
            return palette.removed(row.text)
        case "hunk" | "note":
            return palette.dim(row.text)
        case "context":
            return row.text
        case _:
            assert_never(row.kind)


def outcome_words(event: TurnEnded) -> str:
    """Return how a turn ended, with its error and next step."""
    tokens = counted(event.usage.completion_tokens, "token")
    about = "about " if event.usage.estimated else ""
    took = f"{event.duration_s - event.waited_s:.1f} s"
    if event.waited_s >= LEAST_WAITED_S:
        took += f", and {event.waited_s:.0f} s for your answers"
    words = f"[{_OUTCOME_WORDS[event.outcome]}] {about}{tokens} written in {took}"
    if event.outcome == "cancelled" and not event.usage.completion_tokens:
        words = f"[{_OUTCOME_WORDS[event.outcome]}] after {took}"
    if event.outcome == "limit":
        words += "; the number of steps reached its limit (tools.max_tool_loops)"
    if event.error:
        words = f"[{_OUTCOME_WORDS[event.outcome]}] {plain(event.error)}"
    return f"{words}\n[next step] {plain(event.hint)}" if event.hint else words


def figures_words(reply: ReplyCompleted) -> str:
    """Return how fast a reply was, and how much of its prompt was cached; empty where nothing is known."""
    usage, facts = reply.usage, []
    if reply.first_token_s is not None:
        facts.append(f"first token after {reply.first_token_s:.1f} s")
    if reply.tokens_per_s:
        facts.append(f"{reply.tokens_per_s:.0f} tokens a second")
    if usage.cached_tokens and usage.prompt_tokens:
        about = "about " if usage.cached_estimated else ""
        facts.append(f"{about}{usage.cached_tokens / usage.prompt_tokens:.0%} of the prompt cached")
    return f"[speed] {', '.join(facts)}" if facts else ""


def wrapped(text: str, width: int) -> str:
    """Return a text of ours with its lines broken between words; what is longer than a line stays whole."""
    return "\n".join(_wrapped_line(line, width) for line in text.split("\n"))


def _wrapped_line(line: str, width: int) -> str:
    return textwrap.fill(
        line,
        max(1, width - 1),
        subsequent_indent="  " if line.startswith(("- ", "  ")) else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def linear(markdown: str) -> str:
    """Return our own Markdown as plain lines: a table's row becomes `first: second, third`."""
    lines = [line for line in plain(markdown).split("\n") if not _TABLE_RULE.match(line)]
    return "\n".join(_without_marks(_linear_line(line)) for line in lines)


def _without_marks(line: str) -> str:
    """Drop the marks of code and emphasis; what is escaped stands for itself, but within code."""
    if "`" in _ESCAPED.sub("", line):
        return line.replace("`", "")
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub("", line))


def _linear_line(line: str) -> str:
    if not (line.startswith("|") and line.endswith("|")):
        return line.lstrip("#").strip() if line.startswith("#") else line
    cells = [cell.strip().replace(r"\|", "|") for cell in _CELL_END.split(line[1:-1])]
    first, *others = filter(None, cells)
    return f"{first}: {', '.join(others)}" if others else first
