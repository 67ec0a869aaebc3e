"""How a model is asked: its own settings over the general ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.agent import Asked
from vtcode.config.schema import ModelSettings
from vtcode.providers.base import Sampling

if TYPE_CHECKING:
    from vtcode.agent.tool_mode import WantedMode
    from vtcode.config.schema import Settings
    from vtcode.providers.base import ModelInfo


def asked_with(settings: Settings, model: ModelInfo) -> Asked:
    """Return how `model` is asked: `[models."its id"]` over `[agent]`; in the first of its tool modes."""
    own = _own_settings(settings, model)
    return Asked(
        sampling=Sampling(
            temperature=settings.agent.temperature if own.temperature is None else own.temperature,
            top_p=own.top_p,
            top_k=own.top_k,
            min_p=own.min_p,
            repeat_penalty=own.repeat_penalty,
            presence_penalty=own.presence_penalty,
            frequency_penalty=own.frequency_penalty,
            seed=own.seed,
            stop=own.stop,
            max_tokens=own.max_tokens,
        ),
        reasoning_effort=own.reasoning_effort or settings.agent.reasoning_effort or "",
        tool_mode=model.tool_modes[0],
    )


def wanted_tool_mode(settings: Settings, model: ModelInfo) -> WantedMode:
    """Return the tool mode that is configured for `model`."""
    return _own_settings(settings, model).tool_mode or settings.agent.tool_mode


def _own_settings(settings: Settings, model: ModelInfo) -> ModelSettings:
    return settings.models.get(model.id) or settings.models.get(model.key) or ModelSettings()
