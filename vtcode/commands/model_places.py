"""Which model on which server a name means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.errors import ModelNotFound, ProviderError
from vtcode.providers.model_info import ModelInfo

if TYPE_CHECKING:
    from vtcode.providers.base import Provider
    from vtcode.providers.catalog import SuggestedModel
    from vtcode.session.servers import Listing, Servers


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A model on a server."""

    server: str
    model: ModelInfo
    address: str = ""
    """The server's."""
    can_load: bool = False
    """The server loads and unloads it for us."""
    typed: bool = False
    """Its id was typed: the server may not list it."""
    suggested: bool = False
    """The server does not have it: it could download it."""
    download_name: str = ""
    """What to ask a server for that is to download it."""


def listed_place(listing: Listing, model: ModelInfo) -> Place:
    """Return a model of a server's list."""
    return Place(server=listing.server, address=listing.address, model=model, can_load=listing.can_load)


def suggested_place(listing: Listing, suggestion: SuggestedModel) -> Place:
    """Return a model that a server could download."""
    model = ModelInfo(
        id=suggestion.id,
        display_name=suggestion.display_name,
        params=suggestion.params,
        size_bytes=suggestion.size_bytes,
        max_window_tokens=suggestion.max_window_tokens,
        tool_use=suggestion.tool_use,
        vision=suggestion.vision,
    )
    return replace(listed_place(listing, model), suggested=True, download_name=suggestion.download_name)


def server_name(server: str) -> str:
    """Return what a server is called on the screen."""
    return "LM Studio" if server == "lmstudio" else server


def where(listing: Listing) -> str:
    """Return a server's name with what it is found at, in short: `box · 192.168.1.20:1234`."""
    address = listing.address.partition("://")[2] or listing.address
    return " · ".join(filter(None, (server_name(listing.server), address)))


async def resolved(provider: Provider, place: Place) -> ModelInfo:
    """Return a model as its server has it now; an id that was typed is taken even where it is not listed.

    Raises:
        ModelNotFound: The list has changed meanwhile.
    """
    try:
        return await provider.resolve_model(place.model.id)
    except ModelNotFound:
        if not place.typed:
            raise
        return place.model


async def find_place(servers: Servers, current: str, name: str, server: str = "") -> Place:
    """Return the model of this name: on the server that is named, else on the current one, else on any.

    Args:
        servers: Where to look.
        current: The name of the server in use.
        name: An id, a key, a variant, on the first server also a part of one; empty: the model that is
            loaded there.
        server: Empty: none was named.

    Raises:
        ModelNotFound: No server has it.
        UserFacingError: The server does not answer, or there is none of this name.
    """
    (listing,) = await servers.listings(server or current)
    if found := named_in(listing, name):
        return found
    try:
        if listing.problem:
            raise listing.problem
        provider = await servers.opened(listing.server)
        return listed_place(listing, await provider.resolve_model(name))
    except ProviderError:
        elsewhere = None if server or not name else await _elsewhere(servers, name)
        if elsewhere is None:
            raise
        return elsewhere


async def _elsewhere(servers: Servers, name: str) -> Place | None:
    found = [named_in(listing, name) for listing in await servers.listings() if not listing.problem]
    return next((place for place in found if place), None)


def named_in(listing: Listing, name: str) -> Place | None:
    """Return the model that this is an id, a key or a variant of, a loaded one first."""
    if listing.problem or not name:
        return None
    fitting = [model for model in listing.models if name in (model.id, model.key, *model.aliases)]
    fitting.sort(key=lambda model: (model.id != name, model.state != "loaded"))
    return listed_place(listing, fitting[0]) if fitting else None
