"""`/prompts`: the prompts that are kept in files and sent as `#name`."""

from __future__ import annotations

import asyncio

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import table
from vtcode.events import CommandRan
from vtcode.session.custom_prompts import PROJECT_FOLDER
from vtcode.visible import revealed


@command("prompts", "prompt")
async def prompts(context: CommandContext) -> None:
    """List your own prompts, sent as `#name`, and the project's."""
    custom = context.session.custom_prompts
    rows = [
        (f"`#{prompt.name}`", "yours" if prompt.is_own else "the project's", f"`{_quotable(prompt.help)}`")
        for prompt in await asyncio.to_thread(custom.listed)
    ]
    own = revealed(str(custom.own_folder), keep_newlines=False)
    text = (
        f"A file `NAME.md` in `{own}`, or in the project's `{PROJECT_FOLDER}`, is sent as `#NAME WORDS`. "
        "In it, `$ARGUMENTS` stands for the words, `$1` to `$9` for each of them."
    )
    if rows:
        text = f"{table(('Prompt', 'Whose', 'Its first line'), rows)}\n\n{text}"
    await context.session.emit(CommandRan(command="/prompts", text=text))


def _quotable(text: str) -> str:
    return text.replace("`", "'")
