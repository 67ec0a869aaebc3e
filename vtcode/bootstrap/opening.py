"""Opening a session: the parts named, made and put together."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from vtcode.agent import audit
from vtcode.agent.audit import AuditLog
from vtcode.agent.gate import Gate
from vtcode.agent.history import History
from vtcode.agent.saved_settings import SavedSettings
from vtcode.bootstrap.beginning import begin, told_of_newer
from vtcode.bootstrap.connecting import EMBEDDED, open_provider, told_of_lm_studio
from vtcode.bootstrap.containment import ContextInMaking
from vtcode.bootstrap.dialogue import choose_model, pick_session, trust_store, trusted_configuration
from vtcode.bootstrap.instructions import trusted_instructions
from vtcode.bootstrap.permissions import policy_of
from vtcode.bootstrap.servers import servers_for
from vtcode.commands.model_places import Place
from vtcode.commands.model_work import ModelWork
from vtcode.errors import UserFacingError
from vtcode.events import (
    CommandRan,
    Event,
    HistoryCleared,
    ModelSelected,
    Notice,
    ReplyCompleted,
    SessionStarted,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.policy.grants import grants_file
from vtcode.providers.model_info import ModelInfo
from vtcode.session.attachments import read_attachments, read_files
from vtcode.session.log import SessionLog, closing_events, read_events, recordable
from vtcode.session.secrets import redaction_for
from vtcode.session.session import Parts, Session
from vtcode.session.store import OUTPUTS, SessionStore
from vtcode.system.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vtcode.agent.answer_schema import AnswerSchema
    from vtcode.config.load import Configuration
    from vtcode.frontend import FrontEnd
    from vtcode.messages import Image, InstructionFile
    from vtcode.providers.base import Provider
    from vtcode.session.servers import Servers
    from vtcode.session.store import RecordedSession
    from vtcode.tools.base import ToolContext

_SETTLED = (
    TurnStarted,
    UserMessageAdded,
    ReplyCompleted,
    ToolStarted,
    ToolFinished,
    CommandRan,
    HistoryCleared,
    TurnEnded,
)
"""What of a resumed session is worth showing again: none of what only led there."""
_CHOICE = ("agent.provider", "agent.default_model")
_COMMAND_LINE = ("-c", "flag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a session is to be opened."""

    configuration: Configuration
    reload: Callable[[], Configuration]
    """Loads the configuration again, once the user trusts the workspace's file."""
    interactive: bool = True
    """Somebody is there to type into a command."""
    welcomes: bool = False
    """Greet the user, where it is the first run."""
    recorded: bool = True
    """Keep a log; False: nothing reaches the disk, and no tools are offered (`vtcode ask`)."""
    full_auto: bool = False
    trusts_project: bool = False
    """This run follows the project's AGENTS.md without asking."""
    resume: RecordedSession | None = None
    pick_session: bool = False
    """Ask which recorded session to resume."""
    images: tuple[Path, ...] = ()
    """Pictures that join the first message."""
    first_message: str = ""
    """Where it is known: what it refers to is looked at before a model is loaded for it."""
    answer_schema: AnswerSchema | None = None
    """What the last answer of each turn has to be; None: anything."""


async def open_session(opening: Opening, front_end: FrontEnd) -> Session:
    """Put a session together: trust, provider, model, gate, log; then tell the front end.

    Raises:
        UserFacingError: It can't be opened; the hint says what to do.
    """
    images = await read_files(opening.images)
    named = await read_attachments(opening.first_message, opening.configuration.workspace)
    configuration = await trusted_configuration(opening.configuration, opening.reload, front_end)
    log = await _resumed_log(opening, configuration, front_end)
    early = _EarlyEvents(front_end)
    files = await _instruction_files(opening, configuration, log, early)
    servers: Servers | None = None
    making = ContextInMaking(configuration, interactive=opening.interactive, sandboxed=opening.recorded)
    try:
        past = _past(log)
        provider = await _opened_provider(configuration, past, early)
        servers = servers_for(configuration, front_end, first=provider)
        early.notices += await _news(opening, configuration, provider, front_end)
        work = _model_work(opening, configuration, servers, early, (*images, *named))
        configuration, provider, model = await _model_of(opening, configuration, work, provider, past)
        if log is None and opening.recorded:
            log = SessionLog(SessionStore(configuration.locations.state).new_path(configuration.workspace))
        history = _history(past)
        session = Session(
            Parts(
                id=log.path.stem if log else "",
                configuration=configuration,
                servers=servers,
                provider=provider,
                model=model,
                front_end=front_end,
                history=history,
                gate=_gate(opening, configuration, front_end, log.path.stem if log else "", past),
                context=await _context(making, configuration, log),
                saved_settings=_saved_settings(configuration),
                log=log,
                past=tuple(event for event in past if isinstance(event, _SETTLED)),
                images=images,
                answer_schema=opening.answer_schema,
            )
        )
    except BaseException:
        await _let_go(making, servers, log)
        raise
    await begin(session, history, files, early.notices, has_tools=opening.recorded)
    _settle(opening, session, front_end)
    return session


