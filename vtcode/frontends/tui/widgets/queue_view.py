"""The messages that wait for the next step of the running turn, or for its end."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from vtcode.visible import plain

_SHOWN = 3


class QueueView(Widget):
    """A line for each waiting message; not there while none waits."""

    def __init__(self) -> None:
        super().__init__(id="queue")
        self._lines: tuple[str, ...] = ()
        self.display = False

    def show(self, waiting: tuple[str, ...], steering: tuple[str, ...] = ()) -> None:
        """Show these messages, first those that join the running turn."""
        lines = (
            *(f"joins at the next step: {text}" for text in steering),
            *(f"queued: {text}" for text in waiting),
        )
        if lines != self._lines:
            self._lines = lines
            self.display = bool(lines)
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the lines, each cut at the widget's width."""
        return queue_content(self._lines, self.size.width)


def queue_content(messages: tuple[str, ...], width: int) -> Content:
    """Return a line a message, and one that says how to get them back."""
    lines = [
        Content(" ".join(plain(text).split())).truncate(width, ellipsis=True) for text in messages[:_SHOWN]
    ]
    hidden = len(messages) - _SHOWN
    more = f"and {hidden} more · " if hidden > 0 else ""
    lines.append(
        Content.styled(f"{more}Alt+Up edits all, /queue one", "$text-muted").truncate(width, ellipsis=True)
    )
    return Content("\n").join(lines)
