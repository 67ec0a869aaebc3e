"""A decision with a few answers: may this call run, is this workspace trusted, go on or stop."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from vtcode.actions import CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.rendering.lines import cut_middle
from vtcode.frontends.tui.screens.hunk_picks import ALLOWING, HunkPicks, picks_for
from vtcode.frontends.tui.screens.question import ROOMY_ROWS, QuestionScreen, panel_cells
from vtcode.frontends.tui.widgets.choice_list import ChoiceList
from vtcode.frontends.tui.widgets.text_line import TextLine
from vtcode.frontends.tui.widgets.wrapped_text import ShownDiff, ShownLine, WrappedText, command_lines
from vtcode.frontends.wording import action_words, one_line, untrusted_words
from vtcode.questions import Choice, ChoiceQuestion, PermissionQuestion
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult

    from vtcode.frontends.tui.blocks import DiffLayout
    from vtcode.frontends.tui.typeahead import TypeAheadGuard

_WORDS_HINT = "In your words: Enter sends, Esc goes back"
_FEWEST_BODY_ROWS = 3
_TITLE_ROWS = 2
_LONG_SUBJECT_CHARS = 30
"""From here on a title may have to shorten its subject, which is then spelled out in the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A question's first line, around the path that it is about."""

    before: str
    subject: str = ""
    after: Content = field(default_factory=Content)

    def fitting(self, width: int) -> Content:
        """Return it in at most two rows; a long path loses its middle."""
        subject = self.subject
        if len(self.before) + cell_len(subject) + self.after.cell_length > width:
            subject = cut_middle(subject, max(1, width - self.after.cell_length))
        return Content.assemble((self.before, "bold"), (subject, "bold $accent"), self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A question as it is laid out: what, exactly what and why, and the answers."""

    title: Title
    body: list[ShownLine | ShownDiff]
    """Shown whole: it scrolls where it does not fit."""
    choices: tuple[Choice, ...]
    refusal: str
    confirmed: frozenset[str] = frozenset()
    """The choices whose letter only moves the highlight: they allow more than this one call."""
    picks: HunkPicks = field(default_factory=lambda: HunkPicks(0))
    """Empty where there is nothing to choose."""


def decision_for(question: PermissionQuestion | ChoiceQuestion, *, waiting: str = "") -> Decision:
    """Lay a question out; `waiting`: the user's message that is sent after it, and stands nowhere yet."""
    if isinstance(question, PermissionQuestion):
        title, body = _permission_parts(question)
        if waiting:
            body = [ShownLine(text=f"Before your message is sent: {one_line(waiting)}", kind="note"), *body]
        return Decision(
            title=title,
            body=[
                *body,
                *_path_lines(title),
                *(ShownLine(text=note, kind="note") for note in _notes(question)),
            ],
            choices=question.choices,
            refusal=question.refusal,
            confirmed=frozenset({"session", "always", "workspace"}),
            picks=picks_for(question),
        )
    return Decision(
        title=Title(before=one_line(question.title)),
        body=[ShownLine(text=revealed(line), kind="prose") for line in question.body.split("\n")],
        choices=question.choices,
        refusal=question.refusal,
    )


def _path_lines(title: Title) -> Iterator[ShownLine]:
    """Yield the path that the title may have to shorten, in full."""
    if len(title.subject) >= _LONG_SUBJECT_CHARS:
        yield ShownLine(text=f"Path: {title.subject}", kind="hunk")


def _notes(question: PermissionQuestion) -> Iterator[str]:
    """Yield what stands below that which is asked about, in full."""
    if isinstance(question.action, CommandAction):
        yield f"In {one_line(question.action.cwd)}, for at most {question.action.timeout_s:g} s"
    yield f"Asked because {one_line(question.reason)} ({one_line(question.rule)})"
    if question.untrusted:
        yield untrusted_words(question)
    if question.always_rule:
        yield f'"Always" saves: {one_line(question.always_rule)}'


def _permission_parts(question: PermissionQuestion) -> tuple[Title, list[ShownLine | ShownDiff]]:
    tool, action = one_line(question.tool), question.action
    match action:
        case WriteAction():
            after = Content.assemble(
                " (new file)" if action.creates else "",
                (f" +{action.added_lines}", "$success"),
                (f" -{action.removed_lines}", "$error"),
            )
            verb = "create" if action.creates else "change"
            title = Title(before=f"{tool} wants to {verb} ", subject=one_line(action.path), after=after)
            nothing = ShownLine(text="Nothing changes.", kind="hunk")
            return title, [ShownDiff(diff=action.diff, path=action.path) if action.diff else nothing]
        case CommandAction():
            return Title(before=f"{tool} wants to run this command"), [*command_lines(action.command)]
        case ReadAction():
            title = Title(before=f"{tool} wants to read ", subject=one_line(action.path))
            return title, [ShownLine(text=action_words(action))]
        case PlanAction():
            return Title(before=f"{tool} wants to set a plan"), [ShownLine(text=action_words(action))]
        case IntegrationsAction():
            wish = Content.styled(" wants to run MCP servers of its own in this session", "bold")
            title = Title(before="", subject=one_line(action.address), after=wish)
            return title, [ShownLine(text=one_line(server)) for server in action.servers]
        case _:
            assert_never(action)


class DecisionScreen(QuestionScreen):
    """A panel at the bottom: what is asked stays above its answers, and the transcript above both."""

    BINDINGS = bindings("question")
    AUTO_FOCUS = "#choices"

    class TookRows(Message):
        """The panel covers the lowest `rows` of the terminal."""

        def __init__(self, rows: int) -> None:
            self.rows = rows
            super().__init__()

    class Wheeled(Message):
        """The mouse wheel was turned above the panel; `step`: 1 down, -1 up."""

        def __init__(self, step: int) -> None:
            self.step = step
            super().__init__()

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
        self._hint = ""
        self._layout: DiffLayout = "auto"

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        decision = self._decision
        with Vertical(id="panel"):
            yield Static(id="title")
            yield WrappedText(self._body())
            yield Static(id="foot")
            yield ChoiceList(
                decision.choices,
                self._guard,
                refusal=decision.refusal,
                confirmed=decision.confirmed,
                passed=frozenset({"space"} if decision.picks else ()),
            )
            yield TextLine("words", placeholder=_WORDS_HINT)

    def on_mount(self) -> None:
        """Hide what is not needed yet, and follow the reader."""
        self.query_one("#words").display = False
        self.watch(self.query_one(WrappedText), "scroll_y", self._show_foot, init=False)
        self._fit()

    def on_resize(self) -> None:
        """Give the body what the other parts leave."""
        self._fit()

    def on_mouse_scroll_up(self) -> None:
        """Pass on the wheel from above the panel."""
        self.post_message(self.Wheeled(-1))

    def on_mouse_scroll_down(self) -> None:
        """Pass on the wheel from above the panel."""
        self.post_message(self.Wheeled(1))

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """Answer, or ask for the words first."""
        if not event.choice.takes_text:
            left_out = self._decision.picks.left_out if event.choice.id == ALLOWING else ()
            self.answer(event.choice.id, left_out=left_out)
            return
        self._explained = event.choice
        words = self.query_one("#words", Input)
        words.password = event.choice.is_secret
        words.display = True
        words.focus()
        self._fit()

    def on_choice_list_typed_ahead(self, event: ChoiceList.TypedAhead) -> None:
        """Hand over what was typed too early to be meant."""
        self._type_ahead(event.text)

    def on_choice_list_hinted(self, event: ChoiceList.Hinted) -> None:
        """Show the list's hint."""
        self._hint = event.text
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
        match direction:
            case "page_up":
                body.scroll_page_up(animate=False)
            case "page_down":
                body.scroll_page_down(animate=False)
            case "up":
                body.scroll_up(animate=False)
            case "down":
                body.scroll_down(animate=False)
            case "home":
                body.scroll_home(animate=False)
            case _:
                body.scroll_end(animate=False)

    def action_move_hunk(self, step: int) -> None:
        """Go to the next hunk or the one before; the answers keep the keyboard."""
        picks = self._decision.picks
        if not picks:
            return
        picks.move(step)
        self._show_body()
        self.query_one(WrappedText).scroll_to_hunk(picks.current)

    def action_toggle_hunk(self) -> None:
        """Leave the current hunk out, or take it again."""
        picks = self._decision.picks
        if not picks:
            return
        picks.toggle()
        self._show_body()
        self.query_one(ChoiceList).show_choices(picks.choices(self._decision.choices))
        self._fit()

    def action_lay_out(self, layout: DiffLayout) -> None:
        """Show a diff in one column or side by side."""
        self._layout = layout
        self._show_body()
        self._fit()

    def _body(self) -> list[ShownLine | ShownDiff]:
        """Return the body as it is to be shown now."""
        return [
            part
            if isinstance(part, ShownLine)
            else replace(part, layout=self._layout, picking=self._decision.picks.picking)
            for part in self._decision.body
        ]

    def _show_body(self) -> None:
        self.query_one(WrappedText).show(self._body())
        self._show_foot()

    def _fit(self) -> None:
        """Share the rows out: the title, some of body and answers always, then all of each, then a gap."""
        size = self.app.size
        framed = size.height >= ROOMY_ROWS
        self.query_one("#panel").set_class(not framed, "-tight")
        width = panel_cells(size.width, framed=framed)
        title = self._decision.title.fitting(width)
        if self.mode_words and not framed:
            fits = title.cell_length + len(f" · {self.mode_words}") <= width
            parting = " · " if fits else "\n"
            title = Content.assemble(title, (f"{parting}{self.mode_words}", "$text-muted"))
        self.query_one("#title", Static).update(title)
        body, choices = self.query_one(WrappedText), self.query_one(ChoiceList)
        body_rows = body.get_content_height(size, size, width - 1)
        others = min(_TITLE_ROWS, title.get_height({}, width)) + (2 if framed else 0)
        others += self.query_one("#words").display
        free = size.height - _rows_left_above(size.height) - others
        offered = len(self._decision.picks.choices(self._decision.choices))
        has_foot = bool(self._hint or self._decision.picks) or body_rows + offered > free
        free -= has_foot
        choice_rows = max(1, min(offered, free - min(body_rows, _FEWEST_BODY_ROWS)))
        shown_rows = max(1, min(body_rows, free - choice_rows))
        spare = free - choice_rows - shown_rows
        above, below = int(spare > 1), int(spare > 0)
        body.styles.margin = (above, 0, below, 0)
        body.styles.height, choices.styles.height = shown_rows, choice_rows
        self.query_one("#foot").display = has_foot
        self.post_message(self.TookRows(others + has_foot + choice_rows + shown_rows + above + below))
        self.call_after_refresh(self._show_foot)

    def _show_foot(self) -> None:
        """Say how much of the body there is to read, or what the list has to say."""
        if not self.query(WrappedText):
            return  # withdrawn before its first frame
        body = self.query_one(WrappedText)
        first, total = body.scroll_offset.y, body.virtual_size.height
        last = min(total, first + body.size.height)
        more = "PgDn reads on" if last < total else "PgUp goes back"
        facts = [f"{first + 1}-{last} of {total} · {more}"] if body.size.height < total else []
        if picks := self._decision.picks:
            facts.insert(0, f"Takes {picks.words} · Tab next, Space in/out")
        foot = Content.styled(" · ".join(facts), "$text-muted")
        if self._hint:
            foot = Content.styled(self._hint, "$warning")
        self.query_one("#foot", Static).update(foot)


def _rows_left_above(height: int) -> int:
    """Return how many rows of the transcript stay in sight at the least."""
    return height // 5 if height >= ROOMY_ROWS else 0
