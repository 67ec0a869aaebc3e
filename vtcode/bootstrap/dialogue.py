"""What has to be settled with the user before a session can begin: trust, which session, the model."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

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
from vtcode.policy.trust import TrustStore
from vtcode.providers.model_info import ModelInfo
from vtcode.questions import Choice, ChoiceQuestion, PickQuestion, PickRow
from vtcode.session.store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from vtcode.commands.model_work import ModelWork
    from vtcode.config.load import Configuration
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


async def choose_model(
    work: ModelWork, place: Place, options: Mapping[str, str] | None = None
) -> tuple[Provider, ModelInfo]:
    """Return a model in memory; where that can't be, let the user pick another one.

    Args:
        work: What work on models needs.
        place: The model, by its id or key (empty: the loaded one), on the server that is asked first; the
            user may pick a model of another one.
        options: How to load it, as `in_memory` reads that.

    Raises:
        ProviderError: It can't be had, and nobody is there to pick another one, or none was picked.
    """
    while True:
        try:
            provider = await work.servers.opened(place.server)
            model = await resolved(provider, place)
            return provider, await in_memory(work, provider, model, options)
        except (ModelNotFound, NoModelLoaded, LoadRefused, ServerUnreachable, ServerSilent) as error:
            picked = await pick_place(work, place, error.message)
            if picked is None:
                raise
            place, options = picked


async def pick_place(
    work: ModelWork, current: Place, notice: str = ""
) -> tuple[Place, Mapping[str, str] | None] | None:
    """Have the user pick a model and, where they want to, its window; None: neither.

    Args:
        work: What work on models needs.
        current: The model that would be used.
        notice: Why this is asked.

    Raises:
        UserFacingError: A model that the server does not have can't be downloaded.
    """
    if work.ask is None:
        return None
    from vtcode.commands.model_picker import LOAD, pick_model, pick_window

    picked = await pick_model(work.servers, work.ask, current=current, notice=notice, actions=(LOAD,))
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
    from vtcode.commands.model_facts import describe
    from vtcode.commands.model_picker import DOWNLOAD
    from vtcode.session.downloads import follow

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
