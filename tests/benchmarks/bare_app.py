"""What every Textual app pays: one TextArea, and nothing else."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import TextArea


class BareApp(App[None]):
    """The smallest app that takes text."""

    def compose(self) -> ComposeResult:
        """Put one TextArea on the screen."""
        yield TextArea()


if __name__ == "__main__":
    BareApp().run()
