"""`/log`: the end of the program's own log."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import fenced, quoted
from vtcode.errors import UsageError
from vtcode.events import CommandRan
from vtcode.session.secrets import without_secrets
from vtcode.visible import plain

if TYPE_CHECKING:
    from pathlib import Path

_LINES = 20
_MOST_LINES = 500
_MOST_BYTES = 200_000


@command("log", "debug", usage="[LINES]")
async def log(context: CommandContext) -> None:
    """Show the end of vtcode's own log, without secrets, and where it is."""
    wanted = _wanted(context.argument)
    file = context.session.configuration.locations.log_file
    lines = await asyncio.to_thread(_last_lines, file, wanted)
    if lines:
        shown = without_secrets(plain("\n".join(lines)))
        text = f"The last lines of {quoted(str(file))}:\n\n{fenced(shown)}"
    else:
        text = f"Nothing was logged: {quoted(str(file))} is empty, or not there. `--debug` has more logged."
    await context.session.emit(CommandRan(command="/log", text=text))


def _wanted(argument: str) -> int:
    if not argument:
        return _LINES
    if not (argument.isascii() and argument.isdecimal() and 0 < int(argument) <= _MOST_LINES):
        raise UsageError(f"/log takes how many lines to show, at most {_MOST_LINES}: /log 100")
    return int(argument)


def _last_lines(file: Path, wanted: int) -> list[str]:
    """Return the file's last lines; none where it can't be read."""
    try:
        with file.open("rb") as stream:
            start = max(0, stream.seek(0, 2) - _MOST_BYTES)
            stream.seek(start)
            lines = stream.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    return lines[1 if start else 0 :][-wanted:]
