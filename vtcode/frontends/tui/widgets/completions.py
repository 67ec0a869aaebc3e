"""The slash commands that fit what was typed so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vtcode.commands.registry import Command

_SHOWN = 8


def matching_commands(text: str, commands: Sequence[Command]) -> list[Command]:
    """Return the commands that `text` may become: those whose name starts so first, then those by alias."""
    typed = text.removeprefix("/")
    if not text.startswith("/") or any(character.isspace() for character in typed):
        return []
    by_name = [command for command in commands if command.name.startswith(typed)]
    by_alias = [
        command
        for command in commands
        if command not in by_name and any(alias.startswith(typed) for alias in command.aliases)
    ]
    return by_name + by_alias


class Completions(Widget):
    """A list above the prompt, with one command highlighted; not there while none fits."""

    def __init__(self, commands: Callable[[], Sequence[Command]]) -> None:
        """`commands` is called when the first slash is typed: importing them takes a while."""
        super().__init__(id="completions")
        self._commands = commands
        self._matches: list[Command] = []
        self._highlighted = 0
        self.display = False

    @property
    def highlighted(self) -> Command | None:
        """The command that Tab and Enter take; None while the list is closed."""
        return self._matches[self._highlighted] if self.display else None

    def update_for(self, text: str) -> None:
        """Show what fits `text`."""
        matches = matching_commands(text, self._commands()) if text.startswith("/") else []
        if matches != self._matches or self.display != bool(matches):
            self._matches = matches
            self._highlighted = 0
            self.display = bool(matches)
            self.refresh(layout=True)

    def close(self) -> None:
        """Hide the list until something else is typed."""
        self.display = False

    def move(self, step: int) -> None:
        """Move the highlight, around the ends."""
        self._highlighted = (self._highlighted + step) % len(self._matches)
        self.refresh()

    def render(self) -> Content:
        """Return the part of the list around the highlight."""
        first = min(max(0, self._highlighted - _SHOWN + 1), max(0, len(self._matches) - _SHOWN))
        shown = self._matches[first : first + _SHOWN]
        cells = max((len(_title(command)) for command in shown), default=0)
        lines = [
            _line(command, marked=first + index == self._highlighted, cells=cells)
            for index, command in enumerate(shown)
        ]
        return Content("\n").join(line.truncate(self.size.width, ellipsis=True) for line in lines)


def _title(command: Command) -> str:
    return f"/{command.name} {command.usage}".rstrip()


def _line(command: Command, *, marked: bool, cells: int) -> Content:
    return Content.assemble(
        ("› " if marked else "  ", "bold $primary"),
        (f"{_title(command):<{cells}}", "bold" if marked else ""),
        "  ",
        (command.help, "$text-muted"),
    )
