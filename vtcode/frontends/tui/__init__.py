"""The Textual app."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from vtcode.frontends.tui.settings import Prepared, UiSettings

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Prepared", "UiSettings", "run"]


def run(prepare: Callable[[], Prepared], *, first_theme: str = "") -> int:
    """Run the app until the user leaves; return the exit code.

    When the session can't be opened, the user is told and may try again; giving up is exit code 1, and so is
    a defect of ours. The terminal is restored whatever happens.

    Args:
        prepare: Called once the first frame is painted, in a thread of its own: what it imports takes a while.
        first_theme: What `ui.theme` probably is, until `prepare` says it.

    Raises:
        UserFacingError: `prepare` raised it; the app has ended.
    """
    # Nothing that is made before the session is open becomes garbage; looking for some takes as long as a
    # quarter of the start.
    gc.disable()
    from vtcode.frontends.tui.app import VtcodeApp

    app = VtcodeApp(prepare, first_theme=first_theme)
    code = app.run()
    if app.refusal:
        raise app.refusal
    return code if code is not None else app.return_code or 0
