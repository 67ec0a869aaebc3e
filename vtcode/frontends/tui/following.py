"""The app follows a session: at its start, and when another one takes its place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.frontends.tui.history import PromptHistory
from vtcode.session.file_index import FileIndex

if TYPE_CHECKING:
    from vtcode.frontends.tui.base_app import BaseApp
    from vtcode.frontends.tui.conversation import Conversation
    from vtcode.frontends.tui.front_end import TuiFrontEnd
    from vtcode.frontends.tui.reading import Reading
    from vtcode.session.session import Session

_REPLAYED_AT_ONCE = 200


async def follow(
    app: BaseApp, session: Session, *, front_end: TuiFrontEnd, reading: Reading, conversation: Conversation
) -> None:
    """Have every part of the app go by this session from now on, and show what it holds."""
    app.prompt.past_prompts = PromptHistory(session.history_file)
    app.completions.attach(session.custom_prompts, FileIndex(session.workspace, added=session.folders.listed))
    front_end.attach(session)
    reading.attach(session)
    await _replay(app, session)
    conversation.attach(session)


async def _replay(app: BaseApp, session: Session) -> None:
    """Show what a resumed session holds, without keeping the keyboard waiting for long."""
    for count, event in enumerate(session.past):
        app.transcript.apply(event)
        if count % _REPLAYED_AT_ONCE == 0:
            await asyncio.sleep(0)
