"""A list to pick from, filtered as you type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.screens.pick_rows import CUSTOM, columns_for, heading_row, matching_rows
from vtcode.frontends.tui.screens.question import ROOMY_ROWS, QuestionScreen
from vtcode.frontends.tui.widgets.ordered_keys import run_bound
from vtcode.frontends.tui.widgets.row_list import ListRow, RowList
from vtcode.frontends.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from vtcode.questions import Choice, PickQuestion

_FEWEST_ROWS = 3
_SEPARATOR = " · "
_TAB = "i"
"""The letter whose chord, Ctrl+I, terminals send as Tab."""


def chord(action: Choice) -> str:
    """Return the key of an extra action, as Textual names it."""
    return "tab" if action.key == _TAB else f"ctrl+{action.key}"


class FilterLine(Input):
    """The filter; moves the highlight of the list below it."""

    BINDINGS = bindings("list")

    def __init__(self, actions: Sequence[Choice]) -> None:
        """`actions`: what can be done with a row; their keys go before those for editing the line."""
        super().__init__(id="filter", placeholder="Type to filter", compact=True)
        self._actions = {chord(action): action.id for action in actions}

    async def on_key(self, event: events.Key) -> None:
        """Run what is bound to the key, in order with what is typed."""
        if event.key in self._actions:
            event.stop()
            event.prevent_default()
            await self.run_action(f"screen.act('{self._actions[event.key]}')")
        else:
            await run_bound(self, event)

    async def action_move(self, step: int) -> None:
        """Move the highlight."""
        await self.run_action(f"screen.move({step})")

    async def action_refuse(self) -> None:
        """Close the list."""
        await self.run_action("screen.refuse")


class PickScreen(QuestionScreen):
    """The list with its filter; an extra action has Ctrl and its letter."""

    AUTO_FOCUS = "#filter"

    def __init__(self, question: PickQuestion, *, interrupt: Callable[[], bool]) -> None:
        super().__init__(refusal=question.refusal, interrupt=interrupt)
        self._question = question
        self._columns = columns_for(question, 0)
        self._asks_for_text = False

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        question = self._question
        with Vertical(id="panel", classes="-tall"):
            yield Static(Content.styled(one_line(question.title), "bold"), id="title")
            if question.notice:
                yield Static(Content.styled(one_line(question.notice), "$warning"), id="notes")
            yield FilterLine(question.actions)
            if question.columns:
                yield Static(id="columns")
            yield RowList()
            yield Static(id="keys")

    def on_resize(self) -> None:
        """Make the best of the terminal's height."""
        self._fit()

    def on_row_list_resized(self, event: RowList.Resized) -> None:
        """Lay the rows out for the width; at first, the current one is highlighted."""
        highlighted = self.query_one(RowList).highlighted
        current = next((row.id for row in self._question.rows if row.current), "")
        self.query_one("#keys", Static).update(self._keys(event.width))
        self._columns = columns_for(self._question, event.width)
        if self._question.columns:
            self.query_one("#columns", Static).update(heading_row(self._question, self._columns))
        if not self._asks_for_text:
            self._show_rows(highlighted.id if highlighted else current)
        self._fit()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        if not self._asks_for_text:
            self._show_rows()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pick the highlighted row."""
        if self._asks_for_text:
            self._answer_custom(event.value)
        elif row := self.query_one(RowList).highlighted:
            self._pick(row)

    def on_row_list_clicked(self, event: RowList.Clicked) -> None:
        """Pick the row."""
        self._pick(event.row)

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        self.query_one(RowList).move(step)

    def action_act(self, action: str) -> None:
        """Answer with an extra action."""
        self.answer(action, self._picked())

    def _fit(self) -> None:
        """Be no taller than all rows need; in a low terminal, do without the frame."""
        panel, rows = self.query_one("#panel"), self.query_one(RowList)
        panel.set_class(self.app.size.height < ROOMY_ROWS, "-tight")
        others = sum(part.outer_size.height for part in panel.children if part is not rows)
        panel.styles.max_height = (
            others + max(_FEWEST_ROWS, len(matching_rows(self._question, "", self._columns))) + 2
        )

    def _show_rows(self, highlight: str = "") -> None:
        typed = self.query_one(FilterLine).value
        rows = matching_rows(self._question, typed, self._columns)
        keeps_last = bool(self._question.custom_label)
        self.query_one(RowList).show(rows, highlight=highlight, keeps_last=keeps_last)

    def _pick(self, row: ListRow) -> None:
        line = self.query_one(FilterLine)
        if row.id != CUSTOM:
            self.answer(row.id)
        elif line.value.strip():
            self._answer_custom(line.value)
        else:
            self._asks_for_text = True
            line.placeholder = f"{one_line(self._question.custom_label)}: type it, Enter takes it"
            self.query_one(RowList).show(())

    def _picked(self) -> str:
        """The id that an extra action concerns: the highlighted row's, or what was typed for a custom one."""
        highlighted = self.query_one(RowList).highlighted
        if highlighted and highlighted.id != CUSTOM:
            return highlighted.id
        return self.query_one(FilterLine).value.strip()

    def _answer_custom(self, text: str) -> None:
        if text.strip():
            self.answer(CUSTOM, text.strip())

    def _keys(self, width: int) -> Content:
        """Return the keys with what they do, wrapped between them alone."""
        keys = [("Enter", "picks")]
        keys += [(_shown_chord(action), action.label) for action in self._question.actions]
        keys += [("Esc", "closes")]
        lines = [Content()]
        for key, words in keys:
            part = Content.assemble((key, "bold"), f" {words}")
            if lines[-1] and lines[-1].cell_length + len(_SEPARATOR) + part.cell_length > width:
                lines.append(part)
            else:
                lines[-1] = Content.assemble(lines[-1], _SEPARATOR if lines[-1] else "", part)
        return Content("\n").join(lines).stylize("$text-muted")


def _shown_chord(action: Choice) -> str:
    return "Tab" if action.key == _TAB else f"Ctrl+{action.key.upper()}"
