"""A decision with a few answers: may this call run, is this workspace trusted, go on or stop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.screens.hunk_picks import ALLOWING
from vtcode.frontends.tui.screens.question import ROOMY_ROWS, QuestionScreen, panel_cells
from vtcode.frontends.tui.widgets.choice_list import ChoiceList
from vtcode.frontends.tui.widgets.text_line import TextLine
from vtcode.frontends.tui.widgets.wrapped_text import ShownLine, WrappedText
from vtcode.frontends.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from vtcode.frontends.tui.blocks import DiffLayout
    from vtcode.frontends.tui.screens.asked import Decision
    from vtcode.frontends.tui.typeahead import TypeAheadGuard
    from vtcode.frontends.tui.widgets.wrapped_text import ShownDiff
    from vtcode.questions import Choice

_WORDS_HINT = "{}: Enter sends, Esc goes back"
_OWN_WORDS = "In your words"
_FEWEST_BODY_ROWS = 3
_TITLE_ROWS = 2


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
        self._is_unfolded = False

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
                resting=decision.resting or decision.refusal,
                confirmed=decision.confirmed,
                passed=frozenset({"space"} if decision.picks else ()),
            )
            yield TextLine("words", select_on_focus=False)
            yield Static(id="problem")

    def on_mount(self) -> None:
        """Hide what is not needed yet, and follow the reader."""
        self.query_one("#words").display = self.query_one("#problem").display = False
        self.watch(self.query_one(WrappedText), "scroll_y", self._show_foot, init=False)
        if unusable := self._decision.unusable:
            choice = next(one for one in self._decision.choices if one.id == unusable.choice)
            self.query_one(ChoiceList).highlight(choice)
            self._open_words(choice, unusable.text, one_line(unusable.problem))
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
        self._open_words(event.choice)
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
            words.display = self.query_one("#problem").display = False
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

    def action_unfold(self) -> None:
        """Name all that the body only counts, at its end, or count it again."""
        if self._decision.unfolded:
            self._is_unfolded = not self._is_unfolded
            self._show_body()
            self._fit()
            self.query_one(WrappedText).scroll_end(animate=False)

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
            for part in (self._decision.unfolded if self._is_unfolded else self._decision.body)
        ]

    def _open_words(self, choice: Choice, text: str = "", problem: str = "") -> None:
        """Open the line for a choice's words; what was wrong with those of before stands below it."""
        self._explained = choice
        words = self.query_one("#words", Input)
        words.placeholder = _WORDS_HINT.format(choice.words_name or _OWN_WORDS)
        words.password = choice.is_secret
        words.value, words.cursor_position = text, len(text)
        words.display = True
        self.query_one("#problem", Static).update(Content.styled(problem, "$error"))
        self.query_one("#problem").display = bool(problem)
        self.set_focus(words)

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
        others += self.query_one("#words").display + self._problem_rows(width)
        free = size.height - _rows_left_above(size.height) - others
        offered = choices.rows_at(width)
        has_foot = bool(self._hint or self._decision.picks) or body_rows + offered > free
        free -= has_foot
        room = max(1, free - min(body_rows, _FEWEST_BODY_ROWS))
        choice_rows = offered if offered <= room else min(choices.count, room)
        shown_rows = max(1, min(body_rows, free - choice_rows))
        spare = free - choice_rows - shown_rows
        above, below = int(spare > 1), int(spare > 0)
        body.styles.margin = (above, 0, below, 0)
        body.styles.height, choices.styles.height = shown_rows, choice_rows
        self.query_one("#foot").display = has_foot
        self.post_message(self.TookRows(others + has_foot + choice_rows + shown_rows + above + below))
        self.call_after_refresh(self._show_foot)

    def _problem_rows(self, width: int) -> int:
        problem = self.query_one("#problem", Static)
        shown = problem.visual
        return shown.get_height({}, width) if problem.display and isinstance(shown, Content) else 0

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
