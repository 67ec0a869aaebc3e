"""What the user types: completions, the palette, messages that wait, vim's keys."""

from __future__ import annotations

import asyncio

from tests.support.fake_session import FakeSession
from tests.support.states.opened import begin
from tests.support.states.said import REASONING
from tests.support.states.stage import state
from tests.support.tui_app import Bench
from vtcode.events import ReasoningDelta
from vtcode.frontends.tui.screens.pick import PickScreen

_FILES = ("shop/prices.py", "shop/parsing.py", "tests/test_prices.py", "docs/prices.md")


class _Files:
    """A project's files, by a few letters."""

    async def search(self, letters: str, *, limit: int) -> tuple[str, ...]:
        return tuple(name for name in _FILES if letters in name)[:limit]

    async def close(self) -> None:
        """Have nothing to end."""


@state("All commands and keys, found by a few letters of their names.")
async def palette(bench: Bench) -> None:
    await bench.pilot.press("ctrl+p")
    await bench.until(lambda: isinstance(bench.app.screen, PickScreen))
    await bench.type("mo")


@state("The commands that begin with what was typed, with their help.")
async def completions(bench: Bench) -> None:
    await begin(bench)
    await bench.type("/co")
    await bench.until(lambda: bench.app.completions.display)


@state("The project's files that fit a few letters after an @.")
async def files(bench: Bench) -> None:
    bench.app.completions.attach(bench.session.custom_prompts, _Files())  # type: ignore[arg-type]
    await begin(bench)
    await bench.type("Fix @price")
    await bench.until(lambda: "test_prices.py" in bench.screen_text())


@state("Messages that wait until the model is done, above the prompt with the next one.")
async def queue(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await session.emit(ReasoningDelta(text=REASONING))
        await asyncio.Event().wait()

    bench.session.play = play
    await bench.send("Fix the price test.")
    await bench.until(lambda: bench.session.status.busy)
    await bench.send("Then run all the tests.")
    await bench.send("And write a line for the changelog.")
    await bench.type("What else reads prices?")
    await bench.until(lambda: "changelog" in bench.screen_text())


@state("Vim's keys in the prompt: the status line names the mode.")
async def vim(bench: Bench) -> None:
    bench.app.prompt.use_vim(True)
    await bench.type("Fix the prices")
    await bench.pilot.press("escape", "b")
    await bench.until(lambda: "NORMAL" in bench.status_text())
