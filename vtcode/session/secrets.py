"""What counts as a secret under a configuration."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vtcode.redaction import Redaction
from vtcode.system.environment import LMSTUDIO_KEY_VARIABLES, SecretVariables

if TYPE_CHECKING:
    from vtcode.config.load import Configuration


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
