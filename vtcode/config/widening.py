"""What a workspace's file may say before the user trusts it: it narrows freely and widens nothing; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vtcode.config.keys import dotted, flatten, toml_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.config.keys import KeyPath
    from vtcode.config.merge import Merged
    from vtcode.config.schema import Settings
    from vtcode.permissions import Decision, Mode

_STRENGTH: dict[Decision, int] = {"deny": 0, "prompt": 1, "allow": 2}
_RULES = ("commands", "rules")
_FREEDOM = {"read_only": 0, "workspace_write": 1, "off": 2}
_LATITUDE: dict[Mode, int] = {"plan": 0, "build": 1, "auto": 2}
_SERVERS = frozenset({"lmstudio", "openai_compatible"})
"""Providers that a workspace may pick: they ask a server that the user runs. The others open files."""


def narrowed(table: Mapping[str, Any], lower: Merged) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Split a workspace's table into what may apply without trust and what may not.

    Args:
        table: The workspace file's, checked.
        lower: The layers below it.

    Returns:
        The table without what would widen rights, and that as texts for a person, in the file's order:
        `tools.policies.run_pty_cmd = "allow"`.
    """
    settings = lower.settings
    default_chosen = "tools.default_policy" in lower.origins
    held_back = {
        path
        for path, value in flatten(table)
        if _widens(path, value, settings, default_chosen=default_chosen)
    }
    # A provider is not chosen without the address that was meant with it.
    chosen = table.get("agent", {}).get("provider")
    if any(path[:2] == ("providers", chosen) for path in held_back):
        held_back.add(("agent", "provider"))
    kept: dict[str, Any] = {}
    widening: list[str] = []
    for path, value in flatten(table):
        if path == _RULES:
            narrowing = tuple(rule for rule in value if rule.get("decision") != "allow")
            _put(kept, path, narrowing)
            widening += [f"{dotted(path)}: {toml_text(rule)}" for rule in value if rule not in narrowing]
        elif path in held_back:
            widening.append(f"{dotted(path)} = {toml_text(value)}")
        else:
            _put(kept, path, value)
    return kept, tuple(widening)


def _widens(path: KeyPath, value: Any, lower: Settings, *, default_chosen: bool) -> bool:
    full_auto = lower.automation.full_auto
    match path:
        case ("tools", "default_policy"):
            return _STRENGTH[value] > _STRENGTH[lower.tools.default_policy]
        case ("tools", "policies", tool):
            below, _ = lower.tools.standing(tool, default_chosen=default_chosen)
            return _STRENGTH[value] > _STRENGTH[below]
        case ("commands", name) if name.startswith("allow_"):
            return not set(value) <= set(getattr(lower.commands, name))
        case ("automation", "full_auto", "enabled"):
            return value and not full_auto.enabled
        case ("automation", "full_auto", "allowed_tools"):
            return "*" not in full_auto.allowed_tools and not set(value) <= set(full_auto.allowed_tools)
        case ("automation", *_):
            return True
        case ("security", "redact_secrets"):
            return lower.security.redact_secrets and not value
        case ("security", "environment_allow"):
            return not set(value) <= set(lower.security.environment_allow)
        case ("providers", name, key):
            return bool(value != getattr(lower.provider(name), key))
        case ("sandbox", "default_policy"):
            return _FREEDOM[value] > _FREEDOM[lower.sandbox.default_policy]
        case ("sandbox", "network", "policy"):
            return value == "on" and lower.sandbox.network.policy == "off"
        case ("pty", "preferred_shell"):
            return bool(value != lower.pty.preferred_shell)
        case ("agent", "provider"):
            return value not in _SERVERS and value != lower.agent.provider
        case ("agent", "default_model"):
            return value != lower.agent.default_model and _names_a_file(value, lower)
        case ("agent", "default_mode"):
            return _LATITUDE[value] > _LATITUDE[lower.agent.default_mode]
        case ("agent", "max_conversation_turns"):
            return _is_looser(value, lower.agent.max_conversation_turns)
        case ("tools", "max_tool_loops"):
            return _is_looser(value, lower.tools.max_tool_loops)
        case _:
            return False


def _names_a_file(model: str, lower: Settings) -> bool:
    """Tell whether the embedded engine, which may yet be chosen, would take a model's id for a path."""
    is_embedded = lower.provider_kind(lower.agent.provider) == "embedded"
    return (
        model.startswith((".", "/", "~"))
        or ".." in model.split("/")
        or model.lower().endswith(".gguf")
        or (is_embedded and "/" in model)
    )


def _is_looser(limit: int, below: int) -> bool:
    """Compare limits of which 0 is none."""
    return below != 0 and (limit == 0 or limit > below)


def _put(table: dict[str, Any], path: KeyPath, value: Any) -> None:
    for name in path[:-1]:
        table = table.setdefault(name, {})
    table[path[-1]] = value
