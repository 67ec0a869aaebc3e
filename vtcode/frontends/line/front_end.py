"""The line mode as a front end: events go out as text, questions come back as answers."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING

from vtcode.commands.status import window_words
from vtcode.events import Event, ToolAwaitingInput, TurnEnded, TurnStarted
from vtcode.frontend import Control
from vtcode.frontends.line.questions import asking
from vtcode.frontends.line.running import END_OF_INPUT, RunningCommands
from vtcode.frontends.line.typed import TypedLines
from vtcode.frontends.unanswered import Unanswered
from vtcode.frontends.user_message import image_words
from vtcode.frontends.wording import counted
from vtcode.questions import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.frontends.line.prompt import AnswerPrompt
    from vtcode.frontends.line.questions import Asking
    from vtcode.frontends.line.rendering import Rendering
    from vtcode.questions import Question
    from vtcode.session.session import Session

_CONTROLS = {"/bg": Control(kind="background"), "/kill": Control(kind="kill")}
"""The commands that can't wait their turn behind those that were typed before."""
_SECRET = re.compile(r"(?i)(password|passphrase|passwort|\bpin\b).*:\s*$")


class LineFrontEnd:
    """Writes to stdout; takes lines for the session while it is busy."""

    def __init__(self, rendering: Rendering, prompt: AnswerPrompt) -> None:
        self.session: Session | None = None
        self.typed = TypedLines(self._typed_line, self._end_input)
        self.unanswered = Unanswered()
        self._rendering = rendering
        self._prompt = prompt
        self._one_question = asyncio.Lock()
        self._commands = RunningCommands()
        self._left_over: list[str] = []
        """Lines that were typed for a command, which ended before it asked for them."""
        self._sent = ""
        self._on_line: Callable[[str], None] | None = None

    async def show(self, event: Event) -> None:
        """Write one event."""
        self.unanswered.follow(event)
        if isinstance(event, TurnStarted) and event.text == self._sent:
            self._sent = ""  # it stands on the screen, where it was typed
            self.write("".join(f"{image_words(image)}\n" for image in event.images))
            return
        self._follow(event)
        self.write(self._rendering.render(event))
        if isinstance(event, TurnEnded) and self.session:
            self.write(f"[window] {window_words(self.session.status)}\n")

    async def ask(self, question: Question) -> Answer:
        """Put a question in lines; Ctrl-C, Ctrl-D and an empty line refuse."""
        asked = asking(question, self._rendering.palette)
        async with self._one_question:
            with self.typed.paused():
                self.write(f"{self._rendering.end_line()}{asked.text()}\n")
                try:
                    return await self._answer(asked)
                except (KeyboardInterrupt, EOFError):
                    return Answer(choice=question.refusal)

    def write(self, text: str) -> None:
        """Write text as it is."""
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()

    def sending(self, text: str) -> None:
        """Tell that this message was typed at the prompt just now."""
        self._sent = text

    def take_lines(self, take: Callable[[str], None]) -> None:
        """Hand over the messages and slash commands that are typed while the session is busy."""
        self._on_line = take

    def controls(self, line: str) -> bool:
        """Do at once what `/bg` or `/kill` wants of the running command; False: neither, or none runs."""
        control = _CONTROLS.get(line)
        return bool(control and self.session and self.session.control("", control))

    def take_left_over(self) -> list[str]:
        """Return, once, the lines that were typed for a command which ended before it asked for them."""
        left, self._left_over = self._left_over, []
        return left

    async def _answer(self, asked: Asking) -> Answer:
        answer = asked.answered(await self._prompt.read(asked.prompt))
        while not isinstance(answer, Answer):
            self.write(f"{answer.text}\n" if answer.text else "")
            typed = await self._prompt.read(answer.prompt or asked.prompt, hidden=answer.hidden)
            answer = asked.answered(typed)
        return answer

    def _follow(self, event: Event) -> None:
        """Keep track of who a typed line is for."""
        if left := self._commands.follow(event):
            self._left_over += left
            self.write(
                f"[kept] {counted(len(left), 'line')} for a command that has ended: in the next prompt.\n"
            )
        if not isinstance(event, ToolAwaitingInput):
            return
        if kept := self._commands.next_kept():
            self._answer_command(kept)
        elif _SECRET.search(event.prompt):
            self.typed.echo(shown=False)

    def _typed_line(self, line: str) -> None:
        """Pass on a line that was typed while the session is busy."""
        word = line.strip()
        if self.session is None or self.controls(word):
            return
        if self._commands.awaiting:
            self._answer_command(f"{line}\n")
        elif self._keeps(f"{line}\n") or not word:
            pass
        elif word.startswith("!"):
            self.write("[busy] A command of your own has to wait until the model is done.\n")
        elif self._on_line:
            self._on_line(word)

    def _end_input(self) -> None:
        """Ctrl-D on an empty line while the session is busy: the end of a command's input."""
        if self._commands.awaiting:
            self._answer_command(END_OF_INPUT)
        elif self.session and not self._keeps(END_OF_INPUT):
            self.write(
                "[nothing to do] Ctrl-D ends the input of a command that waits; Ctrl-C stops what runs.\n"
            )

    def _keeps(self, text: str) -> bool:
        """Keep what is typed for a command that asks again, and say so; False: it is for none."""
        is_kept = self._commands.takes(text)
        if is_kept:
            self.write("[kept] for the command that runs, until it asks again.\n")
        return is_kept

    def _answer_command(self, text: str) -> None:
        assert self.session
        self.typed.echo(shown=True)
        self.session.control(self._commands.answer(), Control(kind="input", text=text))
