"""The list of all servers' models, to pick one from or to do something with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from vtcode.amounts import age
from vtcode.commands.model_facts import COLUMNS, cells, describe
from vtcode.commands.model_places import Place, listed_place, named_in, server_name, suggested_place, where
from vtcode.commands.model_work import wanted_window
from vtcode.errors import Unauthorized
from vtcode.providers.catalog import not_on_server
from vtcode.providers.load_options import window_tokens
from vtcode.providers.model_info import ModelInfo
from vtcode.questions import Choice, ChoiceQuestion, PickQuestion, PickRow
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from vtcode.config.schema import Settings
    from vtcode.questions import Answer, Question
    from vtcode.session.servers import Listing, Servers

    Ask: TypeAlias = Callable[[Question], Awaitable[Answer]]

Action: TypeAlias = Literal["use", "load", "another", "unload", "download", "info", "save"]

LOAD = Choice(id="load", label="Load …", key="l")
ANOTHER = Choice(id="another", label="Load another", key="n")
UNLOAD = Choice(id="unload", label="Unload", key="x")
DOWNLOAD = Choice(id="download", label="Download", key="d")
INFO = Choice(id="info", label="Info", key="i")
SAVE = Choice(id="save", label="Default", key="s")
_REFRESH = Choice(id="refresh", label="Refresh", key="r")
_SMALLEST_TOKENS = 8_192
_LMSTUDIO_VARIABLE = "LM_API_TOKEN"
_SUGGESTIONS = "Suggestions, not on this server"
_LOADING = (LOAD, ANOTHER, UNLOAD, DOWNLOAD)
"""What only a server does that loads and downloads for us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What the user wants of which model."""

    action: Action
    place: Place


async def pick_model(
    servers: Servers, ask: Ask, *, current: Place, notice: str = "", actions: tuple[Choice, ...]
) -> Picked | None:
    """Have the user pick a model of any server, or type an id; None: nothing was picked.

    Args:
        servers: Whose models are listed; ids that are typed are of the current one.
        ask: Puts the question.
        current: What is in use.
        notice: Why this is asked.
        actions: What can be done beside using a model; their ids are `Action`s.
    """
    while True:
        listings = await servers.listings()
        question, places = _question(listings, current, notice, actions)
        answer = await ask(question)
        notice = ""
        action = next((known for known in get_args(Action) if known == answer.choice), None)
        row = answer.text if action else answer.choice
        if answer.choice == question.refusal:
            return None
        if row in places:
            return Picked(action=action or "use", place=places[row])
        if typed := answer.text.strip():
            listing = next((known for known in listings if known.server == current.server), None)
            if picked := await _typed(ask, listing, current.server, typed, action or "use"):
                return picked


async def _typed(ask: Ask, listing: Listing | None, server: str, typed: str, action: Action) -> Picked | None:
    """Return what is wanted of an id that was typed; one that a full list lacks is asked about first."""
    if listing and (listed := named_in(listing, typed)):
        return Picked(action=action, place=listed)
    place = Place(server=server, model=ModelInfo(id=typed), typed=True)
    if action == "download" or listing is None or listing.problem or not listing.models:
        return Picked(action=action, place=place)
    answer = await ask(_unlisted_question(listing, typed))
    match answer.choice:
        case "use":
            return Picked(action=action, place=place)
        case "download":
            return Picked(action="download", place=replace(place, suggested=True, download_name=typed))
        case _:
            return None


def _unlisted_question(listing: Listing, typed: str) -> ChoiceQuestion:
    name = f'"{revealed(typed, keep_newlines=False)}"'
    back = Choice(id="back", label="Back to the list", key="b")
    use = Choice(id="use", label="Use it anyway", key="u")
    return ChoiceQuestion(
        kind="model",
        title=f"{name} is not on {server_name(listing.server)}",
        body=f"{where(listing)} lists its models, and this is none of them.",
        choices=(back, use, DOWNLOAD) if listing.can_load else (back, use),
        refusal=back.id,
    )


async def pick_window(settings: Settings, ask: Ask, model: ModelInfo) -> int | None:
    """Have the user choose the window to load a model with, in tokens; None: nothing was chosen."""
    most = model.max_window_tokens
    question = PickQuestion(
        title=f'Load "{model.id}" with which window?',
        rows=tuple(_window_rows(wanted_window(settings, model), most)),
        custom_label="Another number of tokens",
    )
    while True:
        answer = await ask(question)
        if answer.choice == question.refusal:
            return None
        written = answer.text if answer.choice == "custom" else answer.choice
        tokens = window_tokens(written)
        if tokens and (not most or tokens <= most):
            return tokens
        problem = f"It can have {most:,} tokens at most." if tokens else f"{written!r} is no number."
        question = replace(question, notice=problem)


def _window_rows(wanted: int, most: int | None) -> Iterator[PickRow]:
    sizes = {wanted} | ({most} if most else set())
    size = _SMALLEST_TOKENS
    while size <= (most or wanted * 4):
        sizes.add(size)
        size *= 2
    words = {wanted: "recommended", most: "all that it can have"}
    for tokens in sorted(sizes, key=lambda tokens: (tokens != wanted, tokens)):
        yield PickRow(id=str(tokens), label=f"{tokens:,} tokens", detail=words.get(tokens, ""))


def _question(
    listings: Sequence[Listing], current: Place, notice: str, actions: tuple[Choice, ...]
) -> tuple[PickQuestion, dict[str, Place]]:
    """Return the question, and what its rows stand for."""
    alone = len(listings) == 1
    listings = sorted(listings, key=lambda listing: listing.problem is not None)
    listed = {_row_id(place): (place, group) for place, group in _listed(listings, alone=alone)}
    not_there = _suggested(listings, current, alone=alone)
    suggested = {_row_id(place): (place, group) for place, group in not_there}
    in_use = _row_id(current) if _is_worth_the_mark(listings, current) else ""
    rows = [_row(place, group, is_current=row_id == in_use) for row_id, (place, group) in listed.items()]
    rows += [_empty_row(listing) for listing in listings if not any(map(_can_chat, listing.models))]
    rows += [_row(place, group) for place, group in suggested.values()]
    places = {row_id: place for row_id, (place, _) in {**listed, **suggested}.items()}
    can_load = any(listing.can_load for listing in listings)
    question = PickQuestion(
        title=f"Models on {where(listings[0])}" if alone else "Models",
        rows=tuple(rows),
        notice=notice or _about_silent(listings),
        columns=COLUMNS,
        custom_label=f"Custom {server_name(current.server)} model",
        actions=(*(action for action in actions if can_load or action not in _LOADING), _REFRESH),
    )
    return question, places


def _is_worth_the_mark(listings: Sequence[Listing], current: Place) -> bool:
    """Return whether the mark begins on what is in use; where its server is away, on one that answers."""
    silent = {listing.server for listing in listings if listing.problem}
    others = (listing for listing in listings if listing.server not in silent)
    return current.server not in silent or not any(_can_chat(model) for one in others for model in one.models)


def _about_silent(listings: Sequence[Listing]) -> str:
    """Return which servers tell nothing, for a list that is longer than the screen; empty: all do."""
    silent = [f"{server_name(listing.server)} {_refusal(listing)}" for listing in listings if listing.problem]
    return f"{'; '.join(silent)}." if silent else ""


def _listed(listings: Sequence[Listing], *, alone: bool) -> Iterator[tuple[Place, str]]:
    """Yield every model that can chat, with the name of its group."""
    for listing in listings:
        for model in filter(_can_chat, listing.models):
            yield listed_place(listing, model), _group(listing, _heading(listing, model), alone=alone)


def _suggested(listings: Sequence[Listing], current: Place, *, alone: bool) -> Iterator[tuple[Place, str]]:
    """Yield what the server in use could download, else the first that can."""
    able = [listing for listing in listings if listing.can_load]
    able.sort(key=lambda listing: listing.server != current.server)
    for listing in able[:1]:
        for suggestion in not_on_server(listing.models):
            yield suggested_place(listing, suggestion), _group(listing, _SUGGESTIONS, alone=alone)


def _can_chat(model: ModelInfo) -> bool:
    return model.kind == "llm"


def _row_id(place: Place) -> str:
    return f"{place.server} {'+' if place.suggested else ''}{place.model.id}"


def _row(place: Place, group: str, *, is_current: bool = False) -> PickRow:
    model = place.model
    return PickRow(
        id=_row_id(place),
        label=model.id,
        detail=describe(model),
        cells=cells(model),
        group=group,
        current=is_current,
    )


def _heading(listing: Listing, model: ModelInfo) -> str:
    if listing.problem:
        return f"{_refusal(listing)}, seen {age(listing.age_s or 0)}"
    return {"loaded": "Loaded", "downloaded": "Downloaded", "unknown": "Models"}[model.state]


def _group(listing: Listing, heading: str, *, alone: bool) -> str:
    return heading if alone else f"{where(listing)} · {heading}"


def _refusal(listing: Listing) -> str:
    """Return why a server told nothing, in a few words."""
    if isinstance(listing.problem, Unauthorized):
        named = f" ({_LMSTUDIO_VARIABLE})" if _LMSTUDIO_VARIABLE in listing.problem.hint else ""
        return f"wants a token{named}"
    return "does not answer"


def _empty_row(listing: Listing) -> PickRow:
    said = listing.problem.message if listing.problem else "It lists no chat model."
    return PickRow(
        id=listing.server,
        label=server_name(listing.server),
        detail=said,
        group=f"{where(listing)} · {_refusal(listing)}" if listing.problem else where(listing),
    )
