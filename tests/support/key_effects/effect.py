"""How the effect of a key is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench
from vtcode.frontends.tui.keys import Place

Given: TypeAlias = Callable[[Bench], Awaitable[None]]
Holds: TypeAlias = Callable[[Bench], bool]


@dataclass(frozen=True)
class Effect:
    """What has to be done before a key is pressed, and what holds after it and did not before."""

    given: Given
    holds: Holds


Effects: TypeAlias = dict[tuple[Place, str], Effect]
"""By place and action."""


async def hang(session: FakeSession, text: str) -> None:
    """A turn that goes on until it is interrupted."""
    await asyncio.Event().wait()


async def as_it_is(bench: Bench) -> None:
    """Do nothing."""


def draft(text: str) -> Given:
    """Have `text` in the prompt."""

    async def given(bench: Bench) -> None:
        bench.app.prompt.put(text)

    return given


async def busy(bench: Bench) -> None:
    """Have a turn run."""
    bench.session.play = hang
    await bench.send("go on")
    await bench.until(lambda: bench.session.status.busy)


def then(*steps: Given | str) -> Given:
    """Do one after the other; a text is a key."""

    async def given(bench: Bench) -> None:
        for step in steps:
            if isinstance(step, str):
                await bench.pilot.press(step)
            else:
                await step(bench)
            await bench.pilot.pause()

    return given


def shows(text: str) -> Holds:
    """Whether the screen holds `text`."""
    return lambda bench: text in bench.screen_text()


def is_on(screen: type[object]) -> Holds:
    """Whether a screen of this kind is on top."""
    return lambda bench: isinstance(bench.app.screen, screen)


def is_beside(bench: Bench) -> bool:
    """Whether old and new lines of a diff stand side by side."""
    return any(" │ " in line[3:-3] for line in bench.screen_text().split("\n"))


async def beside(bench: Bench) -> None:
    """Have the diff that is shown stand side by side."""
    await bench.pilot.press("right")
    await bench.until(lambda: is_beside(bench))
