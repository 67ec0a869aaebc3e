"""What `[tools]` of the configuration comes to for each tool: one table and one rule for all. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Decision: TypeAlias = Literal["allow", "prompt", "deny"]
"""Runs; is asked about; is refused."""

Mode: TypeAlias = Literal["build", "plan", "auto"]
"""How the model works: it asks before it changes something; it changes nothing; in a full sandbox it works on
its own."""

TOOL_NAMES = (
    "read_file",
    "list_files",
    "grep_file",
    "edit_file",
    "write_file",
    "run_pty_cmd",
    "update_plan",
)
"""The tools that there are, in the prompt's order."""

INTEGRATIONS = "integrations"
"""Stands for all that the model's server may run by itself: its MCP servers."""

POLICY_NAMES = (*TOOL_NAMES, INTEGRATIONS)
"""What a policy can name."""

ALLOWED_TOOLS = frozenset({"read_file", "list_files", "grep_file", "update_plan"})
"""Tools that need no question unless the configuration says so: they change nothing."""

BUILT_IN = "built-in"
"""The rule that decides where no key of the configuration does."""


def standing_policy(
    tool: str, entries: Mapping[str, Decision], default: Decision, *, default_chosen: bool
) -> tuple[Decision, str]:
    """Return what holds for a tool as a whole, and what says so: a dotted key, or `BUILT_IN`.

    Args:
        tool: A tool's name.
        entries: `[tools.policies]`.
        default: `tools.default_policy`.
        default_chosen: Whether some layer says `default_policy`; only then can it beat what is built in, and
            only with `deny`.
    """
    if own := entries.get(tool):
        return own, f"tools.policies.{tool}"
    denied = default_chosen and default == "deny"
    if tool in ALLOWED_TOOLS and not denied:
        return "allow", BUILT_IN
    return default, "tools.default_policy"
