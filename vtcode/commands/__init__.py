"""Slash commands, the same in every front end."""

from __future__ import annotations

from vtcode.commands import effort, general, jobs, local, model, rules, status  # noqa: F401 - each registers its own
from vtcode.commands.registry import Command, CommandContext, CommandResult, dispatch, registered

COMMANDS: tuple[Command, ...] = registered()
"""All commands, by name."""

__all__ = ["COMMANDS", "Command", "CommandContext", "CommandResult", "dispatch"]
