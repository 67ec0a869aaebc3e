"""The Textual app: it composes the widgets and wires keys to what they do; it decides nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, cast

from textual.worker import WorkerFailed

from vtcode.errors import UserFacingError
from vtcode.frontends.tui.base_app import BaseApp
from vtcode.frontends.tui.failure import UnexpectedFailure
from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.look import Look
from vtcode.frontends.tui.reasoning import ReasoningChoice
from vtcode.frontends.tui.signals import leave_on_signals
from vtcode.frontends.tui.widgets.ordered_keys import give_keyboard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from textual import events

    from vtcode.commands.registry import Command
    from vtcode.frontend import FrontEnd
    from vtcode.frontends.tui.background import Background
    from vtcode.frontends.tui.conversation import Conversation
    from vtcode.frontends.tui.front_end import TuiFrontEnd
    from vtcode.frontends.tui.reading import Reading, Wish
    from vtcode.frontends.tui.screens.decision import DecisionScreen
    from vtcode.frontends.tui.settings import Prepared, UiSettings
    from vtcode.frontends.tui.transcript import ReasoningMode
    from vtcode.frontends.tui.widgets.command_input import CommandLine
    from vtcode.frontends.tui.widgets.prompt import Prompt
    from vtcode.frontends.tui.widgets.transcript_view import TranscriptView
    from vtcode.session.session import Session

_LEAVE_WITHIN_S = 2.0
_LEAVING_SHOWN_S = 60.0
_log = logging.getLogger(__name__)


class VtcodeApp(BaseApp):
    """The app: what its keys do, and the session that it goes by."""

    CSS_PATH: ClassVar = ["styles/app.tcss", "styles/questions.tcss", "styles/transcript.tcss"]
    BINDINGS = bindings("transcript", "elsewhere")
    AUTO_FOCUS = "#prompt"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "vtcode"

    def __init__(
        self,
        prepare: Callable[[], Prepared],
        *,
        background: Background = "",
        typed: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`background`: what the terminal said of its own; `typed`: what was typed too early for the app."""
        super().__init__(_commands, typed=typed, clock=clock)
        self.refusal: UserFacingError | None = None
        """Why the app ended before it could begin."""
        self.farewell = ""
        """What to say to a user who has left."""
        self._prepare = prepare
        self._log_file: Path | None = None
        self._clock = clock
        self._leave_until = float("-inf")
        self._leaving = False
        self._session: Session | None = None
        self._reasoning = ReasoningChoice(self._show_reasoning, self.status_line.hint)
        self.look = Look(self, background)
        # Before anything is on the screen: a theme that comes later styles everything once more.
        self.look.use_theme("")

    # What knows events, of which there are many, is imported after the first frame.
    @cached_property
    def front_end(self) -> TuiFrontEnd:
        """The seam to the session."""
        from vtcode.frontends.tui.front_end import TuiFrontEnd

        return TuiFrontEnd(self, clock=self._clock, unsent=lambda: self.conversation)

    @cached_property
    def reading(self) -> Reading:
        """What searches the transcript, and copies of it."""
        from vtcode.frontends.tui.reading import Reading

        return Reading(self, ask=self.front_end.ask)

    @cached_property
    def conversation(self) -> Conversation:
        """What takes the lines that are sent."""
        from vtcode.frontends.tui.conversation import Conversation

        return Conversation(
            self,
            front_end=self.front_end,
            reading=self.reading,
            look=self.look,
            follow=self.follow,
            leave=self.leave,
        )

    def on_mount(self) -> None:
        """Paint first; open the session, with all that it imports, once the first frame is out."""
        self.watch(self.prompt, "vim_mode", self.status_line.show_vim_mode)
        leave_on_signals(self.leave)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.call_after_refresh(self.run_worker, self._begin())

    def on_unmount(self) -> None:
        """Leave the terminal as it was."""
        self.attention.end()

    def on_resize(self, event: events.Resize) -> None:
        """Leave as much room between the parts as there is."""
        self.look.fit(event.size)

    def leave(self) -> None:
        """Close the session, then the app; asked a second time, don't wait for the session."""
        if self._leaving:
            self.exit(0)
            return
        from vtcode.frontends.wording import farewell

        self._leaving, self.farewell = True, farewell(self._session.status if self._session else None)
        self.status_line.hint("leaving", seconds=_LEAVING_SHOWN_S)
        self.run_worker(self._close())

    def on_prompt_sent(self, event: Prompt.Sent) -> None:
        """Hand a line over."""
        self.transcript.action_go_end()
        self.conversation.send(event.text, steer=event.steer)

    def on_text_area_changed(self) -> None:
        """Have the server get ready for what is being typed."""
        if self.prompt.text and self._session:
            self.conversation.warm_up()

    def on_command_line_wanted(self, event: CommandLine.Wanted) -> None:
        """Pass on what the user wants of a waiting command."""
        if self._session:
            self._session.control(self.command_input.call_id, event.wish)

    def on_command_line_left(self) -> None:
        """Go from the command's line to the prompt."""
        give_keyboard(self.prompt)

    def on_transcript_view_pasted(self, event: TranscriptView.Pasted) -> None:
        """Put the text where it can be sent from."""
        give_keyboard(self.prompt)
        self.prompt.type_ahead(event.text)

    def on_transcript_view_path_clicked(self, event: TranscriptView.PathClicked) -> None:
        """Open what a line names where it was clicked."""
        self.run_worker(self.reading.open_named(event.line, event.offset))

    def on_decision_screen_took_rows(self, event: DecisionScreen.TookRows) -> None:
        """Keep the end of the transcript in sight, above the question."""
        if self.front_end.asking:
            below = (widget for widget in self.transcript.siblings if widget.display)
            self.transcript.leave_rows(event.rows - sum(widget.outer_size.height for widget in below))

    def on_decision_screen_wheeled(self, event: DecisionScreen.Wheeled) -> None:
        """Scroll the transcript above the question."""
        self.transcript.action_wheel(event.step)

    def action_suspend_process(self) -> None:
        """Go back to the shell for a while, where there is one."""
        self.conversation.send("/suspend")

    def action_to_prompt(self) -> None:
        """Give the keyboard back to the prompt."""
        give_keyboard(self.prompt)

    def action_type_in_prompt(self, text: str) -> None:
        """Give the keyboard back to the prompt, with what was typed elsewhere."""
        give_keyboard(self.prompt)
        self.prompt.type_ahead(text)

    def action_leave_command(self) -> None:
        """Leave the command that runs in the background."""
        from vtcode.frontend import Control

        if not (self._session and self._session.control("", Control(kind="background"))):
            self.status_line.hint("No command runs that could be left in the background")

    def action_interrupt_or_return(self) -> None:
        """Copy what is selected; else stop what runs; else give the keyboard back to the prompt."""
        if not (self.copy_selection() or self.conversation.interrupt()):
            give_keyboard(self.prompt)

    def action_interrupt(self) -> None:
        """Stop what runs."""
        self.conversation.interrupt()

    def action_interrupt_or_leave(self) -> None:
        """Stop what runs; where nothing does, the second time within two seconds leaves."""
        if not self.conversation.interrupt():
            self._leave_if_meant("Ctrl+C")

    async def action_quit(self) -> None:
        """Leave; while something runs, the second time within two seconds."""
        if self._session and self.front_end.is_busy:
            self._leave_if_meant("Something runs: Ctrl+D")
        else:
            self.leave()

    def action_next_mode(self) -> None:
        """Go on to the next mode: build, plan, auto."""
        self.conversation.next_mode()

    def action_edit_queue(self) -> None:
        """Take the messages that wait back into the prompt."""
        self.conversation.take_queue_back()

    async def action_search_history(self) -> None:
        """Pick an earlier prompt."""
        from vtcode.frontends.tui.history import search_history

        prompts = self.prompt.past_prompts.entries
        self.run_worker(search_history(prompts, self.front_end.ask, self.prompt.recall))

    async def action_open_palette(self) -> None:
        """Pick a command, or what a key does."""
        from vtcode.frontends.tui.command_palette import open_palette

        self.run_worker(open_palette(self, _commands(), ask=self.front_end.ask, send=self.conversation.send))

    async def action_edit_draft(self) -> None:
        """Have the user's editor edit what stands in the prompt."""
        from vtcode.frontends.tui.editing import edit_draft

        await edit_draft(self, self.prompt, self.status_line.hint)

    def action_show_keys(self) -> None:
        """Show the keys."""
        from vtcode.frontends.tui.screens.keys_help import KeysScreen

        self.push_screen(KeysScreen())

    def action_scroll_transcript(self, where: str) -> None:
        """Scroll the transcript, the prompt keeping the keyboard."""
        match where:
            case "page_up":
                self.transcript.action_page(-1)
            case "page_down":
                self.transcript.action_page(1)
            case "home":
                self.transcript.action_go_home()
            case _:
                self.transcript.action_go_end()

    async def action_read(self, wish: Wish) -> None:
        """Search the transcript, copy of it, open a file that it names."""
        await self.has_transcript.wait()  # a key may come in the moment before it is there
        await self.reading.do(wish)

    def action_toggle_last_fold(self) -> None:
        """Fold or unfold the last block that can be."""
        self.transcript.toggle_last_fold()

    def action_change_reasoning(self) -> None:
        """Show the model's reasoning in the next way."""
        self._reasoning.use_next()

    def action_redraw(self) -> None:
        """Draw all of the screen anew: the terminal may show something else."""
        self.screen.refresh(layout=True)

    def _leave_if_meant(self, key: str) -> None:
        """Leave the second time within two seconds."""
        now = self._clock()
        if now < self._leave_until:
            self.leave()
            return
        self._leave_until = now + _LEAVE_WITHIN_S
        self.status_line.hint(f"{key} again exits", seconds=_LEAVE_WITHIN_S)

    def _show_reasoning(self, mode: ReasoningMode) -> None:
        self.transcript.set_reasoning_visible(mode)

    def _take_settings(self, settings: UiSettings) -> None:
        self._log_file = settings.log_file
        self.prompt.use_vim(settings.vim_keys)
        self._reasoning.use(settings.reasoning)
        self.look.take(settings)
        self.attention.begin(settings.notifications, settings.title_items, settings.folder)
        self.watch(self, "app_focus", self.attention.focus, init=False)

    async def _begin(self) -> None:
        """Have the configuration read beside what the user types, then open the session."""
        await self.mount_transcript()
        try:
            prepared = await asyncio.to_thread(self._prepare)
        except UserFacingError as error:
            self.refusal = error
            self.exit(error.exit_code)
            return
        await self.mount_rest()
        self._take_settings(prepared.settings)
        await self._open(prepared.open_session)

    async def _open(self, open_session: Callable[[FrontEnd], Awaitable[Session]]) -> None:
        """Open the session; where the user gives up, leave."""
        from vtcode.frontends.tui.opening import open_until_given_up
        from vtcode.frontends.tui.rendering.markdown import parse

        session = await open_until_given_up(open_session, self.front_end, self.push_screen_wait)
        if session is None:
            self.exit(1)
            return
        await self.follow(session)
        await asyncio.to_thread(parse, "")  # so that the first reply need not wait for what parses it

    async def follow(self, session: Session) -> None:
        """Have the app go by a session, and close the one that it went by before."""
        from vtcode.frontends.tui.following import follow

        before, self._session = self._session, session
        await follow(
            self,
            session,
            front_end=self.front_end,
            reading=self.reading,
            conversation=self.conversation,
        )
        if before:
            await before.close()

    async def _close(self) -> None:
        if self._session:
            await self._session.close()
        self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        """Where Textual takes every exception that nobody caught: log it, tell it in two lines, leave."""
        if isinstance(error, WorkerFailed):
            error = cast("Exception", error.error)
        _log.critical("The app failed", exc_info=error)
        failure = UnexpectedFailure(error, self._log_file)
        failure.__cause__ = error
        super()._handle_exception(failure)


def _commands() -> Sequence[Command]:
    from vtcode.commands.builtin import COMMANDS

    return COMMANDS
