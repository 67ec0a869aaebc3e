"""The seam to the session: events become calls on widgets, questions become screens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, assert_never

from vtcode.actions import CommandAction, IntegrationsAction
from vtcode.events import (
    HistoryCleared,
    ModelDownloading,
    Notice,
    ReasoningDelta,
    ReplyDelta,
    SessionStarted,
    ToolAwaitingInput,
    ToolCallDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
)
from vtcode.frontends.tui.activity import ASKING, READY, Activity, ReplySpeed
from vtcode.frontends.tui.widgets.ordered_keys import give_keyboard
from vtcode.frontends.unanswered import BACK_IN_PROMPT, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.events import Event
    from vtcode.frontends.tui.base_app import BaseApp
    from vtcode.frontends.tui.screens.question import QuestionScreen
    from vtcode.questions import Answer, Question
    from vtcode.session.session import Session

_OF_COMMANDS = frozenset({"undo", "policy", "config", "export", "folder", "model", "prompt"})
"""The kinds of question that only what the user has just sent leads to."""
_FIGURES_S = 0.5
"""How long a figure of the status line stays while text streams in."""


class Unsent(Protocol):
    """What the user has sent, and the model has not been."""

    @property
    def waiting(self) -> tuple[str, ...]:
        """The messages that wait for the end of the turn, or for the session."""

    @property
    def steering(self) -> tuple[str, ...]:
        """The messages that join the running turn at its next step."""


class TuiFrontEnd:
    """Shows events and asks questions on an app that runs."""

    def __init__(self, app: BaseApp, *, clock: Callable[[], float], unsent: Callable[[], Unsent]) -> None:
        """Show things on `app`; `unsent` returns the messages that wait."""
        self._app = app
        self._unsent_messages = unsent
        self._clock = clock
        self._activity = Activity()
        self._speed = ReplySpeed(clock)
        self._session: Session | None = None
        self._shown_words = ""
        self._figures_stay_until = 0.0
        self._commands: dict[str, str] = {}
        """What runs, by call id."""
        self._unanswered = Unanswered()
        self._one_at_a_time = asyncio.Lock()

    @property
    def asking(self) -> bool:
        """Whether a question is on the screen."""
        return self._activity.asking

    @property
    def is_busy(self) -> bool:
        """Whether something goes on, as the status line says it."""
        return self._activity.words != READY

    def attach(self, session: Session) -> None:
        """Take the numbers of the status line from this session from now on."""
        self._session = session
        self._activity.opened()
        self.refresh()

    async def show(self, event: Event) -> None:
        """Show one fact."""
        if isinstance(event, SessionStarted) and self._session:
            self._app.transcript.apply(HistoryCleared())  # another session begins, and takes the screen
        if isinstance(event, ModelDownloading):
            self._app.downloads_view.show(event)
        self._app.transcript.apply(event)
        self._activity.apply(event)
        self._speed.apply(event)
        self._follow_input(event)
        self._unanswered.follow(event)
        if isinstance(event, TurnEnded):
            self._app.attention.turn_ended(event.outcome)
        if not self._only_streams_on(event):
            self.refresh()

    def come_to_rest(self) -> None:
        """Take it that nothing runs, whatever was shown last: a load that led nowhere tells no end of it."""
        self._activity.opened()

    def take_unanswered(self) -> str:
        """Return the message of the turn that failed before it was answered, once; empty: there is none.

        The user is told that it is in the prompt again: who takes it puts it there.
        """
        text = self._unanswered.take()
        if text:
            self._app.transcript.apply(Notice(level="info", text=BACK_IN_PROMPT))
        return text

    async def ask(self, question: Question) -> Answer:
        """Put a question on the screen and wait; it vanishes when this is cancelled."""
        return await self.put_up(lambda: self._screen(question))

    async def put_up(self, make: Callable[[], QuestionScreen]) -> Answer:
        """Put a screen up once no other one asks, and wait for its answer; else as `ask`.

        Textual's own `push_screen_wait` shields itself from cancellation, so the screen's answer is awaited
        here and the screen is taken down whatever happens.
        """
        async with self._one_at_a_time:
            screen = make()
            if self._session:
                screen.mode_words = f"{self._session.status.mode} mode"
            self._app.push_screen(screen)
            self._set_asking(True)
            try:
                return await screen.answered
            finally:
                self._set_asking(False)
                self._take_down(screen)

    def refresh(self) -> None:
        """Bring the status line and the queue up to what the session says."""
        status = self._session.status if self._session else None
        if status and self._speed.any_completed:
            status = replace(status, tokens_per_s=self._speed.last)
        words = self._shown_words = self._activity.words
        self._figures_stay_until = self._clock() + _FIGURES_S
        busy = words != READY and not self._activity.asking
        self._app.status_line.show(
            words,
            status,
            busy=busy,
            expected_s=self._activity.expected_s,
            guessed_tokens_per_s=self._speed.guessed,
        )
        self._app.attention.follow("asks" if words == ASKING else "ready" if words == READY else "working")
        unsent = self._unsent_messages()
        self._app.queue_view.show(unsent.waiting, unsent.steering)

    def hint(self, text: str, *, short: str = "") -> None:
        """Tell the user something of ours for a moment; `short` where there is no room for it."""
        self._app.status_line.hint(text, short=short)

    def _only_streams_on(self, event: Event) -> bool:
        """Return whether no more is new than figures, which change with every token, for nobody to read."""
        streams = isinstance(event, ReasoningDelta | ReplyDelta | ToolCallDelta)
        return (
            streams and self._activity.words == self._shown_words and self._clock() < self._figures_stay_until
        )

    def _screen(self, question: Question) -> QuestionScreen:
        from vtcode.questions import ChoiceQuestion, PermissionQuestion, PickQuestion

        match question:
            case PickQuestion():
                from vtcode.frontends.tui.screens.pick import PickScreen

                return PickScreen(question, interrupt=self._interrupt)
            case PermissionQuestion() | ChoiceQuestion():
                from vtcode.frontends.tui.screens.asked import decision_for
                from vtcode.frontends.tui.screens.decision import DecisionScreen
                from vtcode.frontends.tui.typeahead import TypeAheadGuard

                prompt = self._app.prompt
                answers_command = isinstance(question, ChoiceQuestion) and question.kind in _OF_COMMANDS
                # Where nothing was typed since, the last key was the Enter that sent the command.
                is_expected = answers_command and not prompt.text
                typed_at = None if is_expected else prompt.last_typed_at
                return DecisionScreen(
                    decision_for(question, waiting=self._unsent(question)),
                    guard=TypeAheadGuard(self._clock, last_key_at=typed_at),
                    interrupt=self._interrupt,
                    type_ahead=prompt.type_ahead,
                )
            case _:
                assert_never(question)

    def _unsent(self, question: Question) -> str:
        """Return the message that a question between two turns keeps waiting; empty where none does."""
        from vtcode.questions import PermissionQuestion

        if isinstance(question, PermissionQuestion) and isinstance(question.action, IntegrationsAction):
            return next(iter(self._unsent_messages().waiting), "")
        return ""

    def _interrupt(self) -> bool:
        return self._session is not None and self._session.interrupt()

    def _set_asking(self, asking: bool) -> None:
        self._activity.asking = asking
        self.refresh()

    def _take_down(self, screen: QuestionScreen) -> None:
        if not self._app.is_running or screen not in self._app.screen_stack:
            return
        self._app.transcript.leave_rows(0)
        while self._app.screen is not screen:
            self._app.pop_screen()
        self._app.pop_screen()

    def _follow_input(self, event: Event) -> None:
        """Open and close the line that types into a waiting command."""
        line = self._app.command_input
        match event:
            case ToolStarted(call=call, action=CommandAction(command=command)):
                self._commands[call.id] = command
            case ToolAwaitingInput(call_id=call_id, prompt=asked):
                line.open(call_id, self._commands.get(call_id, ""), asked)
                if self._app.focused in {self._app.prompt, None} and not self._app.prompt.text:
                    # Somebody who is typing something else must not find it typed into the command.
                    give_keyboard(line.line)
            case ToolFinished(call_id=call_id):
                self._commands.pop(call_id, None)
                if call_id == line.call_id:
                    self._close_input()
            case TurnEnded() if line.call_id:
                self._close_input()
            case _:
                pass

    def _close_input(self) -> None:
        line, prompt = self._app.command_input, self._app.prompt
        has_keyboard = line.line.has_focus
        left = line.close()
        if has_keyboard:
            give_keyboard(prompt)
        if left:
            prompt.type_ahead(left)
