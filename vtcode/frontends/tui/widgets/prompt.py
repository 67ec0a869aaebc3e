"""Where the user types: several lines, history, slash commands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widgets import TextArea

from vtcode.frontends.tui.history import PromptHistory
from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.widgets.ordered_keys import run_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from vtcode.frontends.tui.widgets.completions import Completions

_TYPED_EARLY_S = 0.5
"""Keys that come so soon were typed before the terminal was ours: it made line feeds of their Enters."""
_PLACEHOLDER = "Ask, or / for commands, ? for keys"


class Prompt(TextArea):
    """The prompt; says what was sent, and leaves to others what becomes of it."""

    BINDINGS = bindings("prompt", "transcript")

    class Sent(Message):
        """The user sent a line; `steer`: for the turn that runs."""

        def __init__(self, text: str, *, steer: bool = False) -> None:
            self.text = text
            self.steer = steer
            super().__init__()

    def __init__(self, completions: Completions, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            id="prompt",
            compact=True,
            highlight_cursor_line=False,
            placeholder=_PLACEHOLDER,
            tab_behavior="focus",
        )
        self.past_prompts = PromptHistory()
        self.last_key_at: float | None = None
        """When a key was last pressed here, on the app's clock."""
        self._completions = completions
        self._clock = clock
        self._here_since = clock()

    def on_mount(self) -> None:
        """Note since when keys can have been meant for the prompt."""
        self._here_since = self._clock()

    async def on_key(self, event: events.Key) -> None:
        """Run what is bound to the key, in order with what is typed."""
        self.last_key_at = self._clock()
        if event.key == "ctrl+j" and self.last_key_at - self._here_since < _TYPED_EARLY_S:
            event.stop()
            event.prevent_default()
            self.action_send()
            return
        await run_bound(self, event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys alone that mean something here only at times."""
        match action:
            case "help":
                return not self.text
            case "complete":
                return self._completions.highlighted is not None
            case _:
                return super().check_action(action, parameters)

    def on_text_area_changed(self) -> None:
        """Have the commands follow what is typed."""
        self._completions.update_for(self.text)

    def put(self, text: str) -> None:
        """Have this text in the prompt, the cursor at its end."""
        self.text = text
        self.move_cursor(self.document.end)

    def type_ahead(self, text: str) -> None:
        """Take in what was typed while something else had the keyboard."""
        self.insert(text, self.document.end)
        self.move_cursor(self.document.end)

    def action_send(self) -> None:
        r"""Send what stands here; with a `\` before the cursor, begin a new line instead."""
        row, column = self.cursor_location
        if self.document.get_line(row)[:column].endswith("\\"):
            self.replace("\n", (row, column - 1), (row, column))
            return
        if command := self._completions.highlighted:
            self.text = f"/{command.name}"
        self._send(steer=False)

    def action_steer(self) -> None:
        """Send what stands here to the turn that runs."""
        self._send(steer=True)

    def action_newline(self) -> None:
        """Begin a new line."""
        self.replace("\n", *self.selection)

    def action_complete(self) -> None:
        """Take the highlighted command over."""
        if command := self._completions.highlighted:
            self.put(f"/{command.name} ")

    def action_older(self) -> None:
        """Move up: in the commands, in the text, then in the history."""
        if self._completions.highlighted:
            self._completions.move(-1)
        elif not self.navigator.is_first_wrapped_line(self.cursor_location):
            self.action_cursor_up()
        elif (text := self.past_prompts.older(self.text)) is not None:
            self.text = text
            self.move_cursor((0, len(self.document.get_line(0))))
            self._completions.close()

    def action_newer(self) -> None:
        """Move down: in the commands, in the text, then in the history."""
        if self._completions.highlighted:
            self._completions.move(1)
        elif not self.navigator.is_last_wrapped_line(self.cursor_location):
            self.action_cursor_down()
        elif (text := self.past_prompts.newer()) is not None:
            self.put(text)

    async def action_escape(self) -> None:
        """Close the commands, drop a selection, or have the app interrupt."""
        if self._completions.highlighted:
            self._completions.close()
        elif self.selected_text:
            self.move_cursor(self.cursor_location)
        else:
            await self.run_action("app.interrupt")

    async def action_cancel(self) -> None:
        """Copy a selection; else clear the prompt; else have the app interrupt, or leave."""
        if self.selected_text:
            self.action_copy()
        elif selected := self.screen.get_selected_text():
            self.app.copy_to_clipboard(selected)
            self.screen.clear_selection()
        elif self.text:
            self.past_prompts.add(self.text, keep=False)
            self.clear()
        else:
            await self.run_action("app.interrupt_or_leave")

    async def action_leave_or_delete(self) -> None:
        """Leave when nothing stands here, else delete to the right."""
        if self.text:
            self.action_delete_right()
        else:
            await self.run_action("app.quit")

    async def action_help(self) -> None:
        """Show the keys."""
        await self.run_action("app.show_keys")

    def _send(self, *, steer: bool) -> None:
        text = self.text.strip()
        if not text:
            return
        self.past_prompts.add(text)
        self.clear()
        self._completions.close()
        self.post_message(self.Sent(text, steer=steer))
