"""`/effort`: how much the model reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from vtcode.commands.registry import CommandContext, command
from vtcode.config.schema import ReasoningEffort
from vtcode.errors import UsageError
from vtcode.events import CommandRan, Notice
from vtcode.session.model_settings import effort_problem, usable_effort, wanted_effort
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.providers.model_info import ModelInfo
    from vtcode.session.session import Session

_LEVELS: tuple[ReasoningEffort, ...] = get_args(ReasoningEffort)
_DEFAULT = "default"


@command("effort", usage="[LEVEL]")
async def effort(context: CommandContext) -> None:
    """Show how much the model reasons before it answers, or set it for this session."""
    session, typed = context.session, context.argument.lower()
    if not typed:
        text = f"{_now(session)}\n\n{_choices(session.model)}"
        await session.emit(CommandRan(command="/effort", text=text))
        return
    session.choose_effort(_chosen(typed, session))
    await session.emit(Notice(level="info", text=_now(session)))


def _chosen(typed: str, session: Session) -> ReasoningEffort | None:
    """Return the level that was typed, if the model takes it; None: the configured one.

    Raises:
        UsageError: It does not, or there is no such level.
    """
    if typed == _DEFAULT:
        return None
    level = next((known for known in _LEVELS if known == typed), None)
    if level is None:
        raise UsageError(f"There is no reasoning effort {typed!r}.", hint=_levels(session.model))
    if problem := effort_problem(session.configuration.settings, session.model, level):
        raise UsageError(problem)
    return level


def _now(session: Session) -> str:
    model = session.model
    wanted = wanted_effort(session.configuration.settings, model, session.effort)
    sent = usable_effort(wanted, model) if wanted else None
    name = revealed(model.id, keep_newlines=False)
    if sent is None:
        return f"{name} reasons as much as it does by default."
    origin = "for this session" if session.effort else "as configured"
    return f"{name} is asked to reason at the level {sent}, {origin}."


def _levels(model: ModelInfo) -> str:
    """Return what may follow `/effort`, for who typed something else."""
    levels = _LEVELS if model.reasoning_efforts is None else model.reasoning_efforts
    if not levels:
        return f"{revealed(model.id, keep_newlines=False)} has none to set."
    return f"/effort takes {revealed(', '.join(levels), keep_newlines=False)}, or {_DEFAULT}: as configured."


def _choices(model: ModelInfo) -> str:
    allowed = model.reasoning_efforts
    if allowed is None:
        return f"The server does not say what it takes. Known levels: {', '.join(_LEVELS)}, {_DEFAULT}."
    if not allowed:
        return "It has no reasoning effort to set."
    return f"It takes: {revealed(', '.join(allowed), keep_newlines=False)}; {_DEFAULT}: as configured."
