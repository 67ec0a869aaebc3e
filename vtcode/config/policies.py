"""What `[tools]` comes to for each tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.config.schema import Policy, ToolSettings

ALLOWED_TOOLS = frozenset({"read_file", "list_files", "grep_file", "update_plan"})
"""Tools that are built in as allowed: they change nothing."""


def deciding_key(tool: str, tools: ToolSettings, *, default_chosen: bool) -> str | None:
    """Return the dotted key that decides about `tool`; None: what is built in does.

    Args:
        tool: A tool's name.
        tools: The settings.
        default_chosen: Whether some layer says `default_policy`; only then can it beat what is built in,
            and only with `deny`.
    """
    if tool in tools.policies:
        return f"tools.policies.{tool}"
    denied = default_chosen and tools.default_policy == "deny"
    return None if tool in ALLOWED_TOOLS and not denied else "tools.default_policy"


def effective_policy(tool: str, tools: ToolSettings, *, default_chosen: bool) -> Policy:
    """Return the policy of `tool`; the arguments are those of `deciding_key`."""
    match deciding_key(tool, tools, default_chosen=default_chosen):
        case None:
            return "allow"
        case "tools.default_policy":
            return tools.default_policy
        case _:
            return tools.policies[tool]
