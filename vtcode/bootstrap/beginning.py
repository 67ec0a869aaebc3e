"""The beginning of a session that is put together: what its requests begin with, what the user is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.instructions import fitted_instructions
from vtcode.agent.prompt import prefix_for, prefix_without_tools
from vtcode.bootstrap.containment import shortfall
from vtcode.bootstrap.instructions import cut_notice
from vtcode.commands.model_actions import first_use
from vtcode.events import Notice
from vtcode.session.model_settings import effort_problem, tool_mode_problem
from vtcode.session.renewing import beginning
from vtcode.session.selection import selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.agent.history import History
    from vtcode.agent.instructions import Instructions
    from vtcode.messages import InstructionFile, Prefix
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
    resumed = bool(history.system_prompt)
    prefix = history.prefix if resumed else _new_prefix(session, instructions, has_tools=has_tools)
    told = (session.id, session.workspace, session.status)
    await session.emit(beginning(*told, prefix, _kept(files), resumed=resumed))
    if resumed:
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


def _new_prefix(session: Session, instructions: Instructions, *, has_tools: bool) -> Prefix:
    if not has_tools:
        return prefix_without_tools()
    mode = session.configuration.settings.agent.system_prompt_mode
    return prefix_for(session.workspace, mode, session.model.window_tokens, instructions)


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
