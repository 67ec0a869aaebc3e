"""How a model is asked: its own settings over the general ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.agent import Asked
from vtcode.config.schema import ModelSettings
from vtcode.providers.base import Sampling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.agent.tool_mode import WantedMode
    from vtcode.config.schema import ReasoningEffort, Settings
    from vtcode.providers.model_info import ModelInfo

_NEAREST_EFFORTS: dict[ReasoningEffort, tuple[ReasoningEffort, ...]] = {
    "none": ("off",),
    "off": ("none",),
    "minimal": ("low", "on"),
    "low": ("minimal", "on"),
    "medium": ("on",),
    "high": ("on",),
    "xhigh": ("max", "high", "on"),
    "max": ("xhigh", "high", "on"),
    "on": ("medium", "high", "low"),
}
"""What a level means to a model that knows it by another name, or knows fewer; the nearest first."""


def asked_with(settings: Settings, model: ModelInfo, effort: ReasoningEffort | None = None) -> Asked:
    """Return how `model` is asked: `[models."its id"]` over `[agent]`; in the first of its tool modes.

    Args:
        settings: The configuration.
        model: As its server describes it; its key and its other names count, too, after its id.
        effort: What the user chose for this session, over both; None: nothing.
    """
    own = _own_settings(settings, model)
    wanted = wanted_effort(settings, model, effort)
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
        reasoning_effort=(usable_effort(wanted, model) if wanted else None) or "",
        tool_mode=model.tool_modes[0],
        context_length=own.context_length,
    )


def wanted_effort(
    settings: Settings, model: ModelInfo, effort: ReasoningEffort | None = None
) -> ReasoningEffort | None:
    """Return the reasoning effort that the user wants of `model`; None: its default."""
    return effort or _own_settings(settings, model).reasoning_effort or settings.agent.reasoning_effort


def usable_effort(wanted: ReasoningEffort, model: ModelInfo) -> ReasoningEffort | None:
    """Return what `model` takes for a level: it, or what comes nearest; None: nothing like it.

    A model of which the server does not say what it takes is sent what is wanted.
    """
    allowed = model.reasoning_efforts
    if allowed is None or wanted in allowed:
        return wanted
    return next((level for level in _NEAREST_EFFORTS[wanted] if level in allowed), None)


def effort_problem(settings: Settings, model: ModelInfo, effort: ReasoningEffort | None = None) -> str:
    """Return why the wanted reasoning effort is not sent, in words for the user; empty: it is, or none is."""
    wanted = wanted_effort(settings, model, effort)
    if wanted is None or usable_effort(wanted, model):
        return ""
    if not model.reasoning_efforts:
        return f"{model.id} has no reasoning effort to set; {wanted!r} is not sent."
    allowed = ", ".join(model.reasoning_efforts)
    return f"{model.id} knows no reasoning effort {wanted!r}, so its default is used; it takes: {allowed}."


def wanted_tool_mode(settings: Settings, model: ModelInfo) -> WantedMode:
    """Return the tool mode that is configured for `model`."""
    return _own_settings(settings, model).tool_mode or settings.agent.tool_mode


def tool_mode_problem(settings: Settings, model: ModelInfo) -> str:
    """Return why the wanted tool mode is not used, in words for the user; empty: it is, or any may be.

    Args:
        settings: The configuration.
        model: With the modes that it is asked in.
    """
    wanted = wanted_tool_mode(settings, model)
    if wanted == "auto" or wanted in model.tool_modes:
        return ""
    return f"Tool mode {wanted} can't be had over this wire, so {model.tool_modes[0]} is used."


def _own_settings(settings: Settings, model: ModelInfo) -> ModelSettings:
    own = (settings.models[name] for name in _names(model) if name in settings.models)
    return next(own, ModelSettings.model_construct())


def _names(model: ModelInfo) -> Iterator[str]:
    yield model.id
    yield model.key
    yield from model.aliases
