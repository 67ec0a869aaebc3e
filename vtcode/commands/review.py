"""`/review`: the model looks over what is changed in the working tree."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import fenced
from vtcode.events import Notice
from vtcode.system.working_tree import WorkingTree, working_tree
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.agent.filling import Filling

_SHARE = 0.5
"""Of what is free of the window: the model has to read around the changes, and to answer."""
_CHARACTERS_PER_TOKEN = 3
"""On the safe side: diffs are full of marks and numbers."""
_UNKNOWN_FREE_TOKENS = 8_000
_FEWEST_CHARACTERS = 500
_MOST_FILES = 100
_TASK = """\
Review the changes in this working tree. Look for defects first: wrong behaviour, missing cases, broken \
callers, security; then for what is hard to understand. Read the files around a change before you judge it. \
Name file and line for each finding, the worst first. Change nothing."""


@command("review", usage="[WHAT TO LOOK AT]", while_busy=False)
async def review(context: CommandContext) -> None:
    """Have the model review what is changed since the last commit."""
    session = context.session
    tree = await asyncio.to_thread(working_tree, session.workspace)
    if not tree.files:
        await session.emit(Notice(level="info", text="Nothing is changed since the last commit."))
        return
    await session.submit(review_message(tree, context.argument, _room(session.compaction.filling())))


def review_message(tree: WorkingTree, wish: str, most_characters: int) -> str:
    """Return what the model is sent: the task, the changed files, and as much of the diff as there is room.

    Args:
        tree: What is changed.
        wish: What the user wants looked at; empty: nothing in particular.
        most_characters: Of the diff; a file that does not fit whole is cut at a line.
    """
    names = [f"- {revealed(name, keep_newlines=False)}" for name in tree.files[:_MOST_FILES]]
    if len(tree.files) > _MOST_FILES:
        names.append(f"- and {len(tree.files) - _MOST_FILES} more")
    head = [_TASK, *([f"Above all: {wish}"] if wish else [])]
    head.append("Changed files (git's marks; `??` is new and not in the diff):\n" + "\n".join(names))
    diff = tree.diff
    if len(diff) > most_characters:
        diff = diff[:most_characters].rpartition("\n")[0]
        head.append(
            f"The diff is cut: {len(diff):,} of {len(tree.diff):,} characters. Read the other files yourself."
        )
    return "\n\n".join([*head, *([fenced(diff, "diff")] if diff else [])])


def _room(filling: Filling) -> int:
    """Return how many characters of a diff there is room for."""
    free = _UNKNOWN_FREE_TOKENS
    if filling.window_tokens is not None:
        free = (filling.limit_tokens or filling.window_tokens) - filling.tokens - filling.reserve_tokens
    return max(_FEWEST_CHARACTERS, round(free * _SHARE * _CHARACTERS_PER_TOKEN))
