"""Several servers asked at the same time, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.raw_server import SILENCE, RawServer
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.bootstrap import servers_for
from vtcode.errors import ConfigError, ServerSilent, ServerUnreachable, Unauthorized, UsageError
from vtcode.providers.base import Provider
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.model_cache import ModelCache
from vtcode.providers.openai_compatible import OpenAICompatibleProvider
from vtcode.session.servers import Servers

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path)


@pytest.fixture
async def closing() -> AsyncIterator[list[Servers]]:
    opened: list[Servers] = []
    yield opened
    for servers in opened:
        await servers.aclose()


def lm_studio(name: str, url: str) -> Callable[[], Provider]:
    return partial(LmStudioProvider, name, url)


def wrongly_configured() -> Provider:
    raise ConfigError("providers.box.base_url is not set.")


async def test_one_that_is_silent_keeps_nobody_waiting(
    emulator: Emulator, cache: ModelCache, closing: list[Servers]
) -> None:
    async with RawServer({"/lmstudio-greeting": SILENCE}) as silent:
        makers = {"silent": lm_studio("silent", silent.url), "here": lm_studio("here", emulator.url)}
        servers = Servers(makers, cache=cache, patience_s=0.2)
        closing.append(servers)
        first, second = await servers.listings()
        await servers.aclose()
    assert isinstance(first.problem, ServerSilent)
    assert (second.server, second.problem, len(second.models)) == ("here", None, 3)


async def test_each_failure_is_its_own_server_s(
    emulator: Emulator, cache: ModelCache, closing: list[Servers]
) -> None:
    emulator.settings.token = "sk-lm-abcdefgh:abcdefghijklmnopqrst"
    makers: dict[str, Callable[[], Provider]] = {
        "locked": lm_studio("locked", emulator.url),
        "nobody": lm_studio("nobody", NOBODY),
        "wrong": wrongly_configured,
    }
    servers = Servers(makers, cache=cache)
    closing.append(servers)
    problems = [type(listing.problem) for listing in await servers.listings()]
    assert problems == [Unauthorized, ServerUnreachable, ConfigError]


@pytest.mark.parametrize("kind", [LmStudioProvider, OpenAICompatibleProvider])
async def test_a_server_of_any_kind_that_went_away_shows_the_list_that_was_last_had_of_it(
    emulator: Emulator,
    cache: ModelCache,
    closing: list[Servers],
    tmp_path: Path,
    kind: type[LmStudioProvider | OpenAICompatibleProvider],
) -> None:
    async with aclosing(kind("plain", emulator.url, state_folder=tmp_path)) as provider:
        before = await provider.list_models()
    emulator.stop()
    servers = Servers({"plain": partial(kind, "plain", emulator.url)}, cache=cache)
    closing.append(servers)
    (after,) = await servers.listings()
    assert after.models == tuple(before)
    assert (after.age_s is None, after.problem is None, after.can_load) == (False, False, False)


async def test_one_that_nobody_asked_for_is_left_out_until_it_answers(
    emulator: Emulator, cache: ModelCache, closing: list[Servers]
) -> None:
    for url, shown in ((NOBODY, []), (emulator.url, ["lmstudio"])):
        makers = {"lmstudio": lm_studio("lmstudio", url)}
        servers = Servers(makers, cache=cache, optional=frozenset({"lmstudio"}))
        closing.append(servers)
        assert [listing.server for listing in await servers.listings()] == shown
    assert [listing.server for listing in await servers.listings("lmstudio")] == ["lmstudio"]


async def test_nothing_is_reached_before_it_is_asked_for(emulator: Emulator, cache: ModelCache) -> None:
    servers = Servers({"here": lm_studio("here", emulator.url)}, cache=cache)
    assert servers.provider("here").address == emulator.url
    assert emulator.requests == []
    await servers.aclose()


async def test_a_name_that_is_not_configured_is_refused_with_those_that_are(cache: ModelCache) -> None:
    servers = Servers({"here": lm_studio("here", NOBODY)}, cache=cache)
    with pytest.raises(UsageError) as refused:
        await servers.opened("there")
    assert "here" in refused.value.hint


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        pytest.param([], ["lmstudio"], id="nothing configured"),
        pytest.param(
            ["providers.box.kind=lmstudio", "providers.box.base_url=box:1234"],
            ["lmstudio", "box"],
            id="named",
        ),
        pytest.param(
            ["agent.provider=vllm", "providers.vllm.base_url=box:8000"], ["vllm", "lmstudio"], id="chosen"
        ),
        pytest.param(["providers.box.kind=lmstudio"], ["lmstudio"], id="without an address"),
        pytest.param(["agent.provider=embedded"], ["embedded", "lmstudio"], id="embedded"),
    ],
)
def test_the_configured_servers_are_listed_the_chosen_one_first(
    bench: Bench, settings: list[str], names: list[str]
) -> None:
    bench.settings += settings
    assert list(servers_for(bench.configuration(), Recorder()).names) == names
