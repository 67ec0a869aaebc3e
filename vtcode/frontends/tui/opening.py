"""Opening the session, as often as the user wants to try."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vtcode.errors import UserFacingError
from vtcode.frontends.tui.screens.opening_failed import OpeningFailedScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.frontend import FrontEnd
    from vtcode.session.session import Session


async def open_until_given_up(
    open_session: Callable[[FrontEnd], Awaitable[Session]],
    front_end: FrontEnd,
    try_again: Callable[[OpeningFailedScreen], Awaitable[bool | None]],
) -> Session | None:
    """Return the session; None: the user gave up. `try_again` shows what failed, and says what they want."""
    tried_again_at = ""
    while True:
        try:
            return await open_session(front_end)
        except UserFacingError as error:
            screen = OpeningFailedScreen(error, tried_again_at=tried_again_at)
            if error.given_up or not await try_again(screen):
                return None
            tried_again_at = time.strftime("%H:%M:%S")
