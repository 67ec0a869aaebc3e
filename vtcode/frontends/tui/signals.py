"""Leaving when the terminal goes away, or the system wants us gone."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_GONE_S = 5.0
"""Time for the session to close once the terminal has gone away."""


def leave_on_signals(leave: Callable[[], None]) -> None:
    """Leave as on a key when the terminal goes away or the system wants us gone."""

    def leave_without_terminal() -> None:
        """Leave, but don't wait for a screen that is gone: Textual's writer may never take another word."""
        last_resort = threading.Timer(_GONE_S, os._exit, (128 + signal.SIGHUP,))
        last_resort.daemon = True
        last_resort.start()
        leave()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leave)
    loop.add_signal_handler(signal.SIGHUP, leave_without_terminal)
