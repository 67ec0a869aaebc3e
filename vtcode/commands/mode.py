"""`/mode`: whether the model builds, plans, or works on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import table
from vtcode.errors import UsageError
from vtcode.events import CommandRan, Notice
from vtcode.session.modes import MODES
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.events import Level
    from vtcode.permissions import Mode
    from vtcode.session.session import Session

_MEANS: dict[Mode, str] = {
    "build": "what changes something is asked about, as the policy says",
    "plan": "nothing is changed; it ends in a plan that you approve",
    "auto": "in a full sandbox, plain commands and changes to files need no question",
}


@command("mode", usage="[build | plan | auto]")
async def mode(context: CommandContext) -> None:
    """Show the mode, or choose another; Shift+Tab goes to the next."""
    session, typed = context.session, context.argument.lower()
    if not typed:
        rows = [(f"`{name}`", _MEANS[name], "now" * (name == session.modes.current)) for name in MODES]
        text = f"{table(('Mode', 'What it means', ''), rows)}\n\n{session.modes.describe()}"
        await session.emit(CommandRan(command="/mode", text=text))
        return
    chosen = next((name for name in MODES if name == typed), None)
    if chosen is None:
        shown = revealed(typed, keep_newlines=False)
        raise UsageError(f"There is no mode {shown!r}.", hint=f"There are: {', '.join(MODES)}.")
    session.modes.choose(chosen)
    await tell_mode(session)


async def tell_mode(session: Session) -> None:
    """Tell the user what the mode means that holds from now on."""
    level: Level = "warning" if session.modes.lacks_sandbox else "info"
    await session.emit(Notice(level=level, text=session.modes.describe()))
