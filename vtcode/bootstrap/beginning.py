"""The beginning of a session that is put together: what its requests begin with, what the user is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vtcode import __version__
from vtcode.agent.instructions import fitted_instructions
from vtcode.agent.prompt import prefix_for, prefix_without_tools
from vtcode.bootstrap.containment import shortfall
from vtcode.bootstrap.instructions import cut_notice
from vtcode.commands.model_actions import first_use
from vtcode.events import Notice, SessionStarted
from vtcode.messages import Prefix
from vtcode.session.model_settings import effort_problem, tool_mode_problem
from vtcode.session.selection import selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.agent.history import History
    from vtcode.agent.instructions import Instructions
    from vtcode.messages import InstructionFile
    from vtcode.session.session import Session
    from vtcode.session.store import RecordedSession

_MOST_KEPT_CHARACTERS = 200_000
"""Of files that are recorded whole: more would stand in the way of what is read of a session to list it."""


async def begin(
    session: Session,
    history: History,
    files: Sequence[InstructionFile],
    early: Sequence[Notice],
    *,
    has_tools: bool,
) -> None:
    """Tell that the session is there, with all that its requests begin with, and what its user has to know.

    Args:
        session: Nothing was said in it yet, or it is resumed.
        history: The session's.
        files: What a new session's model is told to follow.
        early: What happened before there was a session to tell it.
        has_tools: Whether a new session's model has tools.
    """
    is_chosen = session.configuration.origin("agent.default_mode") in ("-c", "flag")
    if not is_chosen and session.modes.resume(history.messages()):
        early = [*early, Notice(level="info", text=session.modes.describe())]
    instructions = fitted_instructions(files, session.model.window_tokens)
    started = _started(session, history, instructions, has_tools=has_tools)
    await session.emit(replace(started, instruction_files=_kept(files)))
    if started.resumed:
        await _fit(session, history)
    await _tell_about(session, [*early, *cut_notice(instructions)])


def told_of_newer(resumed: RecordedSession | None) -> Notice | None:
    """Return what to tell of a newer session that could not be gone on with; None: there is none."""
    if resumed is None or not resumed.newer_in_use:
        return None
    text = (
        f"The newest session here, {resumed.newer_in_use}, is open in another vtcode; this is an older one."
    )
    return Notice(level="info", text=text)


def _started(
    session: Session, history: History, instructions: Instructions, *, has_tools: bool
) -> SessionStarted:
    configuration = session.configuration
    resumed = bool(history.system_prompt)
    if resumed:
        prefix = Prefix(
            system_prompt=history.system_prompt, tools=history.tools, instructions=history.instructions
        )
    elif has_tools:
        mode = configuration.settings.agent.system_prompt_mode
        window_tokens = session.model.window_tokens
        prefix = prefix_for(configuration.workspace, mode, window_tokens, instructions)
    else:
        prefix = prefix_without_tools()
    return SessionStarted(
        session_id=session.id,
        workspace=str(configuration.workspace),
        provider=session.provider.name,
        model=session.model.id,
        window_tokens=session.model.window_tokens,
        system_prompt=prefix.system_prompt,
        tools=prefix.tools,
        instructions=prefix.instructions,
        resumed=resumed,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
    )


async def _fit(session: Session, history: History) -> None:
    """Make what a resumed session's requests begin with anew, where it was made for another window."""
    told = selection(history, session.configuration, session.provider.name, session.model, is_users=True)
    if len(told) > 1:
        for event in told:
            await session.emit(event)


def _kept(files: Sequence[InstructionFile]) -> tuple[InstructionFile, ...]:
    """Return the files to record whole."""
    return tuple(files) if sum(len(file.text) for file in files) <= _MOST_KEPT_CHARACTERS else ()


async def _tell_about(session: Session, early: Sequence[Notice]) -> None:
    configuration = session.configuration
    for notice in early:
        await session.emit(notice)
    for warning in configuration.warnings:
        await session.emit(Notice(level="warning", text=warning))
    if configuration.widening:
        held_back = ", ".join(configuration.widening)
        await session.emit(
            Notice(
                level="warning",
                text=f"{configuration.workspace_file} is not trusted, so this is not applied: {held_back}",
                hint="Start with --trust to apply it this once.",
            )
        )
    if (containment := session.status.containment) and (short := shortfall(containment)):
        await session.emit(short)
    if damaged := session.gate.grants().warning:
        await session.emit(Notice(level="warning", text=damaged))
    if problem := effort_problem(configuration.settings, session.model):
        await session.emit(Notice(level="warning", text=problem))
    if problem := tool_mode_problem(configuration.settings, session.model):
        await session.emit(Notice(level="warning", text=problem))
    if told := first_use(session.model):
        await session.emit(Notice(level="info", text=told))
