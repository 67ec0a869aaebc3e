"""A list to pick from, filtered as you type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.screens.question import QuestionScreen
from vtcode.frontends.tui.widgets.ordered_keys import run_bound
from vtcode.frontends.tui.widgets.row_list import ListRow, RowList
from vtcode.frontends.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from vtcode.questions import PickQuestion, PickRow

_CUSTOM = "custom"


def matching_rows(question: PickQuestion, typed: str) -> list[ListRow]:
    """Return the rows that hold every word of `typed`, under their groups, and last the one for free text."""
    words = typed.lower().split()
    rows: list[ListRow] = []
    group = ""
    for row in question.rows:
        if not all(word in f"{row.label} {row.detail}".lower() for word in words):
            continue
        if row.group != group:
            group = row.group
            rows.append(ListRow(id="", content=Content.styled(one_line(group), "$text-muted"), heading=True))
        rows.append(ListRow(id=row.id, content=_row_content(row, words)))
    if question.custom_label:
        label = Content(one_line(question.custom_label))
        if typed.strip():
            label = Content.assemble(label, ": ", (one_line(typed.strip()), "$accent"))
        rows.append(ListRow(id=_CUSTOM, content=label))
    return rows


def _row_content(row: PickRow, words: list[str]) -> Content:
    label = one_line(row.label)
    content = Content(label)
    for word in words:
        start = label.lower().find(word)
        if start >= 0:
            content = content.stylize("$accent underline", start, start + len(word))
    current = ("  current", "$success") if row.current else ""
    return Content.assemble(
        content, current, ("  " + one_line(row.detail) if row.detail else "", "$text-muted")
    )


class FilterLine(Input):
    """The filter; moves the highlight of the list below it."""

    BINDINGS = bindings("list")

    async def on_key(self, event: events.Key) -> None:
        """Run what is bound to the key, in order with what is typed."""
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
        self._asks_for_text = False

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        question = self._question
        with Vertical(id="panel", classes="-tall"):
            yield Static(Content.styled(one_line(question.title), "bold"), id="title")
            if question.notice:
                yield Static(Content.styled(one_line(question.notice), "$warning"), id="notes")
            yield FilterLine(id="filter", placeholder="Type to filter", compact=True)
            yield RowList()
            yield Static(Content.styled(self._keys(), "$text-muted"), id="keys")

    def on_mount(self) -> None:
        """Show all rows, the current one highlighted."""
        current = next((row.id for row in self._question.rows if row.current), "")
        self.query_one(RowList).show(matching_rows(self._question, ""), highlight=current)

    def on_key(self, event: events.Key) -> None:
        """Run an extra action."""
        for action in self._question.actions:
            if event.key == f"ctrl+{action.key}":
                event.stop()
                self.answer(action.id, self._picked())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        if not self._asks_for_text:
            self.query_one(RowList).show(matching_rows(self._question, event.value))

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

    def _pick(self, row: ListRow) -> None:
        line = self.query_one(FilterLine)
        if row.id != _CUSTOM:
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
        if highlighted and highlighted.id != _CUSTOM:
            return highlighted.id
        return self.query_one(FilterLine).value.strip()

    def _answer_custom(self, text: str) -> None:
        if text.strip():
            self.answer(_CUSTOM, text.strip())

    def _keys(self) -> str:
        extra = [f"Ctrl+{action.key.upper()} {action.label}" for action in self._question.actions]
        return " · ".join(["Enter picks", *extra, "Esc closes"])
