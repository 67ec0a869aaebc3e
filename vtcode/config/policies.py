"""What `[tools]` comes to for each tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.config.schema import Policy, ToolSettings

ALLOWED_TOOLS = frozenset({"read_file", "list_files", "grep_file", "update_plan"})
"""Tools that are built in as allowed: they change nothing."""


def effective_policy(tool: str, tools: ToolSettings, *, default_chosen: bool) -> Policy:
    """Return the policy of `tool`.

    Args:
        tool: A tool's name.
        tools: The settings.
        default_chosen: Whether some layer says `default_policy`; only then can it beat the built-in ones,
            and only with `deny`.
    """
    entry = tools.policies.get(tool)
    if entry is not None:
        return entry
    denied = default_chosen and tools.default_policy == "deny"
    return "allow" if tool in ALLOWED_TOOLS and not denied else tools.default_policy
