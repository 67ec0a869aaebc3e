"""The line mode as a front end: events go out as text, questions come back as answers."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING

from vtcode.actions import CommandAction
from vtcode.commands.status import window_words
from vtcode.events import Event, ToolAwaitingInput, ToolFinished, ToolStarted, TurnEnded, TurnStarted
from vtcode.frontend import Control
from vtcode.frontends.line.questions import asking
from vtcode.frontends.line.typed import TypedLines
from vtcode.frontends.unanswered import Unanswered
from vtcode.frontends.user_message import image_words
from vtcode.questions import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.frontends.line.prompt import AnswerPrompt
    from vtcode.frontends.line.questions import Asking
    from vtcode.frontends.line.rendering import Rendering
    from vtcode.questions import Question
    from vtcode.session.session import Session

_CONTROLS = {"/bg": Control(kind="background"), "/kill": Control(kind="kill")}
"""What a line means for a running command; not slash commands of the program's, which know no call."""
_SECRET = re.compile(r"(?i)(password|passphrase|passwort|\bpin\b).*:\s*$")


class LineFrontEnd:
    """Writes to stdout; takes lines for the session while it is busy."""

    def __init__(self, rendering: Rendering, prompt: AnswerPrompt) -> None:
        self.session: Session | None = None
        self.typed = TypedLines(self._typed_line)
        self.unanswered = Unanswered()
        self._rendering = rendering
        self._prompt = prompt
        self._one_question = asyncio.Lock()
        self._commands: list[str] = []
        """Ids of the running commands; the last one is meant by /bg and /kill."""
        self._awaiting: str | None = None
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
        """Do what `/bg` or `/kill` wants of the running command; False: the line is neither."""
        control = _CONTROLS.get(line)
        if control is None:
            return False
        call_id = self._awaiting or (self._commands[-1] if self._commands else "")
        if not (self.session and call_id and self.session.control(call_id, control)):
            self.write(f"[nothing to do] {line} is for a command that is running.\n")
        return True

    async def _answer(self, asked: Asking) -> Answer:
        answer = asked.answered(await self._prompt.read(asked.prompt))
        while not isinstance(answer, Answer):
            self.write(f"{answer.text}\n" if answer.text else "")
            typed = await self._prompt.read(answer.prompt or asked.prompt, hidden=answer.hidden)
            answer = asked.answered(typed)
        return answer

    def _follow(self, event: Event) -> None:
        """Keep track of who a typed line is for."""
        match event:
            case ToolStarted(action=CommandAction()):
                self._commands.append(event.call.id)
            case ToolAwaitingInput():
                self._awaiting = event.call_id
                if _SECRET.search(event.prompt):
                    self.typed.echo(shown=False)
            case ToolFinished(call_id=call_id) if call_id in self._commands:
                self._commands.remove(call_id)
                self._awaiting = None if self._awaiting == call_id else self._awaiting
            case _:
                pass

    def _typed_line(self, line: str) -> None:
        """Pass on a line that was typed while the session is busy."""
        if self.session is None or not (line.strip() or self._awaiting):
            return
        word = line.strip()
        if self.controls(word):
            return
        if self._awaiting:
            self._answer_command(self._awaiting, line)
        elif word.startswith("!"):
            self.write("[busy] A command of your own has to wait until the model is done.\n")
        elif self._on_line:
            self._on_line(word)

    def _answer_command(self, call_id: str, line: str) -> None:
        assert self.session
        self._awaiting = None
        self.typed.echo(shown=True)
        self.session.control(call_id, Control(kind="input", text=f"{line}\n"))
