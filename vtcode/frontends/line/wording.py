"""How the line mode says things: every state in words, every foreign character visible or gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from vtcode.actions import Action, CommandAction, PlanAction, ReadAction, WriteAction
from vtcode.details import CommandDetails, Details, DiffDetails, PlanDetails, PlanStep, TextDetails
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from vtcode.events import ToolFinished, TurnEnded
    from vtcode.frontends.line.palette import Palette
    from vtcode.session.session import Status

_TABLE_RULE = re.compile(r"^\|[-| :]+\|$")
_STEP_WORDS = {"pending": "to do", "in_progress": "in progress", "completed": "done"}
_OUTCOME_WORDS = {"completed": "done", "failed": "failed", "cancelled": "stopped", "limit": "limit reached"}


def action_words(action: Action | None) -> str:
    """Return an action as one line."""
    match action:
        case None:
            return "can't be understood"
        case ReadAction():
            return revealed(action.summary or action.path, keep_newlines=False)
        case WriteAction():
            return f"{revealed(action.path, keep_newlines=False)}, {change_words(action)}"
        case CommandAction():
            return revealed(action.command, keep_newlines=False)
        case PlanAction():
            return counted(action.steps, "step")
        case _:
            assert_never(action)


def change_words(change: WriteAction | DiffDetails) -> str:
    """Return how much of a file changes."""
    if change.creates:
        return f"new file, {counted(change.added_lines, 'line')}"
    return f"{counted(change.added_lines, 'line')} added, {change.removed_lines:,} removed"


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
            return f"{revealed(details.path, keep_newlines=False)}, {change_words(details)}"
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
    """Return a unified diff with every hidden character spelled out, tabs excepted."""
    return "\n".join(_diff_line(line, palette) for line in diff.rstrip("\n").split("\n"))


def _diff_line(line: str, palette: Palette) -> str:
    shown = "\t".join(revealed(cell) for cell in line.split("\t"))
    match line[:1]:
        case "+":
            return palette.added(shown)
        case "-":
            return palette.removed(shown)
        case "@":
            return palette.dim(shown)
        case _:
            return shown


def outcome_words(event: TurnEnded) -> str:
    """Return how a turn ended, with its error and next step."""
    tokens = counted(event.usage.completion_tokens, "token")
    about = "about " if event.usage.estimated else ""
    words = f"[{_OUTCOME_WORDS[event.outcome]}] {about}{tokens} written in {event.duration_s:.1f} s"
    if event.outcome == "limit":
        words += "; the number of steps reached its limit (tools.max_tool_loops)"
    if event.error:
        words = f"[{_OUTCOME_WORDS[event.outcome]}] {plain(event.error)}"
    return f"{words}\n[next step] {plain(event.hint)}" if event.hint else words


def status_words(status: Status) -> str:
    """Return where things stand, one fact after the other."""
    facts = [f"model {plain(status.model)} on {plain(status.provider)} ({plain(status.address)})"]
    facts.append(window_words(status))
    if status.tokens_per_s:
        facts.append(f"{status.tokens_per_s:.1f} tokens a second")
    facts.append("busy" if status.busy else "idle")
    if status.queued:
        facts.append(f"{counted(len(status.queued), 'message')} waiting")
    return "[status] " + "; ".join(facts)


def window_words(status: Status) -> str:
    """Return how full the window is."""
    about = "about " if status.used_estimated else ""
    if not status.window_tokens:
        return f"{about}{counted(status.used_tokens, 'token')} used, window size unknown"
    share = status.used_tokens / status.window_tokens
    return f"{about}{status.used_tokens:,} of {status.window_tokens:,} tokens used ({share:.0%})"


def linear(markdown: str) -> str:
    """Return our own Markdown as plain lines: a table's row becomes `first: second, third`."""
    lines = [line for line in plain(markdown).split("\n") if not _TABLE_RULE.match(line)]
    return "\n".join(_linear_line(line) for line in lines).replace("`", "")


def _linear_line(line: str) -> str:
    if not (line.startswith("|") and line.endswith("|")):
        return line.lstrip("#").strip() if line.startswith("#") else line
    first, *others = (cell.strip() for cell in line.strip("|").split("|"))
    return f"{first}: {', '.join(others)}" if others else first


def counted(number: int, noun: str) -> str:
    """Return `1 line`, `2 lines`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
