"""Which provider a name in the configuration stands for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.config.load import api_key
from vtcode.errors import ConfigError
from vtcode.events import ModelLoading

if TYPE_CHECKING:
    from vtcode.config.load import Configuration
    from vtcode.frontend import FrontEnd
    from vtcode.providers.base import Provider


def build_provider(configuration: Configuration, name: str, front_end: FrontEnd) -> Provider:
    """Return the provider called `name`, not opened yet.

    Raises:
        ConfigError: What it can't do without is not set, or can't be used.
    """
    from vtcode.providers.http import Limits

    settings = configuration.settings
    chosen = settings.provider(name)
    limits = Limits(connect_s=settings.timeouts.connect_seconds, silence_s=settings.timeouts.silence_seconds)
    key = api_key(name, settings, os.environ)
    match settings.provider_kind(name):
        case "lmstudio":
            from vtcode.providers.lmstudio import LmStudioProvider
            from vtcode.providers.wires.choice import WireSettings

            url = chosen.base_url or "http://localhost:1234"
            state = configuration.locations.state
            wire = WireSettings(name=chosen.wire or "chat_completions", integrations=chosen.integrations)
            return LmStudioProvider(name, url, key, limits, state, wire)
        case "openai_compatible":
            from vtcode.providers.openai_compatible import OpenAICompatibleProvider

            url = _required(chosen.base_url, name, "base_url", "http://localhost:8080/v1")
            return OpenAICompatibleProvider(name, url, key, limits, configuration.locations.state)
        case "scripted":
            from vtcode.providers.scripted import ScriptedProvider

            return ScriptedProvider.from_file(Path(_required(chosen.script, name, "script", "FILE")))
        case "embedded":
            return _embedded(configuration, name, front_end)


def _required(value: str | None, provider: str, key: str, example: str) -> str:
    if not value:
        key = f"providers.{provider}.{key}"
        raise ConfigError(f"{key} is not set.", hint=f"Set it in vtcode.toml, or with: -c {key}={example}")
    return value


def _embedded(configuration: Configuration, name: str, front_end: FrontEnd) -> Provider:
    from vtcode.providers.embedded import EmbeddedProvider

    async def fetching(what: str, done_bytes: int, total_bytes: int | None) -> None:
        progress = done_bytes / total_bytes if total_bytes else None
        await front_end.show(ModelLoading(model=what, progress=progress))

    chosen = configuration.settings.provider(name)
    path = Path(chosen.model_path) if chosen.model_path else None
    cache = configuration.locations.cache
    return EmbeddedProvider(name, path, chosen.window_tokens, cache, fetching)
