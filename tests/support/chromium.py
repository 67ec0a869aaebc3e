"""A page in headless Chromium, over its DevTools protocol; what the page asks for is recorded."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pyte

CHROMIUM = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), "")
DEADLINE_S = 30.0
_READING_S = 1.2
_QUESTION = "╭──"
"""The frame that every question has."""
_FLAGS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
    "--window-size=1000,640",
    # A request to anywhere else is recorded, and gets nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
_DOMAINS = ("Network", "Log", "Runtime", "Page")


class Tab:
    """One page: what it asked for, what it complained about, and the screen that its terminal was sent."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Condition()
        self._screen = pyte.Screen(300, 100)
        self._stream = pyte.ByteStream(self._screen)
        self.requests: list[str] = []
        """The addresses of all requests and websockets."""
        self.complaints: list[str] = []
        """Exceptions, errors and warnings, as of a content security policy that was violated."""

    async def open(self, url: str) -> None:
        await self.send("Page.navigate", url=url)

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._connection.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(DEADLINE_S):
            return await answer

    async def evaluate(self, expression: str) -> Any:
        answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def type(self, text: str) -> None:
        """Type, as a keyboard would."""
        for character in text:
            key = {"\r": {"key": "Enter", "windowsVirtualKeyCode": 13}}.get(character, {"key": character})
            await self.send("Input.dispatchKeyEvent", type="keyDown", text=character, **key)
            await self.send("Input.dispatchKeyEvent", type="keyUp", **key)

    async def wait_for_page(self, expression: str) -> None:
        """Wait until an expression holds in the page."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not await self.evaluate(expression):  # noqa: ASYNC110  (another process)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{expression} never held; the page shows:\n{self.text()}") from None

    async def answer(self, key: str) -> None:
        """Answer the question that is, or soon will be, on the screen, as `Terminal.answer` does."""
        await self.wait_for(_QUESTION)
        while _QUESTION in self.text():
            await asyncio.sleep(_READING_S)
            await self.type(key)
            with suppress(TimeoutError):
                async with asyncio.timeout(_READING_S), self._changed:
                    await self._changed.wait_for(lambda: _QUESTION not in self.text())

    async def screenshot(self) -> bytes:
        """Return what the page looks like, as PNG."""
        shot = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    def text(self) -> str:
        """Return what the terminal shows."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    async def wait_for(self, wanted: str | Callable[[Tab], bool]) -> None:
        """Wait until the terminal shows the text, or what is wanted holds."""
        holds = wanted if callable(wanted) else lambda tab: wanted in tab.text()
        try:
            async with asyncio.timeout(DEADLINE_S), self._changed:
                await self._changed.wait_for(lambda: holds(self))
        except TimeoutError:
            raise AssertionError(
                f"{wanted!r} never came; {self.complaints}; the page shows:\n{self.text()}"
            ) from None

    async def listen(self) -> None:
        """Take what the browser tells, until it is gone."""
        async for message in self._connection:
            told = message.json()
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told.get("result", {}))
            else:
                async with self._changed:
                    self._take(told["method"], told["params"])
                    self._changed.notify_all()

    def _take(self, method: str, told: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(told["url"])
                self._screen.reset()
            case "Network.webSocketFrameReceived" if told["response"]["opcode"] == 2:
                with suppress(Exception):  # sequences that the emulator does not know
                    self._stream.feed(base64.b64decode(told["response"]["payloadData"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(str(told["exceptionDetails"]))
            case "Log.entryAdded" if told["entry"]["level"] in {"error", "warning"}:
                self.complaints.append(told["entry"]["text"])


@asynccontextmanager
async def chromium_tab(profile: Path) -> AsyncIterator[Tab]:
    """Run Chromium with a profile of its own, and yield its one page."""
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    argv = (CHROMIUM, *_FLAGS, *root, f"--user-data-dir={profile}", "about:blank")
    process = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    async with asyncio.timeout(DEADLINE_S):
        port = await _port(process.stderr)
    reading = asyncio.create_task(_drain(process.stderr))
    try:
        async with aiohttp.ClientSession() as client, _connected(client, port) as connection:
            tab = Tab(connection)
            listening = asyncio.create_task(tab.listen())
            for domain in _DOMAINS:
                await tab.send(f"{domain}.enable")
            yield tab
            listening.cancel()
    finally:
        process.terminate()
        await process.wait()
        await reading


@asynccontextmanager
async def _connected(
    client: aiohttp.ClientSession, port: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
        (page,) = [target for target in await answer.json() if target["type"] == "page"]
    async with client.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as connection:
        yield connection


async def _port(log: asyncio.StreamReader) -> str:
    """Return the port that Chromium names once it listens."""
    said = b""
    while line := await log.readline():
        said += line
        if found := re.search(
            r"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line.decode(errors="replace")
        ):
            return found.group(1)
    raise AssertionError(f"Chromium ended: {said!r}")


async def _drain(log: asyncio.StreamReader) -> None:
    while await log.read(65_536):
        pass
