"""Finding an LM Studio server and its models, over real HTTP."""

from __future__ import annotations

import socket
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from tests.support.emulator import Emulator
from tests.support.raw_server import HANG_UP, SILENCE, RawServer, http_answer
from vtcode.errors import (
    ConfigError,
    ModelNotFound,
    NoModelLoaded,
    ServerSilent,
    ServerUnreachable,
    Unauthorized,
    UserFacingError,
    WrongEndpoint,
)
from vtcode.providers.http import Limits
from vtcode.providers.lmstudio import LmStudioProvider

if TYPE_CHECKING:
    pass

TOKEN = "sk-lm-AbCdEfGh:0123456789abcdefghij"


def text_of(error: UserFacingError) -> str:
    return f"{error.message} {error.hint} {error!r} {error.__cause__!r}"


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/api/v1/"])
async def test_a_server_is_found_however_its_address_is_written(emulator: Emulator, suffix: str) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url + suffix)) as provider:
        await provider.open()
        assert (await provider.list_models())[0].id == "acme/coder-30b-a3b"
    assert [request.path for request in emulator.requests] == ["/lmstudio-greeting", "/api/v1/models"]


async def test_opening_twice_asks_once(emulator: Emulator) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        await provider.open()
        await provider.open()
    assert len(emulator.requests) == 1


async def test_nobody_listening_is_unreachable_with_the_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with aclosing(LmStudioProvider(base_url=f"http://127.0.0.1:{port}")) as provider:
        with pytest.raises(ServerUnreachable) as caught:
            await provider.open()
    assert "lms server start" in caught.value.hint


async def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    async with aclosing(LmStudioProvider(base_url="http://no-such-host.invalid:1234")) as provider:
        with pytest.raises(ServerUnreachable):
            await provider.open()


async def test_something_else_on_the_port_is_a_wrong_endpoint() -> None:
    page = http_answer(b"<html>router</html>", headers="Content-Type: text/html\r\n")
    paths = ("/lmstudio-greeting", "/api/v1/models", "/api/v0/models", "/v1/models")
    async with RawServer(dict.fromkeys(paths, page)) as server:
        provider = LmStudioProvider(base_url=server.url)
        async with aclosing(provider):
            with pytest.raises(WrongEndpoint):
                await provider.open()


async def test_what_does_not_speak_http_is_unreachable() -> None:
    async with RawServer({"/lmstudio-greeting": b"SSH-2.0-OpenSSH_9.6\r\n\r\n"}) as server:
        provider = LmStudioProvider(base_url=server.url)
        async with aclosing(provider):
            with pytest.raises(ServerUnreachable):
                await provider.open()


async def test_a_server_that_takes_the_connection_and_stays_silent_is_given_up() -> None:
    async with RawServer({"/lmstudio-greeting": SILENCE}) as server:
        provider = LmStudioProvider(base_url=server.url, limits=Limits(answer_s=0.05))
        async with aclosing(provider):
            with pytest.raises(ServerSilent):
                await provider.open()


async def test_redirects_are_not_followed_and_told_without_the_key() -> None:
    place = "http://127.0.0.1:9/elsewhere?key=hunter2-key"
    moved = http_answer({}, status="302 Found", headers=f"Location: {place}\r\n")
    paths = ("/lmstudio-greeting", "/api/v1/models", "/api/v0/models", "/v1/models")
    async with RawServer(dict.fromkeys(paths, moved)) as server:
        provider = LmStudioProvider(base_url=server.url, api_key="hunter2-key")
        async with aclosing(provider):
            with pytest.raises(WrongEndpoint, match=r"redirects to \S+key=…"):
                await provider.open()


