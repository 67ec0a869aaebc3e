"""The first run: one question in which Enter takes what is sensible, and each part can be changed with a key.

Only what the user chose themselves is written to their vtcode.toml; that they were welcomed is remembered in
the state folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.amounts import size
from vtcode.bootstrap.containment import containment_of
from vtcode.bootstrap.dialogue import pick_place
from vtcode.commands.model_facts import STATES
from vtcode.commands.model_picker import pick_window
from vtcode.commands.model_places import Place, listed_place, where
from vtcode.commands.model_work import SMALL_TOKENS, wanted_window
from vtcode.config.edit import set_value
from vtcode.config.locations import ensure_folder
from vtcode.providers.load_options import window_tokens
from vtcode.providers.model_info import ModelInfo
from vtcode.questions import Choice, ChoiceQuestion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vtcode.commands.model_work import ModelWork
    from vtcode.config.load import Configuration
    from vtcode.session.servers import Listing
    from vtcode.system.sandbox import Containment

_MARKER = "welcomed"
_THEIR_CHOICES = ("agent.provider", "agent.default_model")
_WINDOW_OPTION = "--context-length"
_START = Choice(id="start", label="Start: ask before each change and command", key="s")
_AUTO = Choice(id="auto", label="Start in auto mode: ask less, as the sandbox holds", key="a")
_MODEL = Choice(id="model", label="Another model", key="m")
_WINDOW = Choice(id="window", label="Another window", key="w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a first run begins with."""

    place: Place
    """The model; one without an id: none is there yet."""
    options: Mapping[str, str] | None = None
    """How to load it, as `in_memory` reads that."""
    chose_model: bool = False
    """The user named the model."""
    chose_window: bool = False
    """The user named the window in `options`."""
    auto: bool = False
    """In auto mode: plain commands and changes need no question in a full sandbox."""


def is_first_run(configuration: Configuration) -> bool:
    """Return whether nobody has chosen anything yet, in a file or on the command line, or was welcomed."""
    has_chosen = any(configuration.chosen(key) for key in _THEIR_CHOICES)
    return not (has_chosen or _marker(configuration.locations.state).exists())


async def welcome(configuration: Configuration, work: ModelWork, server: str) -> Beginning:
    """Greet the user, and let them change what the session begins with; nothing is saved yet.

    Args:
        configuration: Of a first run.
        work: What work on models needs; somebody is there to ask.
        server: The name of the server that answers.

    Raises:
        UserFacingError: A model can't be downloaded.
    """
    assert work.ask
    (listing,) = await work.servers.listings(server)
    containment = await containment_of(configuration)
    beginning = Beginning(place=_first_place(listing))
    while True:
        beginning = _with_room(work, beginning)
        answer = await work.ask(_question(work, beginning, listing, containment))
        match answer.choice:
            case _MODEL.id:
                picked = await pick_place(work, beginning.place)
                place, options = picked or (beginning.place, beginning.options)
                named = options is not None and picked is not None
                beginning = Beginning(
                    place=place, options=options, chose_model=picked is not None, chose_window=named
                )
            case _WINDOW.id:
                if tokens := await pick_window(work.settings, work.ask, beginning.place.model):
                    options = {_WINDOW_OPTION: str(tokens)}
                    beginning = replace(beginning, options=options, chose_window=True)
            case choice:
                return replace(beginning, auto=choice == _AUTO.id)


def _first_place(listing: Listing) -> Place:
    """Return the loaded model, else the first that was trained for tools, else the first."""
    chat_models = [model for model in listing.models if model.kind == "llm"]
    chat_models.sort(key=lambda model: (model.state != "loaded", not model.tool_use))
    if not chat_models:
        return Place(server=listing.server, model=ModelInfo(id=""))
    return listed_place(listing, chat_models[0])


