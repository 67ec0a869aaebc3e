"""The Textual app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.frontends.tui.settings import UiSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.frontend import FrontEnd
    from vtcode.session.session import Session

__all__ = ["UiSettings", "run"]


def run(open_session: Callable[[FrontEnd], Awaitable[Session]], settings: UiSettings) -> int:
    """Run the app until the user leaves; return the exit code.

    `open_session` is awaited once the first frame is painted. When it raises a UserFacingError, the user is
    told and may try again; giving up is exit code 1, and so is a defect of ours. The terminal is restored
    whatever happens.
    """
    from vtcode.frontends.tui.app import VtcodeApp

    app = VtcodeApp(open_session, settings)
    code = app.run()
    return code if code is not None else app.return_code or 0
