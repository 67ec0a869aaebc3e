"""The app in a real browser: a request to another host fails the test, so does what the browser reports."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.chromium import CHROMIUM, Tab, chromium_tab
from tests.support.emulator import Emulator
from tests.support.serving import serving
from tests.support.sessions import call
from vtcode.providers.script import Turn

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")


def _asked_elsewhere(tab: Tab, url: str) -> list[str]:
    own = urlsplit(url).netloc
    return [request for request in tab.requests if urlsplit(request).netloc != own and request != "data:,"]


async def test_a_task_is_done_in_a_page_that_asks_no_other_host(
    emulator: Emulator, project: Path, home: Path, tmp_path: Path
) -> None:
    (project / "greet.py").write_text("print('hello world')\n")
    emulator.script(
        Turn(calls=(call("edit_file", path="greet.py", old_str="world", new_str="there"),)),
        Turn(text="It greets **there** now: <https://evil.example/picture.png>"),
    )
    environment = {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1"}
    with serving("--provider", "lmstudio", cwd=project, home=home, environment=environment) as server:
        async with chromium_tab(tmp_path / "profile") as tab:
            await tab.open(server.url)
            await tab.wait_for("ready")
            await tab.type("Greet somebody else.")
            await tab.wait_for("Greet somebody else.")
            await tab.type("\r")
            await tab.answer("y")
            await tab.wait_for("It greets there now")
            assert await tab.evaluate("document.querySelector('.xterm-screen canvas') !== null")
            await tab.type("/exit")
            await tab.wait_for("/exit")
            await tab.type("\r")
            await tab.wait_for_page("document.body.classList.contains('-closed')")
            assert await tab.evaluate("getComputedStyle(document.querySelector('.ended')).display") == "block"
            assert _asked_elsewhere(tab, server.url) == []
            assert len(tab.requests) >= 7
            assert tab.complaints == []
    assert (project / "greet.py").read_text() == "print('hello there')\n"


async def test_a_page_can_ask_no_other_host_even_if_it_tries(
    project: Path, home: Path, tmp_path: Path
) -> None:
    with serving("--provider", "scripted", cwd=project, home=home) as server:
        async with chromium_tab(tmp_path / "profile") as tab:
            await tab.open(server.url)
            await tab.wait_for_page("document.querySelector('.xterm-screen') !== null")
            for attempt in (
                "fetch('http://evil.example/')",
                "new WebSocket('ws://evil.example/')",
                "document.body.append(Object.assign(new Image(), {src: 'http://evil.example/'}))",
            ):
                await tab.evaluate(f"try {{ {attempt} }} catch {{}}")
            await tab.wait_for(lambda tab: len(tab.complaints) >= 3)
            assert all("Content Security Policy" in complaint for complaint in tab.complaints[:3])