def _with_room(work: ModelWork, beginning: Beginning) -> Beginning:
    """Have a model with a window that is too small for work loaded anew with the recommended one."""
    model = beginning.place.model
    wanted = wanted_window(work.settings, model)
    is_small = model.window_tokens is not None and model.window_tokens < min(SMALL_TOKENS, wanted)
    if beginning.options or not is_small or not beginning.place.can_load:
        return beginning
    return replace(beginning, options={_WINDOW_OPTION: str(wanted)})


def _question(
    work: ModelWork, beginning: Beginning, listing: Listing, containment: Containment
) -> ChoiceQuestion:
    model = beginning.place.model
    can_size = bool(model.id) and beginning.place.can_load
    commands = "those that only read run, others are asked about"
    if not containment.is_full:
        commands += f"; {containment.describe()}"
    rows = (
        ("Server", where(listing)),
        ("Model", _about(model) if model.id else "none yet: the next list has some"),
        ("Window", _window_words(work, beginning) if can_size else ""),
        ("Files", "read in this folder; each change is shown to you first"),
        ("Commands", commands),
        ("Saved", _saved_words(work, beginning)),
    )
    body = "\n".join(f"{name:<9} {words}" for name, words in rows if words)
    return ChoiceQuestion(
        kind="welcome",
        title="Welcome to vtcode. This is what it found; Enter begins.",
        body=f"{body}\n\nAll of it can be changed later: /model, /mode, /policy, vtcode.toml.",
        choices=(
            _START,
            *((_AUTO,) if containment.is_full else ()),
            *((_MODEL,) if model.id else ()),
            *((_WINDOW,) if can_size else ()),
        ),
        refusal=_START.id,
    )


def _saved_words(work: ModelWork, beginning: Beginning) -> str:
    """Return what is written of a server that is not the configured one; empty: nothing."""
    server = beginning.place.server
    if server == work.settings.agent.provider:
        return ""
    return f'agent.provider = "{server}" in your vtcode.toml: the next start asks no more'


def _about(model: ModelInfo) -> str:
    """Return a model in a few words; what it can't do is said, too."""
    told = {True: "trained for tools", False: "not trained for tools", None: ""}[model.tool_use]
    size_words = size(model.size_bytes) if model.size_bytes else ""
    return " · ".join(filter(None, (model.id, STATES[model.state], size_words, told)))


def _window_words(work: ModelWork, beginning: Beginning) -> str:
    model = beginning.place.model
    most = f" of at most {model.max_window_tokens:,}" if model.max_window_tokens else ""
    chosen = window_tokens((beginning.options or {}).get(_WINDOW_OPTION, ""))
    if beginning.chose_window and chosen:
        return f"{chosen:,}{most} tokens, as you chose"
    if chosen:
        return f"{chosen:,}{most} tokens: loaded again, {model.window_tokens:,} are too few"
    if model.window_tokens:
        return f"{model.window_tokens:,}{most} tokens, as it is loaded"
    return f"{wanted_window(work.settings, model):,}{most} tokens, recommended"


def remember(configuration: Configuration, beginning: Beginning, server: str, model: ModelInfo) -> None:
    """Write what the user chose, now that it works, and that they were welcomed.

    Args:
        configuration: As in `welcome`.
        beginning: What `welcome` returned.
        server: Where the model is.
        model: What answers in the end.

    Raises:
        UserFacingError: It can't be written.
    """
    file, name = configuration.locations.user_file, model.key or model.id
    if server != configuration.settings.agent.provider:
        set_value(file, ("agent", "provider"), server)
    if beginning.chose_model:
        set_value(file, ("agent", "default_model"), name)
    if beginning.chose_window and (tokens := window_tokens((beginning.options or {})[_WINDOW_OPTION])):
        set_value(file, ("models", name, "context_length"), tokens)
    if beginning.auto:
        set_value(file, ("agent", "default_mode"), "auto")
    state = ensure_folder(configuration.locations.state)
    _marker(state).touch()


def _marker(state: Path) -> Path:
    return state / _MARKER
