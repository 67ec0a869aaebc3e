"""`/files`: what the model has read and changed, and how much of it is still before it."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import quoted, table
from vtcode.events import CommandRan

_SENT = {"whole": "as it was read", "stubbed": "one line", "not": "no longer"}


@command("files", usage="[PART OF A NAME]")
async def files(context: CommandContext) -> None:
    """Show the files read and changed, with what of them is in the window."""
    session, wanted = context.session, context.argument.casefold()
    rows = [
        (
            quoted(file.path),
            "changed" if file.was_changed else "read",
            f"~{file.tokens:,}" if file.tokens else "",
            _SENT[file.sent],
        )
        for file in session.compaction.files()
        if wanted in file.path.casefold()
    ]
    if rows:
        text = table(("File", "What was done", "Tokens", "In the window"), rows)
    elif wanted:
        text = "No file of such a name was read or changed."
    else:
        text = "No file was read or changed yet."
    await session.emit(CommandRan(command="/files", text=text))
