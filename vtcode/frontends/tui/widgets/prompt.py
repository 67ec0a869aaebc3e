"""Where the user types: several lines, history, completion, vim's keys."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import var

from vtcode.frontends.tui.history import PromptHistory
from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.widgets.ordered_keys import pass_on, run_bound
from vtcode.frontends.tui.widgets.paste_area import PasteArea
from vtcode.frontends.words import word_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from vtcode.frontends.tui.candidates import Candidate
    from vtcode.frontends.tui.vim import VimKeys
    from vtcode.frontends.tui.widgets.completions import Completions

_TYPED_EARLY_S = 0.5
"""Keys that come so soon were typed before the terminal was ours: it made line feeds of their Enters."""
_PLACEHOLDER = "Ask, or / for commands, ? for keys"


class Prompt(PasteArea):
    """The prompt; says what was sent, and leaves to others what becomes of it."""

    BINDINGS = bindings("prompt", "transcript")

    vim_mode = var("")
    """Vim's mode in words; empty: without vim's keys."""

    class Sent(Message):
        """The user sent a line; `steer`: for the turn that runs."""

        def __init__(self, text: str, *, steer: bool = False) -> None:
            self.text = text
            self.steer = steer
            super().__init__()

    def __init__(self, completions: Completions, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("prompt", placeholder=_PLACEHOLDER)
        self.past_prompts = PromptHistory()
        self.last_key_at: float | None = None
        """When a key was last pressed here, on the app's clock."""
        self.last_typed_at: float | None = None
        """Likewise, without an Enter that had nothing to send."""
        self._completions = completions
        self._clock = clock
        self._here_since = clock()
        self._vim: VimKeys | None = None

    def use_vim(self, wanted: bool) -> None:
        """Have vim's keys, or have them no longer."""
        self._vim = None
        if wanted:
            from vtcode.frontends.tui.vim import VimKeys

            self._vim = VimKeys(self, on_mode=self._tell_vim_mode, on_edge=self._leave_edge)
        self._tell_vim_mode()

    def on_mount(self) -> None:
        """Note since when keys can have been meant for the prompt."""
        self._here_since = self._clock()

    async def on_key(self, event: events.Key) -> None:
        """Run what is bound to the key, in order with what is typed."""
        self.last_key_at = self._clock()
        if self.text or event.key != "enter":
            self.last_typed_at = self.last_key_at
        if pass_on(self, event):
            return
        # Now, and not when the change is told: keys that come in a burst overtake that.
        self._completions.update_for(self._word())
        if event.key == "ctrl+j" and self.last_key_at - self._here_since < _TYPED_EARLY_S:
            event.stop()
            event.prevent_default()
            await self.action_send()
            return
        if self._vim and self._takes_vim_keys(event) and self._vim.press(event.key, event.character):
            event.stop()
            event.prevent_default()
            return
        await run_bound(self, event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys alone that mean something here only at times."""
        match action:
            case "help":
                return not self.text
            case "unfold_paste":
                return self.is_at_paste
            case _:
                return super().check_action(action, parameters)

    def on_text_area_changed(self) -> None:
        """Have the completions follow what is typed."""
        self._completions.update_for(self._word())

    def on_text_area_selection_changed(self) -> None:
        """Have them follow the cursor, too."""
        self._completions.update_for(self._word())

    def put(self, text: str) -> None:
        """Have this text in the prompt, the cursor at its end."""
        self.fold(text)

    def recall(self, text: str) -> None:
        """Put an earlier prompt in place of the draft, which undo brings back, and Up."""
        if text != self.full_text:
            self.past_prompts.add(self.full_text, keep=False)
            self.history.checkpoint()
            self.replace_all(text)
        self._completions.close(self._word())

    def replace_draft(self, before: str, after: str) -> None:
        """Put `after` in place of what stood here; what came in meanwhile stands before it. Can be undone."""
        came_in = self.full_text.removesuffix(before).rstrip()
        text = f"{came_in}\n\n{after}" if came_in else after
        if text != self.full_text:
            self.replace_all(text)

    def type_ahead(self, text: str) -> None:
        """Take in what was typed, or pasted, while something else had the keyboard."""
        self.move_cursor(self.document.end)
        self.paste(text)

    async def action_send(self) -> None:
        r"""Send what stands here, or take what is highlighted; behind a `\`, begin a new line."""
        row, column = self.cursor_location
        if self.document.get_line(row)[:column].endswith("\\"):
            self.replace("\n", (row, column - 1), (row, column))
            return
        await self._completions.settle()
        candidate = self._completions.highlighted
        if candidate and not candidate.is_sent and candidate.text != self._completions.word:
            self._take(candidate)
            return
        if candidate:
            self._replace_word(candidate.text)
        self._send(steer=False)

    def action_steer(self) -> None:
        """Send what stands here to the turn that runs."""
        self._send(steer=True)

    def action_newline(self) -> None:
        """Begin a new line."""
        self.replace("\n", *self.selection)

    async def action_complete(self) -> None:
        """Take what is highlighted over; from the folder that stands here already, go on to what is in it.

        Where nothing is offered, leave for what comes next on the screen.
        """
        if not self._completions.is_open:
            self.screen.focus_next()
            return
        await self._completions.settle()
        candidate = self._completions.highlighted
        if candidate and candidate.is_there:
            self._completions.move(1)
        elif candidate:
            self._take(candidate)

    def action_unfold_paste(self) -> None:
        """Put the paste in place of its label at the cursor."""
        self.unfold_at_cursor()

    def action_older(self) -> None:
        """Move up: in the completions, in the text, then in the history."""
        if self._completions.highlighted:
            self._completions.move(-1)
        elif not self.navigator.is_first_wrapped_line(self.cursor_location):
            self.action_cursor_up()
        elif (text := self.past_prompts.older(self.full_text)) is not None:
            self.put(text)
            self.move_cursor((0, len(self.document.get_line(0))))
            self._completions.close(self._word())

    def action_newer(self) -> None:
        """Move down: in the completions, in the text, then in the history."""
        if self._completions.highlighted:
            self._completions.move(1)
        elif not self.navigator.is_last_wrapped_line(self.cursor_location):
            self.action_cursor_down()
        elif (text := self.past_prompts.newer(self.full_text)) is not None:
            self.put(text)

    async def action_escape(self) -> None:
        """Close the completions, leave a mode of vim's, drop a selection, or have the app interrupt."""
        if self._completions.is_open:
            self._completions.close()
        elif self._vim and self._vim.leave():
            return
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
            self.past_prompts.add(self.full_text, keep=False)
            self._begin_anew()
        else:
            await self.run_action("app.interrupt_or_leave")

    async def action_leave_or_delete(self) -> None:
        """Leave when nothing stands here, else delete to the right."""
        if self.text:
            self.action_delete_right()
        else:
            await self.run_action("app.quit")

    def action_undo(self) -> None:
        """Undo the last edit; where nothing stands here and nothing can be undone, suspend."""
        if self.text or self.history.undo_stack:
            super().action_undo()
        else:
            self.call_later(self.run_action, "app.suspend_process")

    async def action_help(self) -> None:
        """Show the keys."""
        await self.run_action("app.show_keys")

    def _send(self, *, steer: bool) -> None:
        text = self.full_text.strip()
        if not text:
            return
        self.past_prompts.add(text)
        self._begin_anew()
        self.post_message(self.Sent(text, steer=steer))

    def _begin_anew(self) -> None:
        self.clear()
        self._completions.close("")
        if self._vim:
            self._vim.insert()

    def _word(self) -> str:
        """Return the word before the cursor that may be completed."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return word_before(line[:column], is_all=self.document.line_count == 1 and column == len(line))

    def _take(self, candidate: Candidate) -> None:
        if candidate.goes_on:
            self._replace_word(candidate.text)
            self._completions.update_for(self._word())
        else:
            self._replace_word(f"{candidate.text} ")
            self._completions.close(self._word())

    def _replace_word(self, text: str) -> None:
        """Put `text` in place of the word, and of a quote or a space behind it that `text` ends with, too."""
        row, column = self.cursor_location
        word = self._completions.word
        behind = self.document.get_line(row)[column:]
        end = column + (word.startswith('@"') and behind.startswith('"'))
        end += text.endswith(" ") and behind[end - column :].startswith(" ")
        self.replace(text, (row, column - len(word)), (row, end), maintain_selection_offset=False)

    def _takes_vim_keys(self, event: events.Key) -> bool:
        """Whether vim's keys come first: not for the help on an empty prompt."""
        return bool(self.text) or event.key != "question_mark"

    def _tell_vim_mode(self) -> None:
        self.vim_mode = self._vim.mode if self._vim else ""

    def _leave_edge(self, key: str) -> None:
        """Go on from the text to the history."""
        (self.action_older if key == "k" else self.action_newer)()
