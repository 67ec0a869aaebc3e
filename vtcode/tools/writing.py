"""What the tools that write have in common: a call described by its diff, and run only on what was diffed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vtcode.actions import WriteAction
from vtcode.details import DiffDetails
from vtcode.errors import EditUnmatched, ToolFailed
from vtcode.hunks import applied, hunks_of
from vtcode.tools.base import Outcome, Prepared
from vtcode.tools.diffs import unified_diff
from vtcode.tools.elision import elided_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from vtcode.hunks import Hunk
    from vtcode.system.files import Workspace
    from vtcode.system.text_file import TextFile
    from vtcode.tools.base import Running

_MAX_LEFT_OUT_CHARS = 2_000
"""Of what the user left out of a change, as the model reads it."""


def describe_write(
    workspace: Workspace, path: Path, *, before: TextFile | None, after: str, note: str = ""
) -> Prepared:
    """Describe replacing a file, or creating it where `before` is None.

    `run` writes nothing unless the file still is what the diff was computed on.

    Args:
        workspace: Where the file is.
        path: A result of `Workspace.resolve`.
        before: What the file holds now.
        after: Its whole new text, with LF newlines.
        note: Added to what the model reads of the result.
    """
    diff = unified_diff(before.text if before else "", after)
    shown = workspace.display(path)
    action = WriteAction(
        path=shown,
        diff=diff.text,
        added_lines=diff.added_lines,
        removed_lines=diff.removed_lines,
        creates=before is None,
        real_path=str(path),
    )
    details = DiffDetails(
        path=shown,
        diff=action.diff,
        added_lines=action.added_lines,
        removed_lines=action.removed_lines,
        creates=action.creates,
    )

    async def run(_: Running) -> Outcome:
        # Not in a thread: a turn that is cancelled must not leave it open whether the file was written.
        if before and before.text == after:
            return Outcome(text=f"{shown} already has this content; nothing was written", details=details)
        workspace.write(path, after, like=before, expected_digest=before.digest if before else None)
        done = f"{'edited' if before else 'created'} {shown}"
        return Outcome(text=f"{done}: +{diff.added_lines} -{diff.removed_lines}{note}", details=details)

    def without(numbers: Collection[int]) -> Prepared:
        assert before, "a new file is one hunk"
        hunks = hunks_of(diff.text)
        kept = applied(before.text, diff.text, left_out=numbers)
        words = note + _left_out_words(hunks, numbers)
        rest = describe_write(workspace, path, before=before, after=kept, note=words)
        return replace(rest, run=partial(_run_in_part, rest, len(numbers), len(hunks)))

    return Prepared(action=action, run=run, without=without if before else None)


async def _run_in_part(prepared: Prepared, left_out: int, hunks: int, running: Running) -> Outcome:
    """Run what is left of a change, whose details say that it is a part."""
    outcome = await prepared.run(running)
    assert isinstance(outcome.details, DiffDetails), "it writes"
    return replace(outcome, details=replace(outcome.details, hunks=hunks - left_out, asked_hunks=hunks))


def describe_unread(workspace: Workspace, path: Path) -> Prepared:
    """Describe a write to what the user closed, for the gate to deny: nothing of the file is looked at."""
    shown = workspace.display(path)
    action = WriteAction(
        path=shown, diff="", added_lines=0, removed_lines=0, creates=False, real_path=str(path)
    )

    async def run(_: Running) -> Outcome:
        raise ToolFailed(f"{shown} is closed. Nothing was changed.")

    return Prepared(action=action, run=run)


def _left_out_words(hunks: Sequence[Hunk], numbers: Collection[int]) -> str:
    """Return what the model has to know of a change that was written in part."""
    shown = "".join(hunk.text for number, hunk in enumerate(hunks, start=1) if number in numbers)
    if len(shown) > _MAX_LEFT_OUT_CHARS:
        cut = shown[:_MAX_LEFT_OUT_CHARS].rpartition("\n")[0]
        shown = f"{cut}\n[cut here: read the file to see what it holds now]\n"
    return (
        f". The user accepted {len(hunks) - len(numbers)} of {len(hunks)} hunks. NOT written, because "
        f"the user refused it; the file keeps its old lines there:\n{shown}"
    )


def refuse_left_out_code(new: str, before: str, *, argument: str) -> None:
    """Refuse a new text in which a comment stands for code.

    Raises:
        EditUnmatched: The message quotes the comment.
    """
    line = elided_line(new, before)
    if line:
        raise EditUnmatched(
            f"{argument} holds the line {line[:120]!r}, which stands for code that would be lost. "
            "Nothing was changed; write out the whole text, or replace a smaller part with edit_file."
        )
