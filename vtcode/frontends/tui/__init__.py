"""The Textual app."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from vtcode.frontends.tui.background import BackgroundQuestion, can_ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.frontends.tui.settings import Prepared

_FRAMES_PER_S = "120"


def run(prepare: Callable[[], Prepared]) -> int:
    """Run the app until the user leaves; return the exit code.

    When the session can't be opened, the user is told and may try again; giving up is exit code 1, and so is
    a defect of ours. The terminal is restored whatever happens.

    Args:
        prepare: Called in a thread once the first frame is painted: what it imports takes a while.

    Raises:
        UserFacingError: `prepare` raised it; the app has ended.
    """
    # How long Textual waits before it draws: by default up to a sixtieth of a second, in which the next token
    # would be there. It reads this when it is imported.
    os.environ.setdefault("TEXTUAL_FPS", _FRAMES_PER_S)
    with BackgroundQuestion() if can_ask(os.environ) else nullcontext() as question:
        from vtcode.frontends.tui.app import VtcodeApp

        background, typed = question.answer() if question else ("", "")
    app = VtcodeApp(prepare, background=background, typed=typed)
    code = app.run()
    if app.refusal:
        raise app.refusal
    if app.farewell:
        sys.stdout.write(f"{app.farewell}\n")
    return code if code is not None else app.return_code or 0
