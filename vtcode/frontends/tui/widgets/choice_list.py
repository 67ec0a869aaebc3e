"""A question's answers: picked by letter, by number, or with the arrows and Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from vtcode.frontends.tui.rendering.lines import cut_middle
from vtcode.frontends.tui.typeahead import LoneKeys
from vtcode.frontends.tui.widgets.ordered_keys import typed_character
from vtcode.frontends.wording import one_line

if TYPE_CHECKING:
    from textual import events

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
        refusal: str,
        confirmed: frozenset[str] = frozenset(),
        passed: frozenset[str] = frozenset(),
    ) -> None:
        """Take the choices.

        Args:
            choices: In order of display, the first one highlighted.
            guard: Says which keys count.
            refusal: The choice to highlight for a user who is typing something else.
            confirmed: The choices whose letter only highlights them, for Enter to confirm.
            passed: Names of the keys that are the screen's, as long as they are not part of a text.
        """
        super().__init__(id="choices")
        self._choices = choices
        self._guard = guard
        self._refusal = _place(choices, refusal)
        self._confirmed = confirmed
        self._passed = passed
        self._highlighted = 0
        self._keys = LoneKeys(self.set_timer, self._take_typed)
        self._hint = ""
        self._has_typed = False
        """A text was typed here that was kept from answering."""

    def show_choices(self, choices: tuple[Choice, ...]) -> None:
        """Offer others; the refusal stays one of them."""
        refusal = self._choices[self._refusal].id
        self._choices, self._refusal = choices, _place(choices, refusal)
        self._move_to(0)

    def on_mount(self) -> None:
        """Start to count once the first frame with the question is out."""
        self.call_after_refresh(self._guard.appeared)

    def render(self) -> Content:
        """Return the choices around the highlighted one, which is marked by more than its colour."""
        first = self._first_shown()
        shown = range(first, min(len(self._choices), first + self.size.height))
        return Content("\n").join([self._line(index) for index in shown])

    def on_key(self, event: events.Key) -> None:
        """Pick, move, or keep a key that comes too early or is part of a text."""
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
        index = self._first_shown() + event.y
        if index < len(self._choices) and self._guard.admits():
            self._choose(self._choices[index])

    def _take_character(self, event: events.Key) -> None:
        choice = self._by_key(event.character or "")
        if choice is None or not self._keys.add(event.character or ""):
            self._guard.close()
            self._keep(event)
        elif choice.takes_text:
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
            self._move_to(self._refusal)
            self.post_message(self.TypedAhead(text))
            self._has_typed = True
        whole, short = _PAUSE_HINTS if self._has_typed or self._guard.was_typing else _MOMENT_HINTS
        self._show_hint(whole if len(whole) <= self.size.width else short)

    def _move_to(self, index: int) -> None:
        """Highlight a choice by something else than its letter."""
        self._keys.forget()
        self._highlight(index)

    def _highlight(self, index: int) -> None:
        self._highlighted = index
        self._show_hint("")
        self.refresh()

    def _show_hint(self, hint: str) -> None:
        if hint != self._hint:
            self._hint = hint
            self.post_message(self.Hinted(hint))

    def _first_shown(self) -> int:
        return max(0, self._highlighted - max(1, self.size.height) + 1)

    def _by_key(self, character: str) -> Choice | None:
        if character.isdecimal() and 1 <= int(character) <= len(self._choices):
            return self._choices[int(character) - 1]
        return next((choice for choice in self._choices if choice.key == character.lower()), None)

    def _line(self, index: int) -> Content:
        choice = self._choices[index]
        marked = index == self._highlighted
        start = Content.assemble(
            ("› " if marked else "  ", "bold $primary"),
            (f"{index + 1} ", "$text-muted"),
            (choice.key, "bold $accent"),
            " ",
        )
        label = cut_middle(one_line(choice.label), self.size.width - start.cell_length)
        return start.append(Content.styled(label, "bold" if marked else ""))


def _place(choices: tuple[Choice, ...], choice_id: str) -> int:
    """Return where a choice stands; 0 where it does not."""
    return next((at for at, choice in enumerate(choices) if choice.id == choice_id), 0)
