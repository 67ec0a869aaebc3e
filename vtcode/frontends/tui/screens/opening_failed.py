"""What is said when no session could be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vtcode.session.secrets import without_secrets
from vtcode.visible import plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from vtcode.errors import UserFacingError


class OpeningFailedScreen(ModalScreen[bool]):
    """Says what happened and what to do; dismissed with whether to try again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r,enter", "dismiss(True)", "Try again", show=False),
        Binding("q,escape,ctrl+c,ctrl+d,ctrl+q", "dismiss(False)", "Quit", show=False),
    ]

    def __init__(self, error: UserFacingError, *, tried_again_at: str = "") -> None:
        """`tried_again_at`: when the user tried again with the same outcome, as a time of the day."""
        super().__init__()
        self._error = error
        self._tried_again_at = tried_again_at

    def compose(self) -> ComposeResult:
        """Lay the message out."""
        with Vertical(id="panel"):
            yield Static(Content.styled(_shown(self._error.message), "bold $error"), id="title")
            if self._error.hint:
                yield Static(Content(_shown(self._error.hint)), id="body")
            if self._tried_again_at:
                yield Static(Content(f"Tried again {self._tried_again_at}: no change"), id="notes")
            yield Static(
                Content.assemble(("r", "bold $accent"), " try again   ", ("q", "bold $accent"), " quit"),
                id="keys",
            )


def _shown(text: str) -> str:
    return without_secrets(plain(text))
