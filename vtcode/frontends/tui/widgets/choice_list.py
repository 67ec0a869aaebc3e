"""A question's answers: picked by letter, by number, or with the arrows and Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events

    from vtcode.frontends.tui.typeahead import TypeAheadGuard
    from vtcode.questions import Choice

_PAUSE_HINT = "You were typing: keys answer once you pause. What you typed is in the prompt."


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

    class Grew(Message):
        """The list takes a line more than before."""

    def __init__(self, choices: tuple[Choice, ...], guard: TypeAheadGuard) -> None:
        super().__init__(id="choices")
        self._choices = choices
        self._guard = guard
        self._highlighted = 0
        self._kept_a_key = False

    def on_mount(self) -> None:
        """Start to count once the first frame with the question is out."""
        self.call_after_refresh(self._guard.appeared)

    def render(self) -> Content:
        """Return the choices, the highlighted one marked by more than its colour."""
        lines = [self._line(index, choice) for index, choice in enumerate(self._choices)]
        if self._kept_a_key:
            lines.append(Content.styled(_PAUSE_HINT, "$warning"))
        return Content("\n").join(lines)

    def on_key(self, event: events.Key) -> None:
        """Pick, move, or keep a key that comes too early."""
        if not self._guard.admits():
            event.stop()
            event.prevent_default()
            self._keep(event)
            return
        if event.key in ("up", "down"):
            step = 1 if event.key == "down" else -1
            self._highlighted = (self._highlighted + step) % len(self._choices)
            self.refresh()
        elif event.key == "enter":
            self.post_message(self.Chosen(self._choices[self._highlighted]))
        elif choice := self._by_key(event.character or ""):
            self.post_message(self.Chosen(choice))
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """A paste never answers anything."""
        event.stop()
        self.post_message(self.TypedAhead(event.text))

    def on_click(self, event: events.Click) -> None:
        """Pick the choice under the mouse."""
        row = event.y
        for index, choice in enumerate(self._choices):
            row -= self._line(index, choice).get_height({}, self.size.width)
            if row < 0:
                if self._guard.admits():
                    self.post_message(self.Chosen(choice))
                return

    def _keep(self, event: events.Key) -> None:
        if event.character and event.is_printable:
            self.post_message(self.TypedAhead(event.character))
        if not self._kept_a_key:
            self._kept_a_key = True
            self.refresh(layout=True)
            self.post_message(self.Grew())

    def _by_key(self, character: str) -> Choice | None:
        if character.isdecimal() and 1 <= int(character) <= len(self._choices):
            return self._choices[int(character) - 1]
        return next((choice for choice in self._choices if choice.key == character.lower()), None)

    def _line(self, index: int, choice: Choice) -> Content:
        marked = index == self._highlighted
        return Content.assemble(
            ("› " if marked else "  ", "bold $primary"),
            (f"{index + 1} ", "$text-muted"),
            (choice.key, "bold $accent"),
            " ",
            (choice.label, "bold" if marked else ""),
        )
