"""Tools that the server runs by itself: plugins, and MCP servers that a request names."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vtcode.emulator.ask import Integration
from vtcode.emulator.refusals import Refused
from vtcode.emulator.strict import Key, check_keys

if TYPE_CHECKING:
    from vtcode.emulator.state import EmulatorState, Settings
    from vtcode.providers.script import ServerCall

_PLUGIN = {
    "type": Key(kind="string"),
    "id": Key(kind="string", required=True),
    "allowed_tools": Key(kind="array"),
}
_EPHEMERAL = {
    "type": Key(kind="string"),
    "server_label": Key(kind="string", required=True),
    "server_url": Key(kind="string", required=True),
    "allowed_tools": Key(kind="array"),
    "headers": Key(kind="object"),
}


def read_integration(state: EmulatorState, wanted: Any) -> Integration:
    """Understand one entry of `integrations`.

    Raises:
        Refused: It is not valid, or not permitted.
    """
    match wanted:
        case str():
            return _plugin(state.settings, wanted, None)
        case {"type": "plugin"}:
            check_keys(wanted, _PLUGIN)
            return _plugin(state.settings, wanted["id"], wanted.get("allowed_tools"))
        case {"type": "ephemeral_mcp"}:
            check_keys(wanted, _EPHEMERAL)
            return _ephemeral(state.settings, wanted)
        case _:
            raise Refused(
                "Invalid discriminator value. Expected 'plugin' | 'ephemeral_mcp'",
                code="invalid_union",
                param="integrations",
            )


def integration_of(run: ServerCall, integrations: tuple[Integration, ...]) -> Integration:
    """Return the one that a scripted run is of."""
    return next((one for one in integrations if one.id == run.integration), integrations[0])


def provider_info(integration: Integration) -> dict[str, str]:
    """Return how events name it."""
    if integration.is_plugin:
        return {"type": "plugin", "plugin_id": integration.id}
    return {"type": "ephemeral_mcp", "server_label": integration.id}


def _plugin(settings: Settings, plugin_id: str, allowed: list[str] | None) -> Integration:
    if not settings.allow_plugins or not settings.token:
        raise Refused(
            f"Permission denied to use plugin '{plugin_id}'. Ensure that the server configuration allows "
            "plugin usage and, if using an API token, it has the necessary permissions.",
            kind="permission",
            param="integrations",
        )
    fault = None
    if plugin_id not in settings.plugins:
        fault = Refused(f"Cannot find plugin handle for '{plugin_id}'.", kind="plugin", param="integrations")
    return Integration(id=plugin_id, is_plugin=True, allowed_tools=_names(allowed), fault=fault)


def _ephemeral(settings: Settings, wanted: dict[str, Any]) -> Integration:
    label, address = wanted["server_label"], wanted["server_url"]
    if not settings.allow_ephemeral_mcp:
        raise Refused(
            f"Permission denied to use ephemeral MCP server '{label}'. Ensure that the server configuration "
            "allows per-request MCPs and, if using an API token, it has the necessary permissions.",
            kind="permission",
            param="integrations",
        )
    fault = None
    if not _is_public(address):
        fault = Refused(f"MCP server '{label}' has no public address.", kind="mcp", param="integrations")
    return Integration(
        id=label, is_plugin=False, allowed_tools=_names(wanted.get("allowed_tools")), fault=fault
    )


def _is_public(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(host) and host != "localhost"


def _names(allowed: list[str] | None) -> tuple[str, ...] | None:
    return None if allowed is None else tuple(allowed)
