"""Slash commands, the same in every front end."""

from __future__ import annotations

from vtcode.commands import (  # noqa: F401 - each registers its own
    doctor,
    effort,
    folders,
    general,
    jobs,
    local,
    model,
    rules,
    status,
)
from vtcode.commands.registry import Command, CommandContext, CommandResult, dispatch, registered

COMMANDS: tuple[Command, ...] = registered()
"""All commands, by name."""

__all__ = ["COMMANDS", "Command", "CommandContext", "CommandResult", "dispatch"]
