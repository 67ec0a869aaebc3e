"""`/resume` and `/fork`: other sessions of this workspace, and a branch of this one."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from vtcode.amounts import age
from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.errors import UsageError
from vtcode.events import Notice
from vtcode.questions import PickQuestion, PickRow
from vtcode.session.log import is_in_use
from vtcode.session.store import SessionStore, copy_privately, turns_in
from vtcode.session.undo import record_of
from vtcode.visible import revealed

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.session.session import Session
    from vtcode.session.store import RecordedSession

_MOST_SHOWN = 100
_LONGEST_LABEL = 80


@command("resume", "continue", "history", usage="[ID]", while_busy=False, changes_session=True)
async def resume(context: CommandContext) -> CommandResult:
    """Go on with another session of this workspace; this one stays as it is."""
    session = context.session
    listed = await asyncio.to_thread(_others, session)
    if not listed:
        await session.emit(Notice(level="info", text="This workspace has no other session."))
        return CommandResult()
    if context.argument:
        return CommandResult(session=await _opened(session, _named(listed, context.argument)))
    rows = tuple(await asyncio.to_thread(lambda: [_row(known) for known in listed[:_MOST_SHOWN]]))
    question = PickQuestion(
        title="Which session?",
        rows=rows,
        columns=("It began with", "Changed", "Turns"),
        notice=_ends_with_it(session),
    )
    answer = await context.front_end.ask(question)
    picked = next((known for known in listed if known.id == answer.choice), None)
    return CommandResult(session=await _opened(session, picked) if picked else None)


@command("fork", while_busy=False, changes_session=True)
async def fork(context: CommandContext) -> CommandResult:
    """Go on in a copy of this session; what was said so far stays as it is, for `/resume`."""
    session = context.session
    if session.recorded_in is None or not session.recorded_in.is_file():
        raise UsageError("Nothing of this session is recorded, so it can't be branched.")
    if not await asyncio.to_thread(turns_in, session.recorded_in):
        raise UsageError("Nothing was said yet, so there is nothing to branch.")
    branch = await asyncio.to_thread(_branched, session, session.recorded_in)
    opened = await _opened(session, branch)
    text = f"This is a branch, the session {branch.id}. /resume {session.id} goes back to where it left off."
    opened.past = (*opened.past, Notice(level="info", text=text))  # shown last, below what was said
    return CommandResult(session=opened)


def _store(session: Session) -> SessionStore:
    return SessionStore(session.configuration.locations.state)


def _branched(session: Session, recorded_in: Path) -> RecordedSession:
    """Return a copy of a session, with what it takes to undo what it did to files."""
    state = session.configuration.locations.state
    branch = _store(session).branch(recorded_in, session.workspace)
    with contextlib.suppress(OSError):  # then /undo goes back to the branching, and no further
        copy_privately(record_of(state, session.id), record_of(state, branch.id))
    return branch


def _others(session: Session) -> list[RecordedSession]:
    """Return the workspace's other sessions in which something was said, the newest first."""
    recorded = _store(session).recorded(session.workspace)
    return [known for known in recorded if known.first_message and known.id != session.id]


def _named(listed: list[RecordedSession], wanted: str) -> RecordedSession:
    matching = [known for known in listed if known.id.startswith(wanted)]
    if len(matching) != 1:
        what = "Several sessions have" if matching else "No other session of this workspace has"
        shown = revealed(wanted, keep_newlines=False)
        raise UsageError(f"{what} an id that begins with {shown}.", hint="/resume lists them.")
    return matching[0]


def _row(known: RecordedSession) -> PickRow:
    words = revealed(" ".join(known.first_message.split())[:_LONGEST_LABEL], keep_newlines=False)
    changed, turns = age(max(0.0, time.time() - known.changed_at)), turns_in(known.path)
    in_use = " · open elsewhere" if is_in_use(known.path) else ""
    return PickRow(
        id=known.id,
        label=words,
        detail=f"{changed} · {turns} turn{'' if turns == 1 else 's'} · {known.id}{in_use}",
        cells=(f"{changed}{in_use}", str(turns)),
    )


def _ends_with_it(session: Session) -> str:
    """Return what ends when this session is left; empty: nothing."""
    running = sum(job.is_running for job in session.jobs.listed())
    return f"Commands in the background end with this session: {running}" if running else ""


async def _opened(session: Session, recorded: RecordedSession) -> Session:
    if session.open_other is None:
        raise UsageError("No other session can be opened here.")
    return await session.open_other(recorded)
