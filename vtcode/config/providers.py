"""What a provider needs: its key from the environment, and the settings that it can't do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.config.keys import dotted
from vtcode.config.schema import PROVIDER_KINDS
from vtcode.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.config.load import Configuration
    from vtcode.config.schema import Settings

LMSTUDIO_KEY_VARIABLES = ("LMSTUDIO_API_KEY", "LM_API_TOKEN", "LMSTUDIO_API_TOKEN")
"""Looked at in this order; the last two are LM Studio's own."""

_NEEDED = {"openai_compatible": "base_url", "scripted": "script"}
"""By kind of provider: the key that it can't do without."""


def api_key_variable(provider_name: str, settings: Settings, environ: Mapping[str, str]) -> str | None:
    """Return the name of the variable that holds the provider's key; None where none is named or set."""
    named = settings.provider(provider_name).api_key_env
    candidates: tuple[str, ...] = (named,) if named else ()
    if not named and settings.provider_kind(provider_name) == "lmstudio":
        candidates = LMSTUDIO_KEY_VARIABLES
    return next((name for name in candidates if environ.get(name, "").strip()), None)


def api_key(provider_name: str, settings: Settings, environ: Mapping[str, str]) -> str | None:
    """Return the provider's key, without blanks around it; None: send none."""
    variable = api_key_variable(provider_name, settings, environ)
    return environ[variable].strip() if variable else None


def check_provider(configuration: Configuration) -> None:
    """Check that the chosen provider is defined and has what it needs; call it once trust is settled.

    Raises:
        ConfigError: It has not, perhaps because the workspace that defines it is not trusted.
    """
    settings = configuration.settings
    name = settings.agent.provider
    needed = _NEEDED.get(settings.provider_kind(name))
    missing = needed is not None and getattr(settings.provider(name), needed) is None
    if not missing and (name in PROVIDER_KINDS or name in settings.providers):
        return
    key = dotted(("providers", name, needed or "kind"))
    untrusted = any(text.startswith(dotted(("providers", name)) + ".") for text in configuration.widening)
    hint = f"Set it: -c {key}=VALUE"
    if untrusted:
        hint = f"{configuration.workspace_file} defines it and is not trusted: look at it, then use --trust."
    raise ConfigError(
        f"{configuration.origin('agent.provider')}: agent.provider: {name} needs {key}, which is not set.",
        hint=hint,
    )
