"""The app's pages over HTTP: what is served to whom, and a session's life with its page."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from pathlib import Path

import aiohttp
import pytest

import vtcode
from tests.support.served import DEADLINE_S, VTCODE, page_end, served
from vtcode.system.child import start_child
from vtcode.web import SIZE_VARIABLE
from vtcode.web.guard import HEADERS, HOST
from vtcode.web.server import MAX_SESSIONS, Pages

ECHO = """
import sys
print("__GANGLION__", flush=True)
while head := sys.stdin.buffer.read(5):
    payload = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    sys.stdout.buffer.write(b"D" + head[1:] + payload)
    sys.stdout.buffer.flush()
open("left", "w").close()
"""
"""Stands in for vtcode: shows what it is sent, and leaves when nobody is there any more."""

ECHOES = (sys.executable, "-I", "-S", "-c", ECHO)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, with a home beside it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "script.toml").write_text('[[turns]]\ntext = "Hello from here."\n')
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    # The tests' own vtcode, which need not be the one that is installed.
    monkeypatch.setenv("PYTHONPATH", str(Path(vtcode.__file__).parents[1]))
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path / "project"


def scripted(folder: Path) -> tuple[str, ...]:
    script = f"providers.scripted.script={folder.parent / 'script.toml'}"
    return (*VTCODE, "--provider", "scripted", "-c", script)


async def wait_until_alone(pages: Pages) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while pages.open_sockets:  # noqa: ASYNC110  (the server's own, as it stands)
            await asyncio.sleep(0.01)


async def test_the_page_and_its_files_come_from_here_and_are_not_kept(tmp_path: Path) -> None:
    async with served(ECHOES, tmp_path) as pages, aiohttp.ClientSession() as client:
        async with client.get(pages.guard.url) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert dict(answer.headers).items() >= HEADERS.items()
            assert not answer.cookies
        links = re.findall(r'(?:src|href|url)="([^"]+)"', page)
        own = [link for link in links if link != "data:,"]
        assert len(own) >= 6
        for link in own:
            assert re.match(rf"(ws://{HOST}:{pages.guard.port})?/{pages.guard.token}/", link), link
            if link.startswith("/"):
                async with client.get(f"http://{HOST}:{pages.guard.port}{link}") as answer:
                    assert answer.status == 200
                    assert dict(answer.headers).items() >= HEADERS.items()


@pytest.mark.parametrize(
    "path", ["page.html", "server.py", "../server.py", "..%2fserver.py", "js/textual.js", "%2e%2e/page.css"]
)
async def test_nothing_else_can_be_asked_for(tmp_path: Path, path: str) -> None:
    async with served(ECHOES, tmp_path) as pages:
        reader, writer = await asyncio.open_connection(HOST, pages.guard.port)
        request = f"GET /{pages.guard.token}/{path} HTTP/1.1\r\nHost: {HOST}:{pages.guard.port}\r\n"
        writer.write(f"{request}Connection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
    assert re.match(r"HTTP/1.1 40[34] ", answer)


@pytest.mark.parametrize("path", ["", "page.js", "ws"])
async def test_each_address_needs_the_token(tmp_path: Path, path: str) -> None:
    async with served(ECHOES, tmp_path) as pages, aiohttp.ClientSession() as client:
        own = {"Origin": f"http://{HOST}:{pages.guard.port}"}
        for token in ("wrong", pages.guard.token[:-1], pages.guard.token.swapcase()):
            async with client.get(f"http://{HOST}:{pages.guard.port}/{token}/{path}", headers=own) as answer:
                assert answer.status == 403
                assert pages.guard.token not in await answer.text()


async def test_no_request_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with served(ECHOES, tmp_path) as pages, aiohttp.ClientSession() as client:
        for path in ("", "nothing", "ws"):
            await client.get(f"{pages.guard.url}{path}")
        async with page_end(pages) as page:
            await page.type("hello")
            await page.wait_for("hello")
        assert pages.guard.token not in caplog.text


async def test_a_row_that_the_page_takes_for_wider_leaves_the_next_one_alone(folder: Path) -> None:
    thumb = "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}"
    async with served(scripted(folder), folder) as pages, page_end(pages) as page:
        await page.wait_for("ready · build mode")
        await page.type(f"{thumb * 9} fine")
        await page.wait_for("fine")
        assert "ready · build mode" in page.text().splitlines()[-1]


async def test_a_session_ends_with_its_page(tmp_path: Path) -> None:
    async with served(ECHOES, tmp_path) as pages:
        async with page_end(pages) as page:
            await page.type("hello")
            await page.wait_for("hello")
            assert len(pages.open_sockets) == 1
        await wait_until_alone(pages)
        assert (tmp_path / "left").exists()


async def test_sessions_end_with_the_server(tmp_path: Path) -> None:
    async with served(ECHOES, tmp_path) as pages:
        connection = page_end(pages)
        page = await connection.__aenter__()
        await page.type("hello")
        await page.wait_for("hello")
    assert (tmp_path / "left").exists()
    await page.wait_for_end()
    await connection.__aexit__(None, None, None)


async def test_pages_have_sessions_of_their_own_up_to_a_limit(tmp_path: Path) -> None:
    async with served(ECHOES, tmp_path) as pages, aiohttp.ClientSession() as client:
        origin = f"http://{HOST}:{pages.guard.port}"
        sockets = [
            await client.ws_connect(f"{pages.guard.url}ws", origin=origin) for _ in range(MAX_SESSIONS)
        ]
        for number, socket in enumerate(sockets):
            await socket.send_json(["stdin", f"page {number}"])
        shown = [await socket.receive_bytes() for socket in sockets]
        assert shown == [f"page {number}".encode() for number in range(MAX_SESSIONS)]
        async with client.get(pages.guard.url) as answer:
            assert answer.status == 503
            assert "close a page" in await answer.text()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await client.ws_connect(f"{pages.guard.url}ws", origin=origin)
        for socket in sockets:
            await socket.close()


async def test_a_prompt_typed_into_a_page_is_answered_there(folder: Path) -> None:
    async with served(scripted(folder), folder) as pages, page_end(pages) as page:
        await page.wait_for("ready")
        await page.type("Say hello.")
        await page.wait_for("Say hello.")
        await page.type("\r")
        await page.wait_for("Hello from here.")
        await page.type("\x04")
        await page.wait_for_end()


async def test_what_keeps_a_session_from_starting_is_told_in_the_page(folder: Path) -> None:
    argv = (*VTCODE, "--config", "missing.toml")
    async with served(argv, folder) as pages, page_end(pages) as page:
        await page.wait_for_end()
        assert "missing.toml" in page.text()
        assert "Traceback" not in page.text()


async def test_the_app_closes_its_session_when_its_page_hangs_up(folder: Path) -> None:
    environment = os.environ | {"TERM": "xterm", SIZE_VARIABLE: "80x24"}
    child = await start_child(scripted(folder), cwd=folder, environment=environment)
    try:
        shown = b""
        while b"ready" not in shown:
            read = await child.read(65_536)
            assert read, child.log_tail()
            shown += read
        child.hang_up()
        async with asyncio.timeout(DEADLINE_S):
            while await child.read(65_536):
                pass
        assert await child.ends_within(DEADLINE_S)
        assert child.exit_code == 0, child.log_tail()
    finally:
        await child.stop()


async def test_commands_know_nothing_of_the_page(folder: Path) -> None:
    async with served(scripted(folder), folder) as pages, page_end(pages) as page:
        await page.wait_for("ready")
        await page.type(f"!echo size=${SIZE_VARIABLE}=")
        await page.wait_for(f"!echo size=${SIZE_VARIABLE}=")
        await page.type("\r")
        await page.wait_for("size==")
