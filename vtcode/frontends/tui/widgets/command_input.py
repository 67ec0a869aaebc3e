"""The line that types into a running command which waits for input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from vtcode.frontend import Control
from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.widgets.text_line import TextLine
from vtcode.frontends.wording import one_line
from vtcode.visible import plain

if TYPE_CHECKING:
    from textual.app import ComposeResult

_SECRET = re.compile(r"pass(word|phrase|code)|\bPIN\b|secret|token|kennwort", re.IGNORECASE)
_KEYS = "Enter type · Ctrl+B background · Ctrl+X kill · Ctrl+D end · Tab prompt"
_SHOWN_CHARACTERS = 60
_END_OF_INPUT = "\x04"


class CommandLine(TextLine):
    """The line itself; what is typed here enters no history."""

    BINDINGS = bindings("input")

    class Wanted(Message):
        """The user wants something of the command."""

        def __init__(self, wish: Control) -> None:
            self.wish = wish
            super().__init__()

    class Left(Message):
        """The user goes back to the prompt; the command goes on waiting."""

    def __init__(self) -> None:
        super().__init__("command-line")

    def action_type_line(self) -> None:
        """Type the line into the command, and go back to the prompt until it waits again."""
        self._want(Control(kind="input", text=self.value + "\n"))
        self.clear()
        self.action_leave()

    def action_end_input(self) -> None:
        """Send what a terminal sends for Ctrl+D."""
        self._want(Control(kind="input", text=_END_OF_INPUT))
        self.action_leave()

    def action_background(self) -> None:
        """Leave the command running in the background."""
        self._want(Control(kind="background"))

    def action_kill(self) -> None:
        """Kill the command."""
        self._want(Control(kind="kill"))

    def action_leave(self) -> None:
        """Go back to the prompt."""
        self.post_message(self.Left())

    def _want(self, wish: Control) -> None:
        self.post_message(self.Wanted(wish))


def _label(command: str) -> str:
    line = one_line(command) or "The command"
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1]}…"


class CommandInput(Vertical):
    """What the command asks, the line, and its keys; not there while no command waits."""

    def __init__(self) -> None:
        super().__init__(id="command-input")
        self.call_id = ""
        """The call that waits; empty: none."""
        self._command = ""
        self.display = False

    def compose(self) -> ComposeResult:
        """Lay out the label, the line and the keys."""
        yield Static(id="command-input-label", markup=False)
        yield CommandLine()
        yield Static(Content.styled(_KEYS, "$text-muted"), id="command-input-keys")

    @property
    def line(self) -> CommandLine:
        """Where the user types."""
        return self.query_one(CommandLine)

    def open(self, call_id: str, command: str, prompt: str) -> None:
        """Show the line for a call: what runs, and the last thing that it printed."""
        self.call_id, self._command = call_id, command
        asked = " ".join(plain(prompt).split())
        label = Content.assemble(
            (_label(command), "bold $foreground"), f" waits for input{': ' if asked else ''}{asked}"
        )
        self.query_one("#command-input-label", Static).update(label)
        self.line.password = bool(_SECRET.search(asked))
        self.display = True

    def on_command_line_wanted(self, event: CommandLine.Wanted) -> None:
        """Say that the command goes on, once it has what it waited for."""
        if event.wish.kind == "input":
            label = Content.assemble((_label(self._command), "bold $foreground"), " runs: Tab types into it")
            self.query_one("#command-input-label", Static).update(label)

    def close(self) -> None:
        """Hide the line and forget what was typed."""
        self.call_id = ""
        self.line.clear()
        self.display = False
