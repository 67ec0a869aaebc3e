"""The plain line mode (`vtcode --plain`): for screen readers, poor terminals and slow lines."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from vtcode.commands.builtin import changes_session, dispatch
from vtcode.errors import UsageError, UserFacingError
from vtcode.events import Notice, ReplyCompleted, ReplyDelta, TurnStarted
from vtcode.frontends.clipboard import clipboard_sequence, copied_words
from vtcode.frontends.line.front_end import LineFrontEnd
from vtcode.frontends.line.palette import palette_for
from vtcode.frontends.line.prompt import AnswerPrompt, MessagePrompt
from vtcode.frontends.line.rendering import Rendering
from vtcode.frontends.line.wording import wrapped
from vtcode.frontends.unanswered import BACK_IN_PROMPT
from vtcode.frontends.user_message import command_name, is_command
from vtcode.frontends.wording import counted, farewell
from vtcode.session.copying import copy_on_this_machine
from vtcode.session.file_index import FileIndex
from vtcode.session.places import edit_place
from vtcode.session.suspending import stop_until_continued

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from vtcode.frontend import FrontEnd
    from vtcode.session.copying import Copied
    from vtcode.session.places import Place
    from vtcode.session.session import Session

    OpenSession: TypeAlias = Callable[[FrontEnd], Awaitable[Session]]

T = TypeVar("T")

_INTERRUPTED = 130
WELCOME = (
    "Enter sends; Alt+Enter, Ctrl+J or a backslash at the end start a new line. /help lists the commands, "
    "also while the model works. While a command runs, /bg leaves it in the background and /kill ends it; "
    "where it waits for input, Ctrl-D ends that. Ctrl-C stops what runs; Ctrl-D leaves."
)


async def run(open_session: OpenSession, *, shows_reasoning: bool) -> int:
    """Talk until the user leaves; return the exit code.

    Raises:
        UserFacingError: The session can't be opened.
    """
    rendering = Rendering(palette_for(os.environ), shows_reasoning=shows_reasoning, width=_terminal_width)
    return await LineMode(LineFrontEnd(rendering, AnswerPrompt())).run(open_session)


class LineMode:
    """One run of the line mode: a prompt, what was typed is done, a prompt again."""

    def __init__(self, front_end: LineFrontEnd) -> None:
        self._front_end = front_end
        self._running: asyncio.Task[object] | None = None
        self._interrupted = False
        """What ran was cancelled by Ctrl-C, and by nothing else."""
        self._prompt: MessagePrompt | None = None
        self._leaving = False
        self._opened: Place | None = None
        """To be opened in the user's editor before the next prompt."""
        self._next: Session | None = None
        """Takes the place of the session before the next prompt."""
        self._is_changing = False
        """Another session may be opening: what is typed is not for this one."""
        self._draft = ""
        """What the next prompt begins with."""

    async def run(self, open_session: OpenSession) -> int:
        """Open a session, converse, close it; return the exit code."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            session = await self._do(self._open(open_session))
            if session is None:
                return _INTERRUPTED
            await self._follow(session)
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        last = self._front_end.session
        self._front_end.write(f"[left] {farewell(last.status if last else None)}".rstrip() + "\n")
        return 0

    async def _open(self, open_session: OpenSession) -> Session:
        session = await open_session(self._front_end)
        self._front_end.write(f"{wrapped(WELCOME, _terminal_width())}\n")
        return session

    async def _follow(self, session: Session) -> None:
        """Converse in a session, and in those that take its place; close each."""
        following: Session | None = session
        while following:
            session, self._next = following, None
            files = FileIndex(session.workspace, added=session.folders.listed)
            try:
                await self._show_last_turn(session)
                self._front_end.session = session
                await self._converse(session, files)
            finally:
                following = self._next
                await files.close()
                await session.close()

    async def _show_last_turn(self, session: Session) -> None:
        """Show where a resumed session stopped; all of it would take a screen reader an hour."""
        starts = [place for place, event in enumerate(session.past) if isinstance(event, TurnStarted)]
        if not starts:
            return
        self._front_end.write(f"[resumed] {counted(len(starts), 'turn')} so far; the last one:\n")
        for event in session.past[starts[-1] :]:
            if isinstance(event, ReplyCompleted):
                await self._front_end.show(ReplyDelta(text=event.message.text))
            await self._front_end.show(event)

    async def _converse(self, session: Session, files: FileIndex) -> None:
        """Read and do until the user leaves: Ctrl-D, Ctrl-C twice, or a command that says so."""
        self._prompt = MessagePrompt(
            session.history_file,
            session.prewarm.start,
            prompts=session.custom_prompts,
            files=files,
            modes=session.modes,
        )
        self._prompt.vim = session.configuration.settings.ui.vim_mode
        leaving = False
        while True:
            session.prewarm.start()
            draft, self._draft = self._draft, ""
            try:
                line = await self._prompt.read(draft)
            except EOFError:
                return
            except KeyboardInterrupt:
                if leaving:
                    return
                leaving = True
                self._front_end.write("Ctrl-C again, or Ctrl-D, leaves.\n")
                continue
            leaving = False
            unsent = await self._take(session, line.strip())
            self._draft = "\n".join((*unsent, *self._front_end.take_left_over(), *session.queue.take_all()))
            if self._leaving or self._next:
                return
            await self._open_in_editor()

    async def _take(self, session: Session, line: str) -> Sequence[str]:
        """Do what was typed, and what is typed meanwhile; return the messages that can't be sent."""
        unsent: list[str] = []
        if not line or self._front_end.controls(line):
            return unsent
        if is_command(line):
            work = self._dispatch(session, line, unsent)
        elif line.startswith("!"):
            work = self._run_command(session, line[1:].strip())
        else:
            self._front_end.sending(line)
            work = self._send(session, line, unsent)
        await self._do(self._with_lines(session, work, unsent))
        return unsent

    async def _with_lines(self, session: Session, work: Coroutine[Any, Any, None], unsent: list[str]) -> None:
        """Do `work`; returns when the slash commands that were typed meanwhile are done, too."""
        typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._front_end.take_lines(typed.put_nowait)
        async with asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(self._take_all(session, typed, unsent))
            await work
            typed.put_nowait(None)

    async def _take_all(self, session: Session, typed: asyncio.Queue[str | None], unsent: list[str]) -> None:
        """Take lines one after the other, up to a None: a command may have a question to ask."""
        while (line := await typed.get()) is not None:
            if self._is_changing or self._next:
                unsent.append(line)
                self._front_end.write("[kept] It is in the next prompt, for the session that opens.\n")
            elif is_command(line):
                await self._dispatch(session, line, unsent)
            else:
                await self._send(session, line, unsent)

    async def _send(self, session: Session, line: str, unsent: list[str]) -> None:
        """Send a message with its pictures, or have it wait; where that can't be, add it to `unsent`."""
        try:
            message = await session.custom_prompts.message(line, self._front_end.ask, session.emit)
            images = await session.attachments.of(message, session.model) if message else ()
        except UserFacingError as problem:
            unsent.append(line)
            await session.emit(Notice(level="error", text=problem.message, hint=problem.hint))
            return
        if not message:
            unsent.append(line)
            return
        if not session.status.busy:
            await session.submit(message, images)
            if failed := self._front_end.unanswered.take():
                unsent.append(line if failed == message else failed)
                self._front_end.write(f"[kept] {BACK_IN_PROMPT}\n")
            return
        session.queue.add(message, images)
        waiting = counted(len(session.status.queued), "message")
        self._front_end.write(f"[queued] It is sent when this turn ends; {waiting} waiting.\n")

    async def _dispatch(self, session: Session, line: str, unsent: list[str]) -> None:
        """Run a slash command; what it puts into the prompt is added to `unsent`."""
        self._is_changing = changes_session(command_name(line))
        try:
            result = await dispatch(session, self._front_end, line)
        finally:
            self._is_changing = False
        if result.draft:
            unsent.append(result.draft)
        if result.theme:
            self._front_end.write("[theme] Here the terminal's own colors are used; NO_COLOR=1: none.\n")
        if result.vim_keys and self._prompt:
            self._prompt.vim = result.vim_keys == "on" or (
                result.vim_keys == "other" and not self._prompt.vim
            )
            self._front_end.write(f"[vim] Vim's keys are {'on' if self._prompt.vim else 'off'}.\n")
        if result.copied:
            self._copy(result.copied)
        if result.suspends:
            stop_until_continued()
        self._opened = result.opened or self._opened
        self._next = result.session or self._next
        if result.exit:
            self._leaving = True
            self._interrupt()

    def _copy(self, copied: Copied) -> None:
        if copied.text:
            self._front_end.write(clipboard_sequence(copied.text, os.environ))
            copy_on_this_machine(copied.text)
        self._front_end.write(f"[copy] {copied_words(copied)}.\n")

    async def _open_in_editor(self) -> None:
        """Open what a command asked for, now that nothing else reads from the terminal."""
        place, self._opened = self._opened, None
        if place is None:
            return
        try:
            await edit_place(place)
        except UserFacingError as problem:
            self._front_end.write(f"[error] {problem.message}\n[hint] {problem.hint}\n")

    async def _run_command(self, session: Session, command: str) -> None:
        try:
            await session.run_command(command)
        except UsageError as refusal:
            await session.emit(Notice(level="warning", text=refusal.message, hint=refusal.hint))

    async def _do(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do something that Ctrl-C may stop, while typed lines go to the session; None: it was stopped."""
        self._interrupted = False
        listening = self._front_end.typed.listening() if self._front_end.session else nullcontext()
        task = asyncio.get_running_loop().create_task(work)
        self._running = task
        try:
            with listening:
                return await task
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
            self._front_end.write("" if self._leaving else "[stopped]\n")
            return None
        finally:
            self._running = None

    def _interrupt(self) -> None:
        """Ctrl-C: the session closes its turn in order; what else runs is cancelled."""
        session = self._front_end.session
        if session and session.interrupt():
            return
        if self._running:
            self._interrupted = True
            self._running.cancel()
        elif self._prompt:
            self._prompt.interrupt()


def _terminal_width() -> int:
    return shutil.get_terminal_size().columns
