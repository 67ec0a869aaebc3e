"""The prompt while nothing runs, and the line that answers a question: prompt-toolkit, kept plain.

No menus, no toolbar, no questions to the terminal about its cursor: what a screen reader, a serial line or a
dumb terminal can follow.
"""

from __future__ import annotations

import asyncio
import sys
import termios
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app_session
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.patch_stdout import patch_stdout

from vtcode.frontends.line.completing import WordCompleter
from vtcode.frontends.line.history import PromptHistory
from vtcode.frontends.words import word_before

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.key_binding import KeyPressEvent

    from vtcode.session.custom_prompts import CustomPrompts
    from vtcode.session.file_index import FileIndex
    from vtcode.session.modes import Modes


class MessagePrompt:
    """Reads messages and commands while the session is idle; several lines, with history and completion."""

    def __init__(
        self,
        history_file: Path | None,
        on_typing: Callable[[], None] | None = None,
        *,
        prompts: CustomPrompts | None = None,
        files: FileIndex | None = None,
        modes: Modes | None = None,
    ) -> None:
        """Take where the history is kept, what is called whenever the text changes, what `#` and `@` list,
        and the modes that Shift+Tab goes through."""
        _quiet_output()
        self._modes = modes
        self._session: PromptSession[str] = PromptSession(
            history=PromptHistory(history_file),
            key_bindings=message_keys(WordCompleter(prompts, files), self._next_mode),
            multiline=True,
            prompt_continuation="  ",
            reserve_space_for_menu=0,
        )
        if on_typing:
            self._session.default_buffer.on_text_changed += lambda _: on_typing()

    async def read(self, draft: str = "") -> str:
        """Return what was typed; the prompt begins with `draft`.

        Raises:
            KeyboardInterrupt: Ctrl-C.
            EOFError: Ctrl-D on an empty prompt.
        """
        with patch_stdout(raw=True):
            return await self._session.prompt_async(self._label, default=draft, handle_sigint=False)

    def _label(self) -> str:
        mode = self._modes.current if self._modes else "build"
        return "> " if mode == "build" else f"{mode}> "

    def _next_mode(self) -> None:
        if self._modes:
            self._modes.choose(self._modes.following)
            sys.stdout.write(f"[mode] {self._modes.describe()}\n")

    @property
    def text(self) -> str:
        """What stands in it."""
        return self._session.default_buffer.text

    @property
    def vim(self) -> bool:
        """Whether it has vim's keys."""
        return self._session.editing_mode == EditingMode.VI

    @vim.setter
    def vim(self, wanted: bool) -> None:
        self._session.editing_mode = EditingMode.VI if wanted else EditingMode.EMACS

    def interrupt(self) -> None:
        """Do what Ctrl-C does: it may come as a signal, before the keyboard is read or from elsewhere."""
        app = self._session.app
        if app.is_running and app.future and not app.future.done():
            app.exit(exception=KeyboardInterrupt())


class AnswerPrompt:
    """Reads one line that answers a question."""

    def __init__(self) -> None:
        _quiet_output()
        self._session: PromptSession[str] = PromptSession(reserve_space_for_menu=0)

    async def read(self, prompt: str, *, hidden: bool = False) -> str:
        """Return one line; what was typed before the question could be read does not answer it.

        Args:
            prompt: What stands before it.
            hidden: Show stars for what is typed.

        Raises:
            KeyboardInterrupt: Ctrl-C.
            EOFError: Ctrl-D.
        """
        clear_typeahead(self._session.app.input)
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        with patch_stdout(raw=True):
            return await self._session.prompt_async(prompt, handle_sigint=False, is_password=hidden)


def _quiet_output() -> None:
    """Keep prompt-toolkit from asking the terminal where its cursor is: some print the question."""
    output = get_app_session().output
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False


async def _complete(buffer: Buffer, completer: WordCompleter) -> None:
    """Complete the word before the cursor, or tell what it may become."""
    before = buffer.document
    line = before.current_line_before_cursor
    word = word_before(line, is_all=line == before.text)
    if not word:
        return
    becomes, told = await completer.complete(word)
    if buffer.document != before:
        return  # something else was typed meanwhile
    if becomes != word:
        buffer.delete_before_cursor(len(word))
        buffer.insert_text(becomes)
    if told:
        sys.stdout.write(f"{told}\n")


def message_keys(completer: WordCompleter, next_mode: Callable[[], None]) -> KeyBindings:
    """Return the keys: Enter sends; Alt+Enter, Ctrl+J, or a backslash before Enter start a new line.

    Tab completes; Ctrl+G opens the text in the user's editor; Shift+Tab calls `next_mode`.
    """
    keys = KeyBindings()
    one_at_a_time = asyncio.Lock()

    @keys.add("enter")
    def _send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.current_line_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("tab")
    async def _tab(event: KeyPressEvent) -> None:
        async with one_at_a_time:  # a second Tab goes by what the first one made
            await _complete(event.current_buffer, completer)

    @keys.add("s-tab")
    def _next(_: KeyPressEvent) -> None:
        next_mode()

    @keys.add("c-g")
    def _edit(event: KeyPressEvent) -> None:
        event.current_buffer.open_in_editor()

    @keys.add("escape", "enter")
    @keys.add("c-j")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
