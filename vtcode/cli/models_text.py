"""What `vtcode models` prints: aligned columns for a person, one JSON document for a program. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vtcode.amounts import age
from vtcode.commands.model_facts import COLUMNS, cells, facts
from vtcode.commands.model_places import server_name
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.commands.model_places import Place
    from vtcode.providers.model_info import ModelInfo
    from vtcode.session.servers import Listing

_GROUPS = (("Loaded", "loaded"), ("Downloaded", "downloaded"), ("Models", "unknown"))


def listings_text(listings: Sequence[Listing]) -> str:
    """Return the servers with their models: loaded, downloaded, and apart those that can't chat."""
    widths = _widths([model for listing in listings for model in listing.models])
    return "\n\n".join("\n".join(_listing_lines(listing, widths)) for listing in listings)


def listings_json(listings: Sequence[Listing]) -> dict[str, Any]:
    """Return the same as values."""
    return {
        "servers": [
            {
                "name": listing.server,
                "address": listing.address,
                "answers": listing.problem is None,
                "problem": listing.problem.message if listing.problem else None,
                "list_age_seconds": None if listing.age_s is None else round(listing.age_s),
                "models": [asdict(model) for model in listing.models],
            }
            for listing in listings
        ]
    }


def info_text(place: Place) -> str:
    """Return all that is known of a model, a line each."""
    told = facts(place.model, server_name(place.server), place.address)
    width = max(len(name) for name, _ in told)
    return "\n".join(f"{name:<{width}}  {_shown(value)}" for name, value in told)


def info_json(place: Place) -> dict[str, Any]:
    """Return the same as values."""
    return {"server": place.server, "address": place.address, **asdict(place.model)}


def _listing_lines(listing: Listing, widths: Sequence[int]) -> Iterator[str]:
    yield f"{server_name(listing.server)}  {_shown(listing.address)}"
    if listing.problem:
        seen = "" if listing.age_s is None else f" Its list was seen {age(listing.age_s)}."
        yield f"  {_shown(listing.problem.message)}{seen}"
    elif not listing.models:
        yield "  It lists no model."
    chat = [model for model in listing.models if model.kind == "llm"]
    if chat:
        yield _row(COLUMNS, widths)
    for heading, state in _GROUPS:
        yield from _group_lines(heading, [model for model in chat if model.state == state], widths)
    others = [model for model in listing.models if model.kind != "llm"]
    yield from _group_lines("Not for chats", others, widths)


def _group_lines(heading: str, models: Sequence[ModelInfo], widths: Sequence[int]) -> Iterator[str]:
    if models:
        yield f"  {heading}"
    for model in models:
        yield _row((_shown(model.id), *cells(model)), widths)


def _widths(models: Sequence[ModelInfo]) -> list[int]:
    rows = [COLUMNS, *((_shown(model.id), *cells(model)) for model in models)]
    return [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    columns = (f"{_shown(cell):<{width}}" for cell, width in zip(row, widths, strict=True))
    return f"    {'  '.join(columns)}".rstrip()


def _shown(text: str) -> str:
    return revealed(text, keep_newlines=False)