async def test_the_environments_proxies_are_not_used(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        await provider.open()


async def test_a_version_without_the_native_list_is_asked_for_its_older_one() -> None:
    emulator = Emulator()
    emulator.settings.surfaces = frozenset({"beta", "openai"})
    with emulator:
        async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
            await provider.open()
            coder, *others = await provider.list_models()
    assert (coder.id, coder.state, coder.window_tokens) == ("acme/coder-30b-a3b", "loaded", 32_768)
    assert [model.kind for model in others] == ["llm", "embedding"]


async def test_a_version_with_ids_alone_is_asked_for_them() -> None:
    emulator = Emulator()
    emulator.settings.surfaces = frozenset({"openai"})
    with emulator:
        async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
            models = await provider.list_models()
            assert (await provider.resolve_model("acme/chat-8b")).id == "acme/chat-8b"
    assert [model.state for model in models] == ["unknown"] * 3
    assert models[-1].kind == "embedding"


async def test_the_window_is_the_one_of_the_loaded_instance(emulator: Emulator) -> None:
    emulator.state.load(emulator.state.models[0], 8192)
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        first, second, *rest = await provider.list_models()
    assert (first.id, first.window_tokens) == ("acme/coder-30b-a3b", 32_768)
    assert (second.id, second.window_tokens) == ("acme/coder-30b-a3b:2", 8192)
    assert first.max_window_tokens == 262_144
    assert [model.window_tokens for model in rest] == [None, None]


async def test_without_a_name_the_loaded_model_is_taken_and_never_another(emulator: Emulator) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        assert (await provider.resolve_model("")).id == "acme/coder-30b-a3b"
        emulator.state.instances.clear()
        with pytest.raises(NoModelLoaded) as caught:
            await provider.resolve_model("")
    assert "vtcode models load" in caught.value.hint
    assert "acme/chat-8b" in caught.value.hint


async def test_an_unknown_name_is_not_found_with_near_ones(emulator: Emulator) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        with pytest.raises(ModelNotFound) as caught:
            await provider.resolve_model("acme/code-30b")
    assert "acme/coder-30b-a3b" in caught.value.hint


async def test_finding_loads_nothing(emulator: Emulator) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        await provider.open()
        await provider.resolve_model("acme/chat-8b")
    assert {request.method for request in emulator.requests} == {"GET"}


async def test_a_token_goes_with_every_request(emulator: Emulator) -> None:
    emulator.settings.token = TOKEN
    async with aclosing(LmStudioProvider(base_url=emulator.url, api_key=f" {TOKEN}\n")) as provider:
        await provider.open()
        await provider.resolve_model("")
    assert {request.headers["authorization"] for request in emulator.requests} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("key", [None, "", "  "])
async def test_without_a_key_no_token_is_made_up(emulator: Emulator, key: str | None) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url, api_key=key)) as provider:
        await provider.open()
    assert "authorization" not in emulator.requests[0].headers


@pytest.mark.parametrize("key", [None, TOKEN])
async def test_a_refused_token_is_nowhere_in_the_error(emulator: Emulator, key: str | None) -> None:
    emulator.settings.token = "sk-lm-ZZZZZZZZ:another0000000000000"
    async with aclosing(LmStudioProvider(base_url=emulator.url, api_key=key)) as provider:
        with pytest.raises(Unauthorized) as caught:
            await provider.open()
        assert TOKEN not in repr(vars(provider))
    assert TOKEN[:8] not in text_of(caught.value)
    assert "LM_API_TOKEN" in caught.value.hint


def test_a_key_that_no_header_can_hold_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        LmStudioProvider(api_key="sécret\nkey")
    assert "cret" not in caught.value.message


async def test_a_kept_connection_that_died_is_replaced_once() -> None:
    greeting = http_answer({"lmstudio": True})
    models = http_answer({"models": []})
    async with RawServer({"/lmstudio-greeting": greeting, "/api/v1/models": [HANG_UP, models]}) as server:
        async with aclosing(LmStudioProvider(base_url=server.url)) as provider:
            await provider.open()
            assert await provider.list_models() == []
        assert server.connections == 2


async def test_a_new_connection_that_dies_is_not_tried_again() -> None:
    async with RawServer({"/lmstudio-greeting": HANG_UP}) as server:
        provider = LmStudioProvider(base_url=server.url)
        async with aclosing(provider):
            with pytest.raises(ServerUnreachable):
                await provider.open()
        assert server.connections == 1


async def test_connections_are_kept() -> None:
    answers = {
        "/lmstudio-greeting": http_answer({"lmstudio": True}),
        "/api/v1/models": http_answer({"models": []}),
    }
    async with RawServer(answers) as server:
        async with aclosing(LmStudioProvider(base_url=server.url)) as provider:
            await provider.open()
            await provider.list_models()
        assert server.connections == 1
