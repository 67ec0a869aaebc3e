"""`/model`: which model answers, and what is done with the models of all servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never, get_args

from vtcode.commands import model_picker as picker
from vtcode.commands.model_actions import download, place_of, tell_about, unload, use
from vtcode.commands.model_facts import facts
from vtcode.commands.model_picker import Picked, pick_model, pick_window
from vtcode.commands.model_places import Place, server_name
from vtcode.commands.model_words import ALL, ModelWords, understood, usage
from vtcode.commands.registry import CommandContext, command, has_to_wait
from vtcode.errors import UsageError, UserFacingError
from vtcode.events import Notice
from vtcode.questions import Choice, ChoiceQuestion

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTIONS = (picker.LOAD, picker.ANOTHER, picker.UNLOAD, picker.DOWNLOAD, picker.INFO, picker.SAVE)
_USE = Choice(id="use", label="Use it", key="u")
_BACK = Choice(id="back", label="Back to the list", key="b")


@command("model", "models", usage="[ID | load | unload | download | info]")
async def model(context: CommandContext) -> None:
    """Choose, load, unload and download models, on all servers."""
    words, session = understood(context.argument), context.session
    match words.action:
        case "download":
            await download(session, words.server or session.provider.name, words.name)
        case "info":
            await tell_about(session, await place_of(session, words.name, words.server))
        case None | "load" | "unload" if session.status.busy:
            await session.emit(has_to_wait("model"))
        case "load":
            await _load(context, words)
        case "unload":
            await _unload(context, words)
        case None if words.name:
            await session.run_aside(use(context, await place_of(session, words.name)))
        case None:
            await _pick(context)
        case _:
            assert_never(words.action)


async def _load(context: CommandContext, words: ModelWords) -> None:
    if not words.name:
        raise UsageError("Which model?", hint=usage("load"))
    place = await place_of(context.session, words.name, words.server)
    options = words.options if words.options or place.model.state != "loaded" else None
    await context.session.run_aside(use(context, place, options=options))


async def _unload(context: CommandContext, words: ModelWords) -> None:
    session = context.session
    everything = ALL in words.options
    if everything and words.name:
        raise UsageError("Either one model or --all.", hint=usage("unload"))
    wanted = "" if everything else words.name or session.model.id
    told = await unload(session, words.server or session.provider.name, wanted)
    await session.emit(Notice(level="info", text=told))


async def _pick(context: CommandContext) -> None:
    """Show the list until a model is chosen, something longer begins, or the user closes it."""
    session, notice = context.session, ""
    while True:
        current = Place(server=session.provider.name, model=session.model)
        picked = await pick_model(
            session.servers, context.front_end.ask, current=current, notice=notice, actions=_ACTIONS
        )
        if picked is None:
            return
        if picked.action == "info" or (picked.action == "use" and picked.place.suggested):
            picked, notice = await _ask_about(context, picked.place), ""
            if picked is None:
                continue
        if picked.action != "unload":
            await _do(context, picked)
            return
        try:
            notice = await unload(session, picked.place.server, picked.place.model.id)
        except UserFacingError as error:
            notice = f"{error.message} {error.hint}".strip()


async def _do(context: CommandContext, picked: Picked) -> None:
    """Do what ends the choosing."""
    session, place = context.session, picked.place
    match picked.action:
        case "download":
            await download(session, place.server, place.download_name or place.model.key or place.model.id)
        case "load" | "another":
            settings = session.configuration.settings
            if tokens := await pick_window(settings, context.front_end.ask, place.model):
                options = {"--context-length": str(tokens)}
                options |= {"--another": ""} if picked.action == "another" else {}
                await session.run_aside(use(context, place, options=options))
        case _:
            await session.run_aside(use(context, place, save=picked.action == "save"))


async def _ask_about(context: CommandContext, place: Place) -> Picked | None:
    """Show all that is known of a model, and ask what to do with it; None: nothing."""
    known = place.model
    told = facts(known, server_name(place.server), place.address)
    width = max(len(name) for name, _ in told)
    answer = await context.front_end.ask(
        ChoiceQuestion(
            kind="model",
            title=known.display_name or known.id,
            body="\n".join(f"{name:<{width}}  {value}" for name, value in told),
            choices=(*_choices(place), _BACK),
            refusal=_BACK.id,
        )
    )
    action = next((known for known in get_args(picker.Action) if known == answer.choice), None)
    return Picked(action=action, place=place) if action else None


def _choices(place: Place) -> Iterator[Choice]:
    """Yield what can be done with a model, as it is."""
    if place.suggested:
        yield picker.DOWNLOAD
        return
    yield _USE
    if place.can_load:
        yield picker.LOAD
    if place.can_load and place.model.state == "loaded":
        yield picker.ANOTHER
        yield picker.UNLOAD
