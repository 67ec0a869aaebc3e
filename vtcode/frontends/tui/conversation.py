"""What becomes of a line that the user sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.errors import UsageError, UserFacingError
from vtcode.events import Notice
from vtcode.frontends.tui.wording import SHORT_MODES
from vtcode.frontends.user_message import command_name, is_command

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.worker import Worker

    from vtcode.frontends.tui.base_app import BaseApp
    from vtcode.frontends.tui.front_end import TuiFrontEnd
    from vtcode.frontends.tui.look import Look
    from vtcode.frontends.tui.reading import Reading
    from vtcode.session.session import Session


class Conversation:
    """Turns lines into messages and commands, for a session that may still be opening.

    What is sent while a session opens, the first or another one, waits for it; where it does not come, it
    goes back to the prompt.
    """

    def __init__(
        self,
        app: BaseApp,
        *,
        front_end: TuiFrontEnd,
        reading: Reading,
        look: Look,
        follow: Callable[[Session], Awaitable[None]],
        leave: Callable[[], None],
    ) -> None:
        """Take what acts for a conversation.

        Args:
            app: Has the prompt.
            front_end: Shows the conversation.
            reading: Copies, and opens files.
            look: Changes the theme.
            follow: Has the app go by another session.
            leave: Ends the app.
        """
        self._app = app
        self._front_end = front_end
        self._reading = reading
        self._look = look
        self._follow = follow
        self._leave = leave
        self._session: Session | None = None
        self._early: list[str] = []
        """What waits for the session that opens."""
        self._leaving: Session | None = None
        """Another session may be about to take its place: what is sent is not for this one."""
        self._command: Worker[None] | None = None

    @property
    def waiting(self) -> tuple[str, ...]:
        """The messages that wait for the end of the turn, or for the session."""
        queued = self._session.status.queued if self._session else ()
        return (*queued, *self._early)

    @property
    def steering(self) -> tuple[str, ...]:
        """The messages that join the running turn at its next step."""
        return self._session.status.steering if self._session else ()

    def attach(self, session: Session) -> None:
        """Send what was typed while the session was opening."""
        self._session, self._leaving = session, None
        early, self._early = self._early, []
        for text in early:
            self.send(text)
        if not early:
            self.warm_up()

    def warm_up(self) -> None:
        """Have the server read what the next message will follow."""
        if self._session:
            self._session.prewarm.start()

    def send(self, text: str, *, steer: bool = False) -> None:
        """Take a line: `/command`, `!shell command`, or a message, which waits while a turn runs."""
        session = self._session
        if session is None or self._leaving:
            self._early.append(text)
            self._front_end.refresh()
        elif is_command(text):
            from vtcode.commands.builtin import changes_session

            self._leaving = session if changes_session(command_name(text)) else None
            self._command = self._app.run_worker(self._dispatch(session, text))
        elif text == "!":
            self._app.give_back(text)
            self._front_end.hint("A command after the ! runs in the shell: !ls", short="Such as: !ls")
        elif text.startswith("!"):
            self._app.run_worker(self._run_command(session, text))
        else:
            self._app.run_worker(self._hand_over(session, text, steer=steer))

    def interrupt(self) -> bool:
        """Stop the turn, or a slash command that takes its time; False where nothing runs."""
        if self._session and self._session.interrupt():
            return True
        if self._command and self._command.is_running:
            self._command.cancel()
            return True
        return False

    def next_mode(self) -> None:
        """Have the session work in the next mode, and say what that means."""
        if self._session:
            from vtcode.commands.mode import tell_mode

            self._session.modes.choose(self._session.modes.following)
            self._front_end.refresh()
            if self._session.modes.lacks_sandbox:
                self._app.run_worker(tell_mode(self._session))
            else:
                modes = self._session.modes
                self._front_end.hint(modes.describe(), short=SHORT_MODES[modes.current])

    def take_queue_back(self, *, before: tuple[str, ...] = ()) -> None:
        """Put the messages that wait into the prompt, after those that were sent before them."""
        early, self._early = self._early, []
        self._put_back((*before, *(self._session.queue.take_all() if self._session else ()), *early))

    def _put_back(self, messages: tuple[str, ...]) -> None:
        if messages:
            self._app.give_back("\n\n".join(messages))
            self._front_end.refresh()

    async def _hand_over(self, session: Session, text: str, *, steer: bool) -> None:
        """Give the session a message with its pictures; one that can't be sent goes back to the prompt."""
        try:
            message = await session.custom_prompts.message(text, self._front_end.ask, session.emit)
            images = await session.attachments.of(message, session.model) if message else ()
        except UserFacingError as problem:
            self._app.give_back(text)
            await session.emit(Notice(level="error", text=problem.message, hint=problem.hint))
            return
        if not message:
            self._app.give_back(text)
            return
        if self._leaving or session is not self._session:
            self.send(text, steer=steer)  # this session is left: the message is for the next one
            return
        if session.status.busy:
            (session.queue.steer if steer else session.queue.add)(message, images)
            self._front_end.refresh()
            return
        await session.submit(message, images)
        self._idle_again(session, sent=message, typed=text)

    async def _run_command(self, session: Session, text: str) -> None:
        try:
            await session.run_command(text[1:].strip())
        except UsageError as refusal:
            self._app.give_back(text)
            self._front_end.hint(refusal.message)
        self._idle_again(session)

    def _idle_again(self, session: Session, *, sent: str = "", typed: str = "") -> None:
        """Have in the prompt what was not run, where nothing runs: what ran was interrupted, or failed.

        The model knows nothing of a message that failed before it was answered, so it comes back, too.

        Args:
            session: The one that something ran in.
            sent: The message that ran first.
            typed: What the user had typed for it.
        """
        if not session.status.busy:
            failed = self._front_end.take_unanswered()
            lost = typed if failed == sent else failed
            self.take_queue_back(before=(lost,) if lost else ())
            self._front_end.come_to_rest()
        self._front_end.refresh()

    async def _dispatch(self, session: Session, line: str) -> None:
        from vtcode.commands.builtin import COMMANDS, changes_session, dispatch

        name, before = command_name(line), session
        if not any(name in (command.name, *command.aliases) for command in COMMANDS):
            self._app.give_back(line)
        try:
            result = await dispatch(session, self._front_end, line)
            if result.session:
                self._put_back(session.queue.take_all())
                session, self._command = result.session, None  # from here on nothing stops halfway
                await self._follow(session)
        finally:
            if self._leaving is before and changes_session(name):
                self._leaving = None
                self.take_queue_back()
        if not self._leaving:
            self._idle_again(session)
            self.warm_up()  # the model or the conversation may be another one
        if result.draft:
            self._app.give_back(result.draft)
        if result.theme:
            await self._look.choose_theme(
                "" if result.theme == "pick" else result.theme, session, self._front_end.put_up
            )
        if result.vim_keys:
            self._app.use_vim(result.vim_keys)
        if result.copied:
            self._reading.copy(result.copied)
        if result.opened:
            await self._reading.open(result.opened)
        if result.suspends:
            self._app.stop_until_continued()
        if result.exit:
            self._leave()
