"""The downloads that go on while the user works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from vtcode.frontends.tui.rendering.lines import cut_middle
from vtcode.frontends.wording import download_facts, one_line, progress_bar

if TYPE_CHECKING:
    from vtcode.events import ModelDownloading

_BAR_CELLS = 16
_NARROWEST_NAME = 12


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
        """Return the lines, each as wide as the widget at the most."""
        return Content("\n").join(download_line(event, self.size.width) for event in self._going_on.values())


def download_line(event: ModelDownloading, width: int) -> Content:
    """Return a name, a bar where the size is known, and the figures; a long name loses its middle."""
    facts = download_facts(event) or event.state
    bar = ""
    if event.downloaded_bytes is not None and event.total_bytes:
        bar = progress_bar(event.downloaded_bytes / event.total_bytes, _BAR_CELLS)
    full = bar.rstrip("─")
    name = cut_middle(one_line(event.model), max(_NARROWEST_NAME, width - len(bar) - len(facts) - 6))
    return Content.assemble(
        f"↓ {name}  ", (full, "$primary"), (f"{bar[len(full) :]}  {facts}".lstrip(), "$text-muted")
    ).truncate(width, ellipsis=True)
