"""What counts as a secret: under a configuration, and where there is none yet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vtcode.redaction import Redaction
from vtcode.system.environment import LMSTUDIO_KEY_VARIABLES, SecretVariables

if TYPE_CHECKING:
    from vtcode.config.load import Configuration

_key_variables = set(LMSTUDIO_KEY_VARIABLES)
"""Those that hold a key of ours, by all configurations that this process has read."""


def learn_key_variables(configuration: Configuration) -> None:
    """Have `without_secrets` know the keys that a configuration names, from now on."""
    _key_variables.update(secret_variables(configuration).own)


def without_secrets(text: str) -> str:
    """Return words for a person without secrets: those of the environment, and those of known shapes.

    For what belongs to no session: errors, and the log of the program itself.
    """
    return Redaction(SecretVariables(own=frozenset(_key_variables)).values(os.environ))(text)


def secret_variables(configuration: Configuration) -> SecretVariables:
    """Return which environment variables commands don't get."""
    settings = configuration.settings
    named = {provider.api_key_env for provider in settings.providers.values() if provider.api_key_env}
    return SecretVariables(
        own=frozenset({*LMSTUDIO_KEY_VARIABLES, *named}), allowed=settings.security.environment_allow
    )


def redaction_for(configuration: Configuration) -> Redaction:
    """Return what takes secrets out of a session: those of this process's environment, and known shapes."""
    values = secret_variables(configuration).values(os.environ)
    return Redaction(values, enabled=configuration.settings.security.redact_secrets)
