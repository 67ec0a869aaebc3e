"""Known ways in through the app's pages (`vtcode serve`), tried with what a stranger can know, or more."""

from __future__ import annotations

import sys
from pathlib import Path

import aiohttp
import pytest

from tests.support.served import served
from vtcode.web.guard import HOST

NOTHING = (sys.executable, "-I", "-S", "-c", "open('started', 'w').close()")
"""Stands in for vtcode, and tells that it was started."""


@pytest.mark.parametrize("path", ["", "textual.js", "ws"])
async def test_foreign_name_that_leads_to_the_served_app(tmp_path: Path, path: str) -> None:
    async with served(NOTHING, tmp_path) as pages, aiohttp.ClientSession() as client:
        rebound = f"evil.example:{pages.guard.port}"
        headers = {"Host": rebound, "Origin": f"http://{rebound}"}
        async with client.get(f"{pages.guard.url}{path}", headers=headers) as answer:
            assert answer.status == 403
            assert "access-control-allow-origin" not in answer.headers
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("origin", ["http://evil.example", f"http://{HOST}:1", "null", None])
async def test_web_page_that_opens_a_websocket_to_the_served_app(tmp_path: Path, origin: str | None) -> None:
    async with served(NOTHING, tmp_path) as pages, aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await client.ws_connect(f"{pages.guard.url}ws", origin=origin)
        assert pages.open_sockets == set()
    assert not (tmp_path / "started").exists()


async def test_stranger_on_this_machine_who_finds_the_port(tmp_path: Path) -> None:
    async with served(NOTHING, tmp_path) as pages, aiohttp.ClientSession() as client:
        origin = f"http://{HOST}:{pages.guard.port}"
        for path in (
            "/",
            "/ws",
            "/static/textual.js",
            f"/?token={pages.guard.token}",
            "/guess/",
            "/guess/ws",
        ):
            async with client.get(f"{origin}{path}", headers={"Origin": origin}) as answer:
                assert answer.status == 403
                assert pages.guard.token not in await answer.text()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await client.ws_connect(f"{origin}/guess/ws", origin=origin)
    assert not (tmp_path / "started").exists()


async def test_page_of_another_site_that_frames_the_served_app(tmp_path: Path) -> None:
    async with (
        served(NOTHING, tmp_path) as pages,
        aiohttp.ClientSession() as client,
        client.get(pages.guard.url) as answer,
    ):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
