"""The app in a page: `vtcode serve` starts a process for each, and speaks with it over stdin and stdout."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.drivers.web_driver import WebDriver
from textual.events import AppFocus

from vtcode.frontends.tui.app import VtcodeApp

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.frontends.tui.settings import Prepared

_NO_WRAPPING = "\x1b[?7l"
"""Reset DECAWM, as xterm's manual has it: what is written past the last column stays in it."""


def run_in_browser(prepare: Callable[[], Prepared], *, size: tuple[int, int]) -> int:
    """Run the app until the user leaves or the page is gone; return the exit code, as `run` does.

    Args:
        prepare: As for `run`.
        size: Columns and rows of the page.

    Raises:
        UserFacingError: `prepare` raised it; the app has ended.
    """
    app = VtcodeApp(prepare)
    app.driver_class = BrowserDriver
    code = app.run(size=size)
    if app.refusal:
        raise app.refusal
    return code if code is not None else app.return_code or 0


class BrowserDriver(WebDriver):
    """Textual's driver for pages, which hangs up when the page, or the server, is gone."""

    def start_application_mode(self) -> None:
        """Begin with the keyboard: Textual's driver forgets that the page may have told of it already.

        A row that a page takes for longer than it is, as one with joined emoji, ends where the page does: it
        would go on over the beginning of the next one. Textual asks only real terminals for that.
        """
        super().start_application_mode()
        self.write(_NO_WRAPPING)
        self._app.call_later(self._app.post_message, AppFocus())

    def write(self, data: str) -> None:
        """Draw; where the server is gone, nobody looks."""
        with suppress(BrokenPipeError):
            super().write(data)

    def write_meta(self, data: dict[str, object]) -> None:
        """Tell the server something, if it is there."""
        with suppress(BrokenPipeError):
            super().write_meta(data)

    def run_input_thread(self) -> None:
        """Read what the page sends; its end is what a closed terminal is elsewhere."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            os.kill(os.getpid(), signal.SIGHUP)
