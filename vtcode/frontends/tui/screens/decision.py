"""A decision with a few answers: may this call run, is this workspace trusted, go on or stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vtcode.actions import CommandAction, PlanAction, ReadAction, WriteAction
from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.screens.question import QuestionScreen
from vtcode.frontends.tui.widgets.choice_list import ChoiceList
from vtcode.frontends.tui.widgets.wrapped_text import ShownLine, WrappedText, command_lines, diff_lines
from vtcode.questions import Choice, ChoiceQuestion, PermissionQuestion
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from vtcode.frontends.tui.typeahead import TypeAheadGuard

_WORDS_HINT = "In your words, for the model: Enter sends, Esc goes back"
_FRAME_CELLS = 4
_FRAME_ROWS = 2
_FEWEST_BODY_ROWS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A question as it is laid out: what, exactly what, why, and the answers."""

    title: Content
    body: list[ShownLine]
    """Shown whole: it scrolls where it does not fit."""
    notes: Content
    choices: tuple[Choice, ...]
    refusal: str


def decision_for(question: PermissionQuestion | ChoiceQuestion) -> Decision:
    """Lay a question out."""
    if isinstance(question, PermissionQuestion):
        title, body = _permission_parts(question)
        notes = Content(f"Asked because {_one_line(question.reason)} ({_one_line(question.rule)})")
        if question.always_rule:
            notes = Content("\n").join([notes, Content(f'"Always" saves: {_one_line(question.always_rule)}')])
        notes = notes.stylize("$text-muted")
    else:
        title = Content.styled(_one_line(question.title), "bold")
        body = [ShownLine(text=revealed(line), kind="prose") for line in question.body.split("\n")]
        notes = Content()
    return Decision(title=title, body=body, notes=notes, choices=question.choices, refusal=question.refusal)


def _permission_parts(question: PermissionQuestion) -> tuple[Content, list[ShownLine]]:
    tool, action = _one_line(question.tool), question.action
    match action:
        case WriteAction():
            verb = "create" if action.creates else "change"
            title = Content.assemble(
                (f"{tool} wants to {verb} ", "bold"),
                (_one_line(action.path), "bold $accent"),
                " (new file)" if action.creates else "",
                (f" +{action.added_lines}", "$success"),
                (f" -{action.removed_lines}", "$error"),
            )
            return title, diff_lines(action.diff) or [ShownLine(text="Nothing changes.", kind="hunk")]
        case CommandAction():
            title = Content.assemble(
                (f"{tool} wants to run this command\n", "bold"),
                (f"in {_one_line(action.cwd)}, for at most {action.timeout_s:g} s", "$text-muted"),
            )
            return title, command_lines(action.command)
        case ReadAction():
            title = Content.assemble(
                (f"{tool} wants to read ", "bold"), (_one_line(action.path), "bold $accent")
            )
            return title, [ShownLine(text=_one_line(action.summary))]
        case PlanAction():
            return Content.styled(f"{tool} wants to set a plan", "bold"), [
                ShownLine(text=f"{action.steps} steps")
            ]
        case _:
            assert_never(action)


def _one_line(text: str) -> str:
    return revealed(text, keep_newlines=False)


class DecisionScreen(QuestionScreen):
    """A panel at the bottom: what is asked stays above its answers, and the transcript above both."""

    BINDINGS = bindings("question")
    AUTO_FOCUS = "#choices"

    def __init__(
        self,
        decision: Decision,
        *,
        guard: TypeAheadGuard,
        interrupt: Callable[[], bool],
        type_ahead: Callable[[str], None],
    ) -> None:
        """`type_ahead` takes what the guard kept from answering."""
        super().__init__(refusal=decision.refusal, interrupt=interrupt)
        self._decision = decision
        self._guard = guard
        self._type_ahead = type_ahead
        self._explained: Choice | None = None

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with Vertical(id="panel"):
            yield Static(self._decision.title, id="title")
            yield WrappedText(self._decision.body)
            yield Static(self._decision.notes, id="notes")
            yield ChoiceList(self._decision.choices, self._guard)
            yield Input(id="words", placeholder=_WORDS_HINT, compact=True)

    def on_mount(self) -> None:
        """Hide what is not needed yet."""
        self.query_one("#notes").display = bool(self._decision.notes)
        self.query_one("#words").display = False
        self._fit()

    def on_resize(self) -> None:
        """Give the body what the other parts leave."""
        self._fit()

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """Answer, or ask for the words first."""
        if not event.choice.takes_text:
            self.answer(event.choice.id)
            return
        self._explained = event.choice
        words = self.query_one("#words", Input)
        words.display = True
        words.focus()
        self._fit()

    def on_choice_list_typed_ahead(self, event: ChoiceList.TypedAhead) -> None:
        """Hand over what was typed too early to be meant."""
        self._type_ahead(event.text)

    def on_choice_list_grew(self) -> None:
        """Make room for the list's hint."""
        self._fit()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the words."""
        if self._explained:
            self.answer(self._explained.id, event.value.strip())

    def action_refuse(self) -> None:
        """Leave the words, or refuse."""
        words = self.query_one("#words", Input)
        if words.display:
            words.display = False
            self.query_one(ChoiceList).focus()
            self._fit()
        else:
            super().action_refuse()

    def action_scroll_body(self, direction: str) -> None:
        """Scroll in what is asked."""
        body = self.query_one(WrappedText)
        if direction == "page_up":
            body.scroll_page_up(animate=False)
        else:
            body.scroll_page_down(animate=False)

    def _fit(self) -> None:
        """Set the body's highest height: no layout rule says "as high as it needs, at most what is left"."""
        screen = self.app.size
        width = screen.width - _FRAME_CELLS
        others = [widget for widget in self.query("#title, #notes, #choices, #words") if widget.display]
        rows = sum(widget.get_content_height(screen, screen, width) for widget in others)
        body = self.query_one(WrappedText)
        body.styles.max_height = max(_FEWEST_BODY_ROWS, screen.height - rows - _FRAME_ROWS)
        if self.focused:
            # Where not even that fits, what the user answers with must.
            self.call_after_refresh(self.focused.scroll_visible, animate=False)
