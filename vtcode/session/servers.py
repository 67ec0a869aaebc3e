"""The servers that a session can take its models from."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.errors import ServerSilent, UsageError, UserFacingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vtcode.providers.base import Provider
    from vtcode.providers.model_cache import ModelCache
    from vtcode.providers.model_info import ModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A server's models, as they are; where it does not answer, as they were."""

    server: str
    """Its name in the configuration."""
    address: str
    models: tuple[ModelInfo, ...] = ()
    """Those that can't chat, too."""
    problem: UserFacingError | None = None
    """Why the server could not be asked; None: it was."""
    age_s: float | None = None
    """How old the list is, where it is one that was kept; None: it is new, or there is none."""
    can_load: bool = False
    """The server loads, unloads and downloads models for us."""


class Servers:
    """Servers by name, each made and reached when it is first asked for; owns them, and closes them.

    Args:
        makers: What makes each, not opened yet; in the order of listings.
        cache: Has each server's last list, for when it is away.
        optional: Those that are left out of a listing as long as nobody answers there.
        first: One that is open already; it comes first.
        patience_s: How long one server may take for its list: one that is off keeps nobody waiting.
    """

    def __init__(
        self,
        makers: Mapping[str, Callable[[], Provider]],
        *,
        cache: ModelCache,
        optional: frozenset[str] = frozenset(),
        first: Provider | None = None,
        patience_s: float = 3.0,
    ) -> None:
        self._makers = makers
        self._cache = cache
        self._optional = optional
        self._patience_s = patience_s
        self._made = {first.name: first} if first else {}
        self._left: list[Provider] = []
        """Another one has taken their name; the session may still be on one of them."""
        self.kept_windows: set[tuple[str, str]] = set()
        """Models, by server and id, whose small window the user wants to keep."""

    @property
    def names(self) -> tuple[str, ...]:
        """The servers' names."""
        return tuple(dict.fromkeys((*self._made, *self._makers)))

    def provider(self, name: str) -> Provider:
        """Return a server, whether it answers or not.

        Raises:
            UserFacingError: There is none of this name, or it is configured wrongly.
        """
        if name not in self._made:
            self._check(name)
            self._made[name] = self._makers[name]()
        return self._made[name]

    def adopt(self, provider: Provider) -> None:
        """Have a server take the place of the one of its name, or join the others."""
        if before := self._made.get(provider.name):
            self._left.append(before)
        self._made[provider.name] = provider

    async def opened(self, name: str) -> Provider:
        """Return a server that is ready to answer.

        Raises:
            UserFacingError: There is none of this name, it does not answer, or is configured wrongly.
        """
        provider = self.provider(name)
        await provider.open()
        return provider

    async def listings(self, only: str = "") -> tuple[Listing, ...]:
        """Return the lists of all servers, or of one, asked at the same time; loads nothing.

        Raises:
            UsageError: There is no server called `only`.
        """
        if only:
            self._check(only)
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._listing(name)) for name in ((only,) if only else self.names)]
        found = [task.result() for task in asked]
        return tuple(listing for listing in found if only or not self._is_left_out(listing))

    async def aclose(self) -> None:
        """Let go of all of them."""
        for provider in (*self._made.values(), *self._left):
            await provider.aclose()

    async def _listing(self, name: str) -> Listing:
        address = ""
        try:
            provider = self.provider(name)
            address = provider.address
            async with asyncio.timeout(self._patience_s):
                await provider.open()
                models = tuple(await provider.list_models())
        except TimeoutError:
            silent = ServerSilent(f"{name} at {address} did not answer within {self._patience_s:g} s.")
            return self._kept(name, address, silent)
        except UserFacingError as problem:
            return self._kept(name, address, problem)
        can_load = provider.lifecycle is not None
        return Listing(server=name, address=address, models=models, can_load=can_load)

    def _kept(self, name: str, address: str, problem: UserFacingError) -> Listing:
        """Return the last list of a server that is away; empty where there is none."""
        kept = self._cache.last(address)
        if kept is None:
            return Listing(server=name, address=address, problem=problem)
        models, listed_at = kept
        age_s = max(0.0, time.time() - listed_at)
        return Listing(server=name, address=address, models=models, problem=problem, age_s=age_s)

    def _check(self, name: str) -> None:
        if name not in self.names:
            raise UsageError(f"There is no server {name!r}.", hint=f"There are: {', '.join(self.names)}.")

    def _is_left_out(self, listing: Listing) -> bool:
        return listing.server in self._optional and listing.problem is not None and not listing.models
