"""All commands: whoever imports this module has them registered. `vtcode exec` goes without."""

from __future__ import annotations

from vtcode.commands import (  # noqa: F401 - each registers its own
    compact,
    config,
    context,
    copy,
    doctor,
    edit,
    effort,
    export,
    files,
    folders,
    general,
    init,
    jobs,
    local,
    log,
    mode,
    model,
    prompts,
    queue,
    review,
    rules,
    sessions,
    status,
    suspend,
    theme,
    undo,
    vim,
)
from vtcode.commands.registry import Command, changes_session, dispatch, registered

__all__ = ["COMMANDS", "changes_session", "dispatch"]

COMMANDS: tuple[Command, ...] = registered()
"""All commands, by name."""
