"""A question's answers: picked by letter, by number, or with the arrows and Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from vtcode.frontends.tui.rendering.lines import cut_middle
from vtcode.frontends.tui.typeahead import LoneKeys
from vtcode.frontends.tui.widgets.ordered_keys import typed_character
from vtcode.frontends.wording import one_line

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from vtcode.frontends.tui.typeahead import TypeAheadGuard
    from vtcode.questions import Choice

_PAUSE_HINTS = (
    "You were typing, into the prompt: keys answer once you pause.",
    "You were typing: pause, then answer.",
)
_MOMENT_HINTS = (
    "This has only just come up: keys answer in a moment.",
    "Just come up: keys answer in a moment.",
)
_CONFIRM_HINT = "Enter confirms"
_ALWAYS_COUNT = frozenset({"escape", "ctrl+c"})
"""They allow nothing, so none of them can be meant for anything worse."""
_LABEL_AT = 6
"""The cells before a label: the mark, the number, the letter."""
_MOST_ROWS = 2


class ChoiceList(Widget, can_focus=True):
    """The choices, one a line; takes no key that the guard does not let through."""

    class Chosen(Message):
        """The user picked a choice."""

        def __init__(self, choice: Choice) -> None:
            self.choice = choice
            super().__init__()

    class TypedAhead(Message):
        """A text was typed that the guard kept from answering."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Hinted(Message):
        """The list has something to say to the user; empty: no longer."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(
        self,
        choices: tuple[Choice, ...],
        guard: TypeAheadGuard,
        *,
        resting: str,
        confirmed: frozenset[str] = frozenset(),
        passed: frozenset[str] = frozenset(),
    ) -> None:
        """Take the choices.

        Args:
            choices: In order of display, the first one highlighted.
            guard: Says which keys count.
            resting: The choice to highlight for a user who is typing something else.
            confirmed: The choices whose letter only highlights them, for Enter to confirm.
            passed: Names of the keys that are the screen's, as long as they are not part of a text.
        """
        super().__init__(id="choices")
        self._choices = choices
        self._guard = guard
        self._resting = _place(choices, resting)
        self._confirmed = confirmed
        self._passed = passed
        self._highlighted = 0
        self._keys = LoneKeys(self.set_timer, self._take_typed)
        self._hint = ""
        self._pause: Timer | None = None
        """Takes the hint away that tells of a pause, once that is over."""
        self._has_typed = False
        """A text was typed here that was kept from answering."""

    def show_choices(self, choices: tuple[Choice, ...]) -> None:
        """Offer others; the one to rest on stays one of them."""
        resting = self._choices[self._resting].id
        self._choices, self._resting = choices, _place(choices, resting)
        self._move_to(0)

    @property
    def count(self) -> int:
        """How many choices there are: the fewest rows that show all of them."""
        return len(self._choices)

    def rows_at(self, width: int) -> int:
        """Return how many rows show the choices with all of their labels."""
        return sum(len(_label_rows(choice, width - _LABEL_AT, _MOST_ROWS)) for choice in self._choices)

    def highlight(self, choice: Choice) -> None:
        """Highlight a choice, as if it had been moved to."""
        self._move_to(self._choices.index(choice))

    def on_mount(self) -> None:
        """Start to count once the first frame with the question is out."""
        self.call_after_refresh(self._guard.appeared)

    def render(self) -> Content:
        """Return the choices around the highlighted one, which is marked by more than its colour."""
        return Content("\n").join([row for _, row in self._shown()])

    def on_key(self, event: events.Key) -> None:
        """Pick, move, or keep a key that comes too early or is part of a text."""
        if event.key in _ALWAYS_COUNT:
            return
        if not self._guard.admits():
            self._keep(event)
        elif event.key in ("up", "down"):
            step = 1 if event.key == "down" else -1
            self._move_to((self._highlighted + step) % len(self._choices))
        elif event.key == "enter":
            self._choose(self._choices[self._highlighted])
        elif not typed_character(event) or self._passes(event):
            return
        else:
            self._take_character(event)
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """A paste never answers anything."""
        event.stop()
        self.post_message(self.TypedAhead(event.text))

    def on_click(self, event: events.Click) -> None:
        """Pick the choice under the mouse."""
        shown = self._shown()
        if event.y < len(shown) and self._guard.admits():
            self._choose(self._choices[shown[event.y][0]])

    def _take_character(self, event: events.Key) -> None:
        choice = self._by_key(event.character or "")
        if choice is None or not self._keys.add(event.character or ""):
            self._guard.close()
            self._keep(event)
        elif choice.takes_text:
            self.highlight(choice)
            self._choose(choice)  # it only opens a line: what follows is typed there
        else:
            self._highlight(self._choices.index(choice))
            if len(self._keys.typed) > 1:
                self._show_hint(_CONFIRM_HINT)

    def _take_typed(self) -> None:
        """Take the choice whose letter stood alone, or have Enter confirm it where it allows more."""
        choice = self._choices[self._highlighted]
        if choice.id in self._confirmed and not self._keys.typed[-1:].isdecimal():
            self._show_hint(_CONFIRM_HINT)
        else:
            self._choose(choice)

    def _choose(self, choice: Choice) -> None:
        self._keys.forget()
        self.post_message(self.Chosen(choice))

    def _passes(self, event: events.Key) -> bool:
        return event.key in self._passed and not self._keys.typed

    def _keep(self, event: events.Key) -> None:
        """Answer nothing; a character is for the prompt, and the Enter after it must not approve."""
        if character := typed_character(event):
            text = self._keys.typed + character
            self._move_to(self._resting)
            self.post_message(self.TypedAhead(text))
            self._has_typed = True
        whole, short = _PAUSE_HINTS if self._has_typed or self._guard.was_typing else _MOMENT_HINTS
        self._show_hint(whole if len(whole) <= self.size.width else short)
        self._pause = self.set_timer(self._guard.quiet_s, self._end_pause)

    def _end_pause(self) -> None:
        """Say no longer that keys have to wait, unless they still have to."""
        if self._guard.is_quiet:
            self._show_hint("")
        else:
            self._pause = self.set_timer(self._guard.quiet_s, self._end_pause)

    def _move_to(self, index: int) -> None:
        """Highlight a choice by something else than its letter."""
        self._keys.forget()
        self._highlight(index)

    def _highlight(self, index: int) -> None:
        self._highlighted = index
        self._show_hint("")
        self.refresh()

    def _show_hint(self, hint: str) -> None:
        if self._pause:
            self._pause.stop()
        if hint != self._hint:
            self._hint = hint
            self.post_message(self.Hinted(hint))

    def _shown(self) -> list[tuple[int, Content]]:
        """Return the rows in sight, each with the choice that it is of."""
        height = max(1, self.size.height)
        most = _MOST_ROWS if self.rows_at(self.size.width) <= height else 1
        rows = [(index, row) for index in range(self.count) for row in self._lines(index, most)]
        last = max(at for at, (index, _) in enumerate(rows) if index == self._highlighted)
        first = max(0, last - height + 1)
        return rows[first : first + height]

    def _by_key(self, character: str) -> Choice | None:
        if character.isdecimal() and 1 <= int(character) <= len(self._choices):
            return self._choices[int(character) - 1]
        return next((choice for choice in self._choices if choice.key == character.lower()), None)

    def _lines(self, index: int, most_rows: int) -> list[Content]:
        choice = self._choices[index]
        marked = index == self._highlighted
        start = Content.assemble(
            ("› " if marked else "  ", "bold $primary"),
            (f"{index + 1} ", "$text-muted"),
            (choice.key, "bold $accent"),
            " ",
        )
        style = "bold" if marked else ""
        first, *others = _label_rows(choice, self.size.width - _LABEL_AT, most_rows)
        rest = [Content.assemble(" " * _LABEL_AT, (row, style)) for row in others]
        return [start.append(Content.styled(first, style)), *rest]


def _label_rows(choice: Choice, width: int, most: int) -> list[str]:
    """Return a label in rows; one that needs more of them than `most` loses its middle."""
    label, width = one_line(choice.label), max(1, width)
    if most == 1 or cell_len(label) <= width:
        return [cut_middle(label, width)]
    rows = [row.plain for row in Content(label).wrap(width)]
    return rows if len(rows) <= most else chop_cells(cut_middle(label, most * (width - 1)), width)


def _place(choices: tuple[Choice, ...], choice_id: str) -> int:
    """Return where a choice stands; 0 where it does not."""
    return next((at for at, choice in enumerate(choices) if choice.id == choice_id), 0)
