"""The command palette: every command and what keys do, found by a few letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vtcode.frontends.tui.keys import KEYS
from vtcode.frontends.tui.widgets.ordered_keys import give_keyboard
from vtcode.questions import Choice, PickQuestion, PickRow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from vtcode.commands.registry import Command
    from vtcode.frontends.tui.base_app import BaseApp
    from vtcode.questions import Answer

_INTO_PROMPT: Final = Choice(id="prompt", label="into the prompt", key="i")
_OPENS: Final = "app.open_palette"


def palette_question(commands: Sequence[Command]) -> PickQuestion:
    """Return the list: a command's row is called by its name with `/`, a key's by its place in the table."""
    return PickQuestion(
        title="Commands and keys",
        rows=(*map(_command_row, commands), *_key_rows()),
        columns=("Name", "What it does"),
        actions=(_INTO_PROMPT,),
        is_fuzzy=True,
    )


async def open_palette(
    app: BaseApp,
    commands: Sequence[Command],
    *,
    ask: Callable[[PickQuestion], Awaitable[Answer]],
    send: Callable[[str], None],
) -> None:
    """Have the user pick one: a command that needs words goes into the prompt, all others are run.

    Args:
        app: Does what a key does.
        commands: All that there are.
        ask: Lets the user pick.
        send: Takes the line of a command.
    """
    answer = await ask(palette_question(commands))
    picked = answer.text if answer.choice == _INTO_PROMPT.id else answer.choice
    if picked.isdecimal():
        await app.run_action(KEYS[int(picked)].action)
        return
    known = next((command for command in commands if f"/{command.name}" == picked), None)
    if known is None:
        return
    if needs_words(known) or answer.choice == _INTO_PROMPT.id:
        app.prompt.put(f"{picked} ")
        give_keyboard(app.prompt)
    else:
        send(picked)


def needs_words(command: Command) -> bool:
    """Tell whether something has to follow the command's name."""
    return bool(command.usage) and not command.usage.startswith("[")


def _command_row(command: Command) -> PickRow:
    also = ", ".join(f"/{alias}" for alias in command.aliases)
    told = command.help.replace("`", "") + (f" (also {also})" if also else "")
    return PickRow(
        id=f"/{command.name}",
        label=f"/{command.name}",
        detail=told,
        cells=(told,),
        group="Commands",
    )


def _key_rows() -> Iterator[PickRow]:
    """Yield what keys do for the app as a whole, wherever the keyboard is."""
    for number, key in enumerate(KEYS):
        is_everywhere = key.place in ("prompt", "transcript") and key.action.startswith("app.")
        if is_everywhere and key.shown and key.action != _OPENS:
            yield PickRow(id=str(number), label=key.shown, detail=key.help, cells=(key.help,), group="Keys")
