"""What a session knows of its window, for commands: shortening by hand, and what fills it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.agent.cancellation import despite_cancellation
from vtcode.agent.compaction import compact
from vtcode.agent.filling import Filling, filling_of
from vtcode.agent.window_files import WindowFile, window_files
from vtcode.events import Notice

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent
    from vtcode.config.schema import ContextSettings


class Compaction:
    """The window of the conversation."""

    def __init__(self, agent: Agent, settings: ContextSettings) -> None:
        self._agent = agent
        agent.compact_at_share = settings.compact_at_share if settings.auto_compact else None

    async def by_hand(self, keep: str) -> None:
        """Shorten the conversation as far as can be; what was done is told.

        Args:
            keep: What the summary is to keep in mind; empty: nothing in particular.

        Raises:
            CancelledError: Nothing has changed, which the user is told.
        """
        emit = self._agent.emit
        try:
            compacted = await compact(self._agent, trigger="manual", keep=keep)
        except asyncio.CancelledError:
            text = "Not compacted: the conversation is as it was."
            await despite_cancellation(emit(Notice(level="info", text=text)))
            raise
        if compacted is None:
            text = "There is nothing to compact: no older messages or results that would make room."
            await emit(Notice(level="info", text=text))

    def filling(self) -> Filling:
        """Return what fills the window now."""
        return filling_of(self._agent)

    def files(self) -> tuple[WindowFile, ...]:
        """Return the files that the model has read and changed, with what it is still sent of them."""
        return window_files(self._agent)
