"""The messages that wait for the end of the running turn."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from vtcode.visible import plain

_SHOWN = 3


class QueueView(Widget):
    """A line for each waiting message; not there while none waits."""

    def __init__(self) -> None:
        super().__init__(id="queue")
        self._waiting: tuple[str, ...] = ()
        self.display = False

    def show(self, waiting: tuple[str, ...]) -> None:
        """Show these messages."""
        if waiting != self._waiting:
            self._waiting = waiting
            self.display = bool(waiting)
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the lines, each cut at the widget's width."""
        return queue_content(self._waiting, self.size.width)


def queue_content(waiting: tuple[str, ...], width: int) -> Content:
    """Return a line a message, and one that says how to get them back."""
    lines = [
        Content(f"queued: {' '.join(plain(text).split())}").truncate(width, ellipsis=True)
        for text in waiting[:_SHOWN]
    ]
    hidden = len(waiting) - _SHOWN
    more = f"and {hidden} more · " if hidden > 0 else ""
    lines.append(
        Content.styled(f"{more}Alt+Up edits all, /queue one", "$text-muted").truncate(width, ellipsis=True)
    )
    return Content("\n").join(lines)
