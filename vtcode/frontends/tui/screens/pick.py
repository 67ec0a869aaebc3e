"""A list to pick from, filtered as you type."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.screens.pick_rows import (
    CUSTOM,
    columns_for,
    cut_words,
    heading_row,
    longest_cut,
    matching_rows,
)
from vtcode.frontends.tui.screens.question import ROOMY_ROWS, QuestionScreen, panel_cells
from vtcode.frontends.tui.widgets.row_list import ListRow, RowList
from vtcode.frontends.tui.widgets.text_line import TextLine
from vtcode.frontends.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import Input

    from vtcode.questions import Choice, PickQuestion

_FEWEST_ROWS = 3
_FEWEST_PANEL_ROWS = 8
_MOST_CUT_CELLS = 120
"""For what the highlighted row has no room for; at least two rows."""
_SCROLL_BAR = 1
"""Cells that the list leaves for it, so that its rows stay as they are when it comes and goes."""
_SEPARATOR = " · "
_TAB = "i"
"""The letter whose chord, Ctrl+I, terminals send as Tab."""


def chord(action: Choice) -> str:
    """Return the key of an extra action, as Textual names it."""
    return "tab" if action.key == _TAB else f"ctrl+{action.key}"


class FilterLine(TextLine):
    """The filter; moves the highlight of the list below it."""

    BINDINGS = bindings("list")

    def __init__(self, actions: Sequence[Choice]) -> None:
        """`actions`: what can be done with a row; their keys go before those for editing the line."""
        super().__init__("filter", placeholder="Type to filter")
        self._actions = {chord(action): action.id for action in actions}

    async def on_key(self, event: events.Key) -> None:
        """Do what is offered for a row; Textual goes on with what every line does."""
        if event.key in self._actions:
            event.stop()
            event.prevent_default()
            await self.run_action(f"screen.act('{self._actions[event.key]}')")

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
        self._fitted_to = Size(0, 0)
        self._cut_rows = 0
        """The rows below the list for what the highlighted one has no room for."""
        self._asks_for_text = False

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        question = self._question
        with Vertical(id="panel"):
            yield Static(Content.styled(one_line(question.title), "bold"), id="title")
            if question.notice:
                yield Static(Content.styled(one_line(question.notice), "$warning"), id="notes")
            yield FilterLine(question.actions)
            if question.columns:
                yield Static(id="columns")
            yield RowList()
            yield Static(id="cut")
            yield Static(id="keys")

    def on_mount(self) -> None:
        """Lay all out for the terminal, so that already the first frame has the rows."""
        self._fit()

    def on_resize(self) -> None:
        """Lay all out anew for another terminal."""
        if self.app.size != self._fitted_to:
            self._fit()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        self._show_rows(anew=True)

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
        self._show_cut_words()

    def action_act(self, action: str) -> None:
        """Answer with an extra action."""
        self.answer(action, self._picked())

    def _fit(self) -> None:
        """Share the terminal out: no taller than all rows need; in a low one, do without the frame."""
        size = self._fitted_to = self.app.size
        framed = size.height >= ROOMY_ROWS
        self.query_one("#panel").set_class(not framed, "-tight")
        width = panel_cells(size.width, framed=framed)
        self._columns = columns_for(self._question, width - _SCROLL_BAR)
        keys = self._keys(width)
        self.query_one("#keys", Static).update(keys)
        if self._question.columns:
            self.query_one("#columns", Static).update(heading_row(self._question, self._columns))
        above = (Content(one_line(text)) for text in (self._question.title, self._question.notice) if text)
        others = sum(text.get_height({}, width) for text in above) + keys.get_height({}, width)
        others += 1 + bool(self._question.columns) + (2 if framed else 0)
        room = (max(_FEWEST_PANEL_ROWS, size.height * 4 // 5) if framed else size.height) - others
        self._cut_rows = min(
            ceil(longest_cut(self._question, self._columns) / self._columns.width),
            max(2, ceil(_MOST_CUT_CELLS / width)),
            max(0, room - _FEWEST_ROWS),
        )
        self.query_one("#cut").styles.height = self._cut_rows
        wanted = max(_FEWEST_ROWS, len(matching_rows(self._question, "", self._columns)))
        self.query_one(RowList).styles.height = max(1, min(wanted, room - self._cut_rows))
        self._show_rows()

    def _show_rows(self, *, anew: bool = False) -> None:
        """Show the rows that fit what is typed; `anew`: with the first one highlighted."""
        if self._asks_for_text:
            return
        shown = self.query_one(RowList)
        current = next((row.id for row in self._question.rows if row.current), "")
        highlight = "" if anew else shown.highlighted.id if shown.highlighted else current
        rows = matching_rows(self._question, self.query_one(FilterLine).value, self._columns)
        shown.show(rows, highlight=highlight, keeps_last=bool(self._question.custom_label))
        self._show_cut_words()

    def _show_cut_words(self) -> None:
        """Show below the list what the highlighted row has no room for."""
        row, typed = self.query_one(RowList).highlighted, self.query_one(FilterLine).value
        words = cut_words(self._question, row.id if row else "", typed, self._columns)
        lines = words.wrap(self._columns.width) if words else []
        if len(lines) > self._cut_rows > 0:
            last = Content(" ").join(lines[self._cut_rows - 1 :])
            lines = [*lines[: self._cut_rows - 1], last.truncate(self._columns.width, ellipsis=True)]
        self.query_one("#cut", Static).update(Content("\n").join(lines))

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
            self._show_cut_words()

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
