"""What a session does with a model: use it, load it for that, unload, download, tell about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.model_facts import facts
from vtcode.commands.model_places import Place, find_place, resolved, server_name
from vtcode.commands.model_work import ModelWork, in_memory, lifecycle_of
from vtcode.commands.tables import table
from vtcode.errors import UsageError
from vtcode.events import CommandRan, Notice
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.commands.registry import CommandContext
    from vtcode.providers.model_info import ModelInfo
    from vtcode.session.session import Session


async def use(
    context: CommandContext, place: Place, *, options: Mapping[str, str] | None = None, save: bool = False
) -> None:
    """Have a model answer from now on; it is loaded first where it has to be.

    Args:
        context: The command's.
        place: The model.
        options: How to load it, as `in_memory` reads that.
        save: Make it the default, too.

    Raises:
        UserFacingError: It can't be had; the model that answered until now still does.
    """
    session = context.session
    work = work_in(context)
    provider = await session.servers.opened(place.server)
    model = await resolved(provider, place)
    model = await in_memory(work, provider, model, options)
    await session.select_model(model, provider)
    if told := first_use(model):
        await session.emit(Notice(level="info", text=told))
    if save:
        await _save(session)


def first_use(chosen: ModelInfo) -> str:
    """Return what the user should know before the first message to a model; empty: nothing."""
    match chosen.state:
        case "downloaded":
            return f"{chosen.id} is not loaded yet: the server loads it with your next message."
        case "unknown" if not chosen.window_tokens:
            return f"The server tells nothing about {chosen.id}, not even its window."
        case _:
            return ""


async def unload(session: Session, server: str, wanted: str) -> str:
    """Take a model out of memory; return what to tell.

    Args:
        session: The session.
        server: Where.
        wanted: An instance's id, or the key of a model that is loaded once; empty: everything.

    Raises:
        UserFacingError: It is not loaded, or the server unloads nothing for us.
    """
    provider = await session.servers.opened(server)
    lifecycle = lifecycle_of(provider)
    if wanted:
        await lifecycle.unload(wanted)
        gone: tuple[str, ...] = (wanted,)
    else:
        gone = await lifecycle.unload_all()
    if not gone:
        return "Nothing was loaded."
    told = f"Unloaded {', '.join(gone)}."
    own = session.model
    if provider is session.provider and {own.id, own.key} & set(gone):
        # The session keeps it as it was loaded: so it is had back before it is asked again.
        window = f" and its window of {own.window_tokens:,} tokens" if own.window_tokens else ""
        told += f" {own.id} is loaded again with your next message{window}, unless you choose another one."
    return told


async def download(session: Session, server: str, name: str) -> None:
    """Have a server download a model, while the user goes on.

    Raises:
        UserFacingError: The server downloads nothing for us.
    """
    if not name:
        raise UsageError(
            "Which model?",
            hint="/model download NAME[@QUANT]: a name of LM Studio's catalogue, or a Hugging Face address.",
        )
    lifecycle = lifecycle_of(await session.servers.opened(server))
    if session.downloads.start(lifecycle, name):
        text = f"{server_name(server)} downloads {name}; you can go on meanwhile."
    else:
        text = f"{name} is being downloaded already."
    await session.emit(Notice(level="info", text=text))


async def tell_about(session: Session, place: Place) -> None:
    """Show all that is known of a model.

    Raises:
        UserFacingError: The server does not answer, or does not have it.
    """
    provider = await session.servers.opened(place.server)
    known = await resolved(provider, place)
    rows = [
        (name, f"`{revealed(value, keep_newlines=False)}`")
        for name, value in facts(known, server_name(provider.name), provider.address)
    ]
    await session.emit(CommandRan(command="/model info", text=table(("Model", ""), rows)))


async def place_of(session: Session, name: str, server: str = "") -> Place:
    """Return the model of this name, the session's where none is named; else as `find_place`.

    Raises:
        UserFacingError: As `find_place`.
    """
    if not name and not server:
        return Place(server=session.provider.name, model=session.model)
    return await find_place(session.servers, session.provider.name, name, server)


async def _save(session: Session) -> None:
    name = session.model.key or session.model.id
    file = session.saved_settings.save_default_model(session.provider.name, name)
    await session.emit(Notice(level="info", text=f"{name} is the default model now ({file})."))


def work_in(context: CommandContext) -> ModelWork:
    """Return what work on models needs in a session."""
    session = context.session
    return ModelWork(
        servers=session.servers,
        settings=session.configuration.settings,
        ask=context.front_end.ask,
        emit=session.emit,
        in_use=(session.provider.name, session.model.id),
    )
