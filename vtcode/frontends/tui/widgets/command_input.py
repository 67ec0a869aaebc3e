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
    from textual.timer import Timer

_SECRET = re.compile(r"pass(word|phrase|code)|\bPIN\b|secret|token|kennwort", re.IGNORECASE)
_KEYS = "Enter type · Ctrl+B background · Ctrl+X kill · Ctrl+D end · Tab prompt"
_WAY_IN = "You type in the prompt · Tab types into the command"
_KEPT_S = 1.0
"""A command that asks one thing after the other asks again so soon; else the prompt gets the keyboard."""
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
        """Type the line into the command."""
        self._want(Control(kind="input", text=self.value + "\n"))
        self.clear()

    def action_end_input(self) -> None:
        """Send what a terminal sends for Ctrl+D."""
        self._want(Control(kind="input", text=_END_OF_INPUT))

    def action_background(self) -> None:
        """Leave the command running in the background."""
        self._want(Control(kind="background"))

    def action_kill(self) -> None:
        """Kill the command."""
        self._want(Control(kind="kill"))

    async def action_leave(self) -> None:
        """Go back to the prompt."""
        await self.run_action("app.to_prompt")

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
        self._way_back: Timer | None = None
        """Gives the keyboard to the prompt, once the command goes on; None while it waits."""
        self.display = False

    def compose(self) -> ComposeResult:
        """Lay out the label, the line and the keys."""
        yield Static(id="command-input-label", markup=False)
        yield CommandLine()
        yield Static(id="command-input-keys")

    @property
    def line(self) -> CommandLine:
        """Where the user types."""
        return self.query_one(CommandLine)

    def open(self, call_id: str, command: str, prompt: str) -> None:
        """Show the line for a call: what runs, and the last thing that it printed."""
        self._stay()
        self.call_id, self._command = call_id, command
        asked = " ".join(plain(prompt).split())
        self._say(f" waits for input{': ' if asked else ''}{asked}")
        self.line.password = bool(_SECRET.search(asked))
        self._show_keys()
        self.display = True

    def on_descendant_focus(self) -> None:
        """Name the keys of the line."""
        self._show_keys()

    def on_descendant_blur(self) -> None:
        """Say where the keyboard is, lest a password is typed where it can be read."""
        self._show_keys()

    def on_command_line_wanted(self, event: CommandLine.Wanted) -> None:
        """Say that the command goes on, once it has what it waited for."""
        if event.wish.kind == "input":
            self._stay()
            self._say(" runs")
            self._way_back = self.set_timer(_KEPT_S, self._go_back)

    def close(self) -> str:
        """Hide the line; return what was typed for nobody any more, unless it may be a secret."""
        self._stay()
        self.call_id = ""
        left = "" if self.line.password else self.line.value
        self.line.clear()
        self.display = False
        return left

    def _say(self, words: str) -> None:
        label = Content.assemble((_label(self._command), "bold $foreground"), words)
        self.query_one("#command-input-label", Static).update(label)

    def _show_keys(self) -> None:
        keys = _KEYS if self.line.has_focus else _WAY_IN
        self.query_one("#command-input-keys", Static).update(Content.styled(keys, "$text-muted"))

    def _stay(self) -> None:
        if self._way_back:
            self._way_back.stop()
            self._way_back = None

    def _go_back(self) -> None:
        """Give the keyboard to the prompt, unless something is being typed here."""
        if self.line.has_focus and not self.line.value:
            self.post_message(CommandLine.Left())
