"""Finishing what must be finished although the task was cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def despite_cancellation(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, whatever cancellation reaches the caller meanwhile.

    For the few events that close a turn: the caller re-raises its own CancelledError afterwards.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
    task.result()