async def _let_go(making: ContextInMaking, servers: Servers | None, log: SessionLog | None) -> None:
    """Let go of what was there already of a session that can't be opened."""
    await making.discard()
    if log:
        log.close()
    if servers:
        await servers.aclose()


def _settle(opening: Opening, session: Session, front_end: FrontEnd) -> None:
    """Do what can only be done with a session that is there."""
    if opening.recorded:
        session.open_other = partial(_open_other, opening, front_end)
    if opening.interactive:
        from vtcode.bootstrap.way_on import WayOn

        session.find_way_on = WayOn(session=session, front_end=front_end).find
    session.configured_now = opening.reload
    _follow_downloads(opening, session)
    _begin_to_collect_garbage()


async def _open_other(opening: Opening, front_end: FrontEnd, recorded: RecordedSession) -> Session:
    """Open another session for the same front end, by what is configured now."""
    other = Opening(
        configuration=opening.reload(),
        reload=opening.reload,
        interactive=opening.interactive,
        full_auto=opening.full_auto,
        trusts_project=opening.trusts_project,
        resume=recorded,
    )
    return await open_session(other, front_end)


def _begin_to_collect_garbage() -> None:
    """End the pause that the command line began; what is there by now is there to stay."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _model_work(
    opening: Opening,
    configuration: Configuration,
    servers: Servers,
    early: _EarlyEvents,
    images: tuple[Image, ...],
) -> ModelWork:
    return ModelWork(
        servers=servers,
        settings=configuration.settings,
        ask=early.front_end.ask if opening.interactive else None,
        emit=early.emit,
        images=() if opening.interactive else images,
    )


def _follow_downloads(opening: Opening, session: Session) -> None:
    """Follow what earlier sessions had the server download, where somebody is there to see."""
    if opening.interactive and (lifecycle := session.provider.lifecycle):
        session.downloads.resume(lifecycle)


async def _news(
    opening: Opening, configuration: Configuration, provider: Provider, front_end: FrontEnd
) -> list[Notice]:
    if not opening.interactive:
        return []
    told = (told_of_newer(opening.resume), await told_of_lm_studio(configuration, provider, front_end))
    return [notice for notice in told if notice]


class _EarlyEvents:
    """What happens before there is a session: progress is shown at once, notices are kept for it."""

    def __init__(self, front_end: FrontEnd) -> None:
        self.notices: list[Notice] = []
        self.front_end = front_end

    async def emit(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.notices.append(event)
        else:
            await self.front_end.show(event)


async def _resumed_log(
    opening: Opening, configuration: Configuration, front_end: FrontEnd
) -> SessionLog | None:
    """Return the log of the session that is resumed, locked before it is read; None: a new one begins."""
    resume = await pick_session(configuration, front_end) if opening.pick_session else opening.resume
    return SessionLog(resume.path) if resume else None


def _past(log: SessionLog | None) -> list[Event]:
    """Return the events of the session that is resumed; where it was killed at work, its end is added."""
    if log is None:
        return []
    past = list(read_events(log.path))
    for event in closing_events(past):
        log.write(recordable(event)[1])
        past.append(event)
    return past


async def _instruction_files(
    opening: Opening, configuration: Configuration, log: SessionLog | None, early: _EarlyEvents
) -> list[InstructionFile]:
    """Return what a new session begins with; a resumed one goes on with what it began with."""
    if log or not opening.recorded:
        return []
    files, told = await trusted_instructions(configuration, early.front_end, opening.trusts_project)
    early.notices += told
    return files


def _history(past: Sequence[Event]) -> History:
    history = History()
    for event in past:
        history.apply(event)
    return history


async def _opened_provider(
    configuration: Configuration, past: Sequence[Event], early: _EarlyEvents
) -> Provider:
    """Open the configured server; for a resumed session that had moved to another, that one if it answers.

    Raises:
        ProviderError: The configured one can't be opened.
    """
    moved_to = _moved_to(configuration, past)
    if not moved_to:
        return await open_provider(configuration, early.front_end)
    servers = servers_for(configuration, early.front_end)
    try:
        return await servers.opened(moved_to)
    except UserFacingError as error:
        problem = error
    await servers.aclose()
    provider = await open_provider(configuration, early.front_end)
    if provider.name != moved_to:
        text = f"This session was on another server, {moved_to}; {provider.name} goes on with it."
        await early.emit(Notice(level="warning", text=f"{text} {problem.message}", hint=problem.hint))
    return provider


def _moved_to(configuration: Configuration, past: Sequence[Event]) -> str:
    """Return the server that a resumed session had moved to, unless the command line chooses; empty: none.

    The embedded model stands in for a server that is away, so that one is asked first.
    """
    last = _last_model(past)
    is_chosen = any(configuration.origin(key) in _COMMAND_LINE for key in _CHOICE)
    if last is None or is_chosen or last.provider in (configuration.settings.agent.provider, EMBEDDED.id):
        return ""
    return last.provider


async def _model_of(
    opening: Opening,
    configuration: Configuration,
    work: ModelWork,
    provider: Provider,
    past: Sequence[Event],
) -> tuple[Configuration, Provider, ModelInfo]:
    """Return the model that answers, and the configuration: on a first run, the user has a say in both."""
    if opening.welcomes:
        from vtcode.bootstrap.welcome import is_first_run, remember, welcome

        if is_first_run(configuration):
            beginning = await welcome(configuration, work, provider.name)
            provider, model = await choose_model(work, beginning.place, beginning.options)
            remember(configuration, beginning, provider.name, model)
            return opening.reload(), provider, model
    provider, model = await choose_model(work, _wanted_place(configuration, provider, past))
    return configuration, provider, model


def _wanted_place(configuration: Configuration, provider: Provider, past: Sequence[Event]) -> Place:
    """Return the configured model; a resumed session keeps its own where the configuration names none."""
    agent, last = configuration.settings.agent, _last_model(past)
    wanted = ""  # a model's id on another server means nothing to this one
    if provider.name == agent.provider and agent.default_model:
        wanted = agent.default_model
    elif last and last.provider == provider.name:
        wanted = last.model
    return Place(server=provider.name, model=ModelInfo(id=wanted))


def _last_model(past: Sequence[Event]) -> SessionStarted | ModelSelected | None:
    """Return what tells which model answered last, and where."""
    told = [event for event in past if isinstance(event, SessionStarted | ModelSelected)]
    return told[-1] if told else None


async def _context(
    making: ContextInMaking, configuration: Configuration, log: SessionLog | None
) -> ToolContext:
    context = await making.made(configuration)
    if log:
        context.spool = Spool(log.path.with_suffix(OUTPUTS), redaction_for(configuration))
    return context


def _gate(
    opening: Opening,
    configuration: Configuration,
    front_end: FrontEnd,
    session_id: str,
    past: Sequence[Event],
) -> Gate:
    full_auto = configuration.settings.automation.full_auto
    gate = Gate(
        policy=policy_of(configuration),
        grants_file=grants_file(configuration.locations.state, configuration.workspace),
        workspace=configuration.workspace,
        ask=front_end.ask,
        saved_settings=_saved_settings(configuration),
        full_auto=full_auto.allows if opening.full_auto else None,
        interactive=opening.interactive,
        audit=AuditLog(configuration.locations.state / audit.FILE_NAME) if opening.recorded else None,
        session_id=session_id,
        redaction=redaction_for(configuration),
    )
    for event in past:
        gate.untrusted.apply(event)
    return gate


def _saved_settings(configuration: Configuration) -> SavedSettings:
    return SavedSettings(configuration, trust_store(configuration.locations.state))
