"""A new session in the place of one that goes on running: `/clear` keeps the model, the mode and the jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vtcode import __version__
from vtcode.events import SessionStarted
from vtcode.session.log import SessionLog
from vtcode.session.secrets import redaction_for
from vtcode.session.store import OUTPUTS, SessionStore
from vtcode.session.undo import FileChanges
from vtcode.system.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vtcode.agent.gate import Gate
    from vtcode.config.load import Configuration
    from vtcode.messages import InstructionFile, Prefix
    from vtcode.session.status import Status
    from vtcode.tools.base import ToolContext


def new_log(configuration: Configuration) -> SessionLog:
    """Return the log of another session in the same workspace.

    Raises:
        UnwritableFolder: It can't be written.
    """
    return SessionLog(SessionStore(configuration.locations.state).new_path(configuration.workspace))


def kept_with(log: SessionLog, configuration: Configuration, gate: Gate, context: ToolContext) -> FileChanges:
    """Have what is kept on disk belong to the session of `log`; return its changes to files."""
    gate.session_id = log.path.stem
    context.spool = Spool(log.path.with_suffix(OUTPUTS), redaction_for(configuration))
    return FileChanges(configuration.locations.state, log.path.stem, gate, context.workspace, 0)


def beginning(
    session_id: str,
    workspace: Path,
    status: Status,
    prefix: Prefix,
    files: Sequence[InstructionFile],
    *,
    resumed: bool,
) -> SessionStarted:
    """Return what the record of a session begins with.

    Args:
        session_id: Its own.
        workspace: Its own.
        status: The session's as it is now.
        prefix: What its requests begin with.
        files: What its model is told to follow, as far as it is recorded whole.
        resumed: It goes on, as it was recorded.
    """
    return SessionStarted(
        session_id=session_id,
        workspace=str(workspace),
        provider=status.provider,
        model=status.model,
        window_tokens=status.window_tokens,
        system_prompt=prefix.system_prompt,
        tools=prefix.tools,
        instructions=prefix.instructions,
        instruction_files=tuple(files),
        resumed=resumed,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
    )
