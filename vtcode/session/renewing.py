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
    from vtcode.agent.gate import Gate
    from vtcode.agent.history import History
    from vtcode.config.load import Configuration
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


def beginning(session_id: str, workspace: str, status: Status, history: History) -> SessionStarted:
    """Return what a session begins with whose requests begin like those of the one before."""
    return SessionStarted(
        session_id=session_id,
        workspace=workspace,
        provider=status.provider,
        model=status.model,
        window_tokens=status.window_tokens,
        system_prompt=history.system_prompt,
        tools=history.tools,
        instructions=history.instructions,
        instruction_files=history.instruction_files,
        resumed=False,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
    )
