"""The registry of slash commands: one decorated function each; its docstring's first line is the help."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.errors import UsageError, UserFacingError
from vtcode.events import Notice
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.frontend import FrontEnd
    from vtcode.session.copying import Copied
    from vtcode.session.places import Place
    from vtcode.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What the front end does after a command."""

    exit: bool = False
    draft: str = ""
    """Goes into the prompt, for the user to go on with."""
    vim_keys: Literal["", "on", "off", "other"] = ""
    """Vim's keys in the prompt; `other`: on where they are off, off where they are on."""
    theme: str = ""
    """A theme for the app; `pick`: the user picks one; empty: it stays."""
    copied: Copied | None = None
    """To be put on the clipboard."""
    opened: Place | None = None
    """To be opened in the user's editor."""
    suspends: bool = False
    """The terminal goes to the shell, until that continues the program."""
    session: Session | None = None
    """Takes the place of the one that was, which the front end then closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """What a command works on."""

    session: Session
    front_end: FrontEnd
    argument: str
    """What was typed after the name, stripped."""


Run: TypeAlias = "Callable[[CommandContext], Awaitable[CommandResult | None]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command."""

    name: str
    aliases: tuple[str, ...]
    help: str
    usage: str
    """What may follow the name: `[MODEL]`; empty where nothing may."""
    run: Run
    while_busy: bool
    """It may run while the model works."""
    changes_session: bool
    """It may put another session in the place of this one: what is typed meanwhile is not for this one."""


_commands: dict[str, Command] = {}


def command(
    name: str, *aliases: str, usage: str = "", while_busy: bool = True, changes_session: bool = False
) -> Callable[[Run], Run]:
    """Register a function as the command `/name`."""

    def register(run: Run) -> Run:
        help_text = (run.__doc__ or "").splitlines()[0].rstrip(".")
        _commands[name] = Command(
            name=name,
            aliases=aliases,
            help=help_text,
            usage=usage,
            run=run,
            while_busy=while_busy,
            changes_session=changes_session,
        )
        return run

    return register


def registered() -> tuple[Command, ...]:
    """Return the commands by name."""
    return tuple(sorted(_commands.values(), key=lambda known: known.name))


async def dispatch(session: Session, front_end: FrontEnd, line: str) -> CommandResult:
    """Run the command in `line`, which starts with `/`; what goes wrong is told as a Notice."""
    name, _, argument = line.strip().removeprefix("/").partition(" ")
    try:
        known = found(name)
    except UsageError as error:
        await session.emit(Notice(level="error", text=error.message, hint=error.hint))
        return CommandResult()
    if argument.strip() and not known.usage:
        await session.emit(takes_nothing(known.name))
        return CommandResult()
    if session.status.busy and not known.while_busy:
        await session.emit(has_to_wait(known.name))
        return CommandResult()
    context = CommandContext(session=session, front_end=front_end, argument=argument.strip())
    try:
        return await known.run(context) or CommandResult()
    except UserFacingError as error:
        await session.emit(Notice(level="error", text=error.message, hint=error.hint))
        return CommandResult()


def has_to_wait(name: str) -> Notice:
    """Return what is said of a command that can't run while the model works."""
    text = f"/{name} has to wait until the model is done."
    return Notice(level="warning", text=text, hint="Interrupt it, or try again then.")


def takes_nothing(name: str) -> Notice:
    """Return what is said of a command that something was typed after which it would have passed over."""
    text = f"/{name} takes nothing after it, so nothing was done."
    return Notice(level="error", text=text, hint=f"/{name} alone does it; /help {name} tells more.")


def found(name: str) -> Command:
    """Return the command of this name, or alias.

    Raises:
        UsageError: There is none; the hint names one that is near.
    """
    for known in _commands.values():
        if name in (known.name, *known.aliases):
            return known
    near = difflib.get_close_matches(name, _names(), n=1)
    hint = f"Did you mean /{near[0]}?" if near else "/help lists the commands."
    raise UsageError(f"There is no command /{revealed(name, keep_newlines=False)}.", hint=hint)


def changes_session(name: str) -> bool:
    """Tell whether the command of this name or alias may put another session in the place of this one."""
    return any(known.changes_session and name in (known.name, *known.aliases) for known in _commands.values())


def _names() -> list[str]:
    return [name for known in _commands.values() for name in (known.name, *known.aliases)]
