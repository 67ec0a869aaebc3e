"""The downloads that go on while the user works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from vtcode.frontends.wording import download_facts, one_line, progress_bar

if TYPE_CHECKING:
    from vtcode.events import ModelDownloading

_BAR_CELLS = 16


class DownloadsView(Widget):
    """A line for each download that runs; not there while none does."""

    def __init__(self) -> None:
        super().__init__(id="downloads")
        self._going_on: dict[str, ModelDownloading] = {}
        self.display = False

    def show(self, event: ModelDownloading) -> None:
        """Show how far a download is now; one that ended goes."""
        before = len(self._going_on)
        if event.state in ("downloading", "paused"):
            self._going_on[event.model] = event
        else:
            self._going_on.pop(event.model, None)
        self.display = bool(self._going_on)
        self.refresh(layout=len(self._going_on) != before)

    def render(self) -> Content:
        """Return the lines, each cut at the widget's width."""
        lines = [
            download_line(event).truncate(self.size.width, ellipsis=True) for event in self._going_on.values()
        ]
        return Content("\n").join(lines)


def download_line(event: ModelDownloading) -> Content:
    """Return a name, a bar where the size is known, and the figures."""
    name = Content(f"{event.state} {one_line(event.model)}  ")
    if event.downloaded_bytes is None or not event.total_bytes:
        return Content.assemble(name, (download_facts(event), "$text-muted"))
    bar = progress_bar(event.downloaded_bytes / event.total_bytes, _BAR_CELLS)
    full = bar.rstrip("─")
    return Content.assemble(
        name,
        (full, "$primary"),
        (bar[len(full) :], "$text-muted"),
        (f"  {download_facts(event)}", "$text-muted"),
    )
