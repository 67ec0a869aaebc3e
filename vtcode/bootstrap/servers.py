"""The servers that the configuration names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from vtcode.bootstrap.providers import build_provider
from vtcode.providers.model_cache import ModelCache
from vtcode.session.servers import Servers

if TYPE_CHECKING:
    from vtcode.config.load import Configuration
    from vtcode.frontend import FrontEnd
    from vtcode.providers.base import Provider

_BUILT_IN = "lmstudio"


def servers_for(
    configuration: Configuration, front_end: FrontEnd, *, first: Provider | None = None
) -> Servers:
    """Return the configured servers, none of them reached yet: the chosen one first.

    These are the chosen provider, LM Studio on this machine, and all under `[providers.<name>]` that have an
    address. LM Studio is left out of a listing where nobody configured it and it does not answer.
    """
    settings = configuration.settings
    chosen = settings.agent.provider
    named = [
        name
        for name, provider in settings.providers.items()
        if provider.base_url and settings.provider_kind(name) in ("lmstudio", "openai_compatible")
    ]
    names = dict.fromkeys((chosen, _BUILT_IN, *named))
    wanted = chosen == _BUILT_IN or _BUILT_IN in named
    return Servers(
        {name: partial(build_provider, configuration, name, front_end) for name in names},
        cache=ModelCache(configuration.locations.state),
        optional=frozenset() if wanted else frozenset({_BUILT_IN}),
        first=first,
    )
