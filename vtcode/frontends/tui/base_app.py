"""The widgets of the app, and its terminal, for what works on them; knows nothing of sessions."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Literal

from textual.app import App

from vtcode.frontends.tui.attention import Attention
from vtcode.frontends.tui.late_widgets import LateWidgets, import_transcript
from vtcode.frontends.tui.widgets.completions import Completions
from vtcode.frontends.tui.widgets.prompt import Prompt
from vtcode.frontends.tui.widgets.status_line import StatusLine
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from vtcode.commands.registry import Command


class BaseApp(LateWidgets, App[int]):
    """Transcript, queue, prompt and status line, one below the other."""

    def __init__(
        self,
        commands: Callable[[], Sequence[Command]],
        *,
        typed: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`commands`: what the prompt completes; `typed`: what was typed too early for the app."""
        # Without colors means without any: Textual by itself would turn them into greys.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        # Of a palette of 256, the colors next to a tint of green and one of red are the same grey.
        self.set_class(self.console.color_system != "truecolor", "-few-colors")
        self.has_transcript = asyncio.Event()
        """Set once the transcript is on the screen."""
        self.completions = Completions(commands)
        self.prompt = Prompt(self.completions, clock=clock)
        self.prompt.cursor_blink = False  # each blink would draw, all day long
        self.prompt.type_ahead(typed)
        self.status_line = StatusLine(clock=clock)
        self.attention = Attention(
            self._send, self.run_worker, last_key_at=lambda: self.prompt.last_key_at, clock=clock
        )

    def compose(self) -> ComposeResult:
        """Put one below the other what the first frame shows; what has nothing to show comes later."""
        yield self.prompt
        yield self.status_line

    async def mount_transcript(self) -> None:
        """Have the transcript take the room above the prompt; keys are taken while it is imported."""
        await asyncio.to_thread(import_transcript)
        await self.mount(self.transcript, before=self.prompt)
        self.watch(self.transcript, "unseen_below", self.status_line.show_unseen)
        self.watch(self.transcript, "has_focus", self.status_line.show_way_back)
        self.has_transcript.set()

    async def mount_rest(self) -> None:
        """Add what has something to show only with a session."""
        await self.mount(self.downloads_view, self.queue_view, self.completions, before=self.prompt)
        await self.mount(self.command_input, after=self.prompt)

    def watch_app_focus(self, focused: bool) -> None:
        """Give the keyboard to a screen that came up while the terminal was not looked at.

        Textual gives it back to what had it before alone.
        """
        screen = self.screen if self.screen_stack else None
        if focused and screen and screen.focused is None:
            screen.set_focus(next(iter(screen.query(screen.AUTO_FOCUS or self.AUTO_FOCUS or "*")), None))

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew; before there is a screen, no more than note in which colors."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def copy_to_clipboard(self, text: str) -> None:
        """Copy without control characters, and through tmux, too; say how much it is."""
        from vtcode.frontends.clipboard import passed_through, size_words
        from vtcode.session.copying import copy_on_this_machine

        text = plain(text)
        super().copy_to_clipboard(text)
        if self._driver:
            self._driver.write(passed_through(text, os.environ))
            copy_on_this_machine(text)
        self.status_line.hint(f"Copied {size_words(text)}")

    def copy_selection(self) -> bool:
        """Copy what the mouse selected, and end the selection; False: nothing is selected."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
        return bool(selected)

    def stop_until_continued(self) -> None:
        """Have the driver give the terminal back and stop the program, which it draws anew once continued."""
        from vtcode.session.suspending import stop_until_continued

        if not (self._driver and self._driver.can_suspend):
            self.status_line.hint("There is no terminal to give back")
            return
        self.app_suspend_signal.publish(self)
        stop_until_continued()

    def give_back(self, text: str) -> None:
        """Put text that was sent into the prompt again, before what is typed there."""
        draft = self.prompt.text
        self.prompt.put(f"{text}\n\n{draft}" if draft.strip() else text)

    def use_vim(self, wanted: Literal["on", "off", "other"]) -> None:
        """Switch vim's keys."""
        self.prompt.use_vim(wanted == "on" or (wanted == "other" and not self.prompt.vim_mode))
        self.status_line.hint("Vim's keys: on" if self.prompt.vim_mode else "Vim's keys: off")

    def _send(self, sequence: str) -> None:
        """Send the terminal what is not to be drawn."""
        if self._driver:
            self._driver.write(sequence)
