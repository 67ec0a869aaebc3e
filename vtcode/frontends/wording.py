"""What every front end says and draws in the same way: actions, counts, diffs. Pure; no toolkit in here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from vtcode.amounts import clock_time, size
from vtcode.visible import revealed, unpadded

if TYPE_CHECKING:
    from vtcode.actions import Action, WriteAction
    from vtcode.details import DiffDetails
    from vtcode.events import (
        ContextCompacted,
        ContextCompacting,
        ModelDownloading,
        ModelLoading,
        PermissionResolved,
        PromptProgress,
    )
    from vtcode.questions import PermissionQuestion
    from vtcode.session.status import Status

_SHOWN_UNTRUSTED = 3
_SHORT_NAME = 29
"""Cells that a row of 80 has for a name in such a sentence."""
_MAX_FILE_BLANKS = 100
"""In a row of a file: code is indented, and tables are aligned."""
LEAST_WAITED_S = 1.0
"""Shorter waits for the user's answers are not worth a word."""
RowKind: TypeAlias = Literal["added", "removed", "context", "hunk", "note"]
"""`note`: what a diff says about itself, such as a missing newline at the end."""

_KINDS: dict[str, RowKind] = {"+": "added", "-": "removed", "@": "hunk", "\\": "note"}
# In a file's text a tab is ordinary, and so is the blank of Chinese and Japanese.
_NOT_ORDINARY = re.compile("[^\t\u3000]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRow:
    """A row of a unified diff, safe to show."""

    text: str
    """With its mark: `+`, `-` or a blank."""
    kind: RowKind


def one_line(text: str) -> str:
    """Return `text` as one line for judging: what hides, reorders or breaks it is spelled out."""
    return unpadded(revealed(text, keep_newlines=False))


def note_words(text: str) -> str:
    """Return in a line what a note of the program's told the model; empty: the user's own words."""
    from vtcode.messages import program_note

    note = program_note(text)
    return f"The model was told: {one_line(note.mode or note.text)}" if note else ""


def action_words(action: Action, *, counts: bool = True) -> str:
    """Return an action as one line; `counts`: with how much of a file changes, not just whether it is new."""
    # Not by everybody who is in need of words: these classes take as long to make as all else in here.
    from vtcode.actions import CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction

    match action:
        case ReadAction():
            return one_line(action.summary or action.path)
        case WriteAction():
            change = f", {change_words(action)}" if counts else " (new)" * action.creates
            return one_line(action.path) + change
        case CommandAction():
            return one_line(action.command)
        case PlanAction():
            return counted(action.steps, "step")
        case IntegrationsAction():
            return one_line(f"{', '.join(action.servers)} on {action.address}")
        case _:
            assert_never(action)


def untrusted_summary(question: PermissionQuestion) -> str:
    """Return in a row what the model has read before it came to this question: how much, or the one thing."""
    from vtcode.questions import OUTPUT_OF

    count = len(question.untrusted)
    name = one_line(question.untrusted[0])
    if count == 1 and len(name) <= _SHORT_NAME:
        what = name
    elif all(name.startswith(OUTPUT_OF) for name in question.untrusted):
        what = f"output of {counted(count, 'command')}"
    else:
        what = counted(count, "untrusted source")
    return f"The model has read {what}, which may be behind this"


def untrusted_words(question: PermissionQuestion) -> str:
    """Return what the model has read before it came to this question."""
    shown = ", ".join(map(one_line, question.untrusted[:_SHOWN_UNTRUSTED]))
    others = len(question.untrusted) - _SHOWN_UNTRUSTED
    more = f" and {others} more" if others > 0 else ""
    return f"the model has read untrusted content, which may be behind this: {shown}{more}"


def loading_words(event: ModelLoading) -> str:
    """Return how far loading is: `loading acme/coder: 45%`; a guess of ours is `~45%`."""
    words = f"loading {one_line(event.model)}"
    if event.progress is None:
        return words
    return f"{words}: {'~' if event.estimated else ''}{event.progress:.0%}"


def download_words(event: ModelDownloading) -> str:
    """Return how far a download is: `downloading acme/coder: 1.2 of 4.9 GB (24%), 48 MB/s, 1:17 left`."""
    if event.state != "downloading":
        state = "is on the server already" if event.state == "already_downloaded" else event.state
        return f"download of {one_line(event.model)}: {state}"
    return ": ".join(part for part in (f"downloading {one_line(event.model)}", download_facts(event)) if part)


def download_facts(event: ModelDownloading) -> str:
    """Return the figures of a download that runs: `1.2 of 4.9 GB (24%), 48 MB/s, 1:17 left`."""
    facts = []
    if event.downloaded_bytes is not None and event.total_bytes:
        done, total = size(event.downloaded_bytes), size(event.total_bytes)
        if done[-2:] == total[-2:]:
            done = done[:-3]
        facts.append(f"{done} of {total} ({event.downloaded_bytes / event.total_bytes:.0%})")
    if event.bytes_per_s:
        facts.append(f"{event.bytes_per_s / 1e6:.0f} MB/s")
    if event.remaining_s is not None:
        facts.append(f"{clock_time(event.remaining_s)} left")
    return ", ".join(facts)


def compacting_words(event: ContextCompacting) -> str:
    """Return how far a summary is: `summarising: 512 of 2,048 tokens read`, then `... ~80 tokens written`."""
    if event.written_tokens:
        return f"summarising: ~{event.written_tokens:,} tokens written"
    if event.processed_tokens is None:
        return f"summarising ~{event.total_tokens:,} tokens"
    return f"summarising: {event.processed_tokens:,} of {event.total_tokens:,} tokens read"


def compacted_words(event: ContextCompacted) -> str:
    """Return what was shortened: `compacted: ~3,410 → ~1,200 tokens; 12 results stubbed`."""
    facts = [f"~{event.before_tokens:,} → ~{event.after_tokens:,} tokens"]
    if event.stubbed:
        facts.append(f"{counted(len(event.stubbed), 'result')} stubbed")
    if event.dropped:
        done = "summarised" if event.summary else "left out"
        facts.append(f"{counted(len(event.dropped), 'message')} {done}")
    return f"compacted: {'; '.join(facts)}"


def cached_words(share: float | None, *, estimated: bool) -> str:
    """Return how much of a prompt came out of the cache: `92% cached`, a guess of ours `~92% cached`.

    Empty where nobody knows, or where nothing is all that can be guessed.
    """
    if share is None or (estimated and not share):
        return ""
    return f"{'~' if estimated else ''}{share:.0%} cached"


def prompt_words(event: PromptProgress) -> str:
    """Return what of a prompt is to be read: `~3,000`, `~240 new of ~3,000`, `1,200/3,000`."""
    about = "~" if event.estimated else ""
    total = f"{about}{event.total_tokens:,}"
    if event.processed_tokens is not None:
        return f"{event.processed_tokens:,}/{total}"
    if not event.cached_tokens:
        return total
    return f"{about}{event.total_tokens - event.cached_tokens:,} new of {total}"


def progress_bar(share: float, cells: int) -> str:
    """Return a bar of so many cells: `━━━━────`."""
    full = min(cells, max(0, round(share * cells)))
    return "━" * full + "─" * (cells - full)


def window_words(tokens: int | None) -> str:
    """Return a window behind the name of its model: `, window 8,192 tokens`; empty where it is not known."""
    return f", window {tokens:,} tokens" if tokens else ""


def change_words(change: WriteAction | DiffDetails) -> str:
    """Return how much of a file changes."""
    if change.creates:
        return f"new file, {counted(change.added_lines, 'line')}"
    return f"{counted(change.added_lines, 'line')} added, {change.removed_lines:,} removed"


def left_out_words(event: PermissionResolved) -> str:
    """Return which hunks of a change the user left out: `without hunks 2, 3`; empty: none."""
    if not event.left_out:
        return ""
    return f"without hunk{'s' * (len(event.left_out) > 1)} {', '.join(map(str, event.left_out))}"


def part_words(details: DiffDetails) -> str:
    """Return how much of a change was taken: `1 of 2 hunks`; empty: all."""
    return f"{details.hunks} of {details.asked_hunks} hunks" if details.asked_hunks else ""


def counted(number: int, noun: str) -> str:
    """Return `1 line`, `2 lines`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def diff_rows(diff: str, *, tab: str) -> list[DiffRow]:
    """Return the rows of a unified diff; what would hide or reorder text in it is spelled out.

    Args:
        diff: Without file headers, as in WriteAction; empty where nothing changes.
        tab: How a tab is shown; a tab itself where the medium knows tabs.
    """
    if not diff:
        return []
    return [
        DiffRow(text=_file_text(line).replace("\t", tab), kind=_KINDS.get(line[:1], "context"))
        for line in diff.removesuffix("\n").split("\n")
    ]


def _file_text(line: str) -> str:
    shown = _NOT_ORDINARY.sub(lambda match: revealed(match.group(), keep_newlines=False), line)
    return unpadded(shown, max_blanks=_MAX_FILE_BLANKS)


def farewell(status: Status | None) -> str:
    """Return what to say to a user who leaves a session; None: none was opened. Empty: nothing."""
    return "vtcode --continue comes back to this session." if status and status.resumable else ""
