"""What `vtcode doctor` and `/doctor` look at, one after the other, and what each finds.

Nothing here changes a server: it is asked for lists, and a model that is loaded already for one tiny call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.agent.self_test import problem_in_mode
from vtcode.agent.tool_mode import MODE_WORDS
from vtcode.commands.checks import Check
from vtcode.commands.model_work import RECOMMENDED_TOKENS, SMALL_TOKENS
from vtcode.errors import EngineFailed, LmsMissing, ModelNotFound, NoModelLoaded, ProviderError, Unauthorized
from vtcode.providers.base import TellsSurfaces
from vtcode.session.model_settings import asked_with, wanted_tool_mode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from vtcode.agent.tool_mode import ToolModes
    from vtcode.config.load import Configuration
    from vtcode.config.schema import ProviderKind
    from vtcode.providers.base import Provider
    from vtcode.providers.model_info import ModelInfo, ToolMode
    from vtcode.system.sandbox import Containment


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is to be examined."""

    configuration: Configuration
    provider: Provider
    model: str
    """Its id; empty: the loaded one."""
    has_key: bool
    """A token is sent to the server."""
    containment: Containment | None
    """What holds for commands; None: there are none."""
    tool_modes: ToolModes
    """Keeps the verdict about the model's tool mode."""
    tell: Callable[[str], Awaitable[None]]
    """Told what is being done, before it takes its time."""

    @property
    def kind(self) -> ProviderKind:
        """How the server is spoken to."""
        return self.configuration.settings.provider_kind(self.provider.name)


async def examine(case: Case) -> AsyncGenerator[Check, None]:
    """Yield a check after the other; ends early where nothing more can be known."""
    yield _configuration(case.configuration)
    if case.containment:
        yield sandbox_check(case.containment)
    if case.kind == "lmstudio":
        yield _lms()
    await case.tell(f"reaching {case.provider.name} at {case.provider.address}")
    try:
        await case.provider.open()
        yield await _server(case)
        if case.kind in ("lmstudio", "openai_compatible"):
            yield _access(case)
        await case.tell("looking at the model")
        model = await case.provider.resolve_model(case.model)
    except ProviderError as error:
        yield Check(name=_place_of(error), verdict="fail", text=error.message, hint=error.hint)
        return
    yield _model(model)
    yield _window(case, model)
    yield await _tool_calls(case, model)


def _place_of(error: ProviderError) -> str:
    match error:
        case Unauthorized():
            return "access"
        case ModelNotFound() | NoModelLoaded() | EngineFailed():
            return "model"
        case _:
            return "server"


def _configuration(configuration: Configuration) -> Check:
    files = (
        ", ".join(str(path) for path in configuration.sources.values()) or "no vtcode.toml; built-in values"
    )
    if configuration.widening:
        text = f"{files}; not trusted, so not applied: {', '.join(configuration.widening)}"
        return Check(name="settings", verdict="warn", text=text, hint="--trust applies it this once.")
    if configuration.warnings:
        text = f"{files}; {' '.join(configuration.warnings)}"
        return Check(name="settings", verdict="warn", text=text, hint="vtcode config shows what is in force.")
    return Check(name="settings", verdict="ok", text=files)


def sandbox_check(containment: Containment) -> Check:
    """Tell what holds for commands."""
    is_short = containment.falls_short
    return Check(
        name="sandbox",
        verdict="warn" if is_short else "ok",
        text=containment.describe(),
        hint=containment.hint if is_short else "",
    )


def _lms() -> Check:
    from vtcode.providers.lms import find_lms

    try:
        return Check(name="lms", verdict="ok", text=find_lms().program)
    except LmsMissing as missing:
        return Check(name="lms", verdict="warn", text=missing.message, hint=missing.hint)


async def _server(case: Case) -> Check:
    if case.kind == "embedded":
        return Check(name="server", verdict="ok", text=f"none is needed: vtcode runs {case.provider.address}")
    text = f"{case.provider.name} at {case.provider.address} answers"
    if isinstance(case.provider, TellsSurfaces):
        text += f": {', '.join(await case.provider.surfaces())}"
    return Check(name="server", verdict="ok", text=text)


def _access(case: Case) -> Check:
    text = "the server takes the token that is set" if case.has_key else "no token is set, and none is needed"
    return Check(name="access", verdict="ok", text=text)


def _model(model: ModelInfo) -> Check:
    if model.state == "downloaded":
        return Check(
            name="model",
            verdict="warn",
            text=f"{model.id} is not loaded; the server loads it with the first message",
            hint=f"vtcode models load {model.key or model.id} loads it now.",
        )
    text = f"{model.id} is loaded" if model.state == "loaded" else f"{model.id}, as the server lists it"
    return Check(name="model", verdict="ok", text=text)


def _window(case: Case, model: ModelInfo) -> Check:
    if not model.window_tokens:
        known = (
            "not known until the model is loaded" if model.state == "downloaded" else "not told by the server"
        )
        hint = "Set max_context_tokens under [context] where the server cuts prompts in silence."
        return Check(
            name="window", verdict="warn", text=known, hint="" if model.state == "downloaded" else hint
        )
    text = f"{model.window_tokens:,} tokens"
    if model.window_tokens >= SMALL_TOKENS:
        return Check(name="window", verdict="ok", text=text)
    if case.provider.lifecycle:
        hint = f"vtcode models load {model.key or model.id} --context-length {RECOMMENDED_TOKENS}"
    else:
        hint = "Start the server with a larger context."
    text += f": too small for real work, which takes {SMALL_TOKENS:,} at least"
    return Check(name="window", verdict="warn", text=text, hint=hint)


async def _tool_calls(case: Case, model: ModelInfo) -> Check:
    """Ask for one tiny call in each mode until one comes; remember the mode that it came in."""
    name = "tool calls"
    if case.kind == "scripted":
        return Check(name=name, verdict="ok", text="left out: a script is no model")
    if model.state == "downloaded" or (case.kind == "lmstudio" and model.state == "unknown"):
        text = "not tried: asking would load the model, which is yours to decide"
        return Check(name=name, verdict="warn", text=text, hint="Load it, then run this again.")
    settings = case.configuration.settings
    wanted = wanted_tool_mode(settings, model)
    modes = model.tool_modes if wanted == "auto" else tuple(dict.fromkeys((wanted, *model.tool_modes)))
    failed: list[str] = []
    for mode in modes:
        await case.tell(f"asking {model.id} for one tiny call, tool mode {mode}")
        problem = await problem_in_mode(case.provider, model, mode, asked_with(settings, model).sampling)
        if not problem:
            if wanted == "auto":
                case.tool_modes.store(case.provider.address, model, mode)
            return replace(_working(mode, wanted, failed), name=name)
        failed.append(f"{mode}: {problem}")
    return Check(
        name=name,
        verdict="fail",
        text=f"no call came in any tool mode. {' '.join(failed)}",
        hint="Choose a model that is trained for tool use: /model, or vtcode models.",
    )


def _working(mode: ToolMode, wanted: str, failed: list[str]) -> Check:
    text = f"this model needs tool mode {mode} ({MODE_WORDS[mode]})"
    if failed:
        text += f"; {'; '.join(failed)}"
    if wanted in ("auto", mode):
        return Check(name="", verdict="ok", text=text, tool_mode=mode)
    hint = f'Set tool_mode = "{mode}" or "auto" for this model; "{wanted}" is set.'
    return Check(name="", verdict="warn", text=text, hint=hint, tool_mode=mode)
