"""What is typed in the line mode while another session opens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.errors import UsageError
from vtcode.frontends.line.app import LineMode
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from vtcode.session.session import Session
    from vtcode.session.store import RecordedSession


class Lines(Recorder):
    """A front end of the line mode without a terminal."""

    session = None

    def __init__(self) -> None:
        super().__init__()
        self.type: Callable[[str], None] = lambda _: None
        self.written: list[str] = []

    def take_lines(self, take: Callable[[str], None]) -> None:
        self.type = take

    def controls(self, line: str) -> bool:
        return False

    def sending(self, text: str) -> None:
        pass

    def write(self, text: str) -> None:
        self.written.append(text)
        self._changed.set()


@pytest.mark.parametrize("opens", [True, False])
async def test_what_is_typed_while_another_session_opens_is_in_the_next_prompt(
    tmp_path: Path, opens: bool
) -> None:
    lines = Lines()
    mode = LineMode(lines)  # type: ignore[arg-type]
    async with Bench(tmp_path).session(lines, Turn(text="Hello."), Turn(text="Wrong.")) as session:
        await session.submit("said before")

        async def open_other(_: RecordedSession) -> Session:
            lines.type("for the other one")
            await lines.until(lambda: bool(lines.written) or len(session.history.turns()) > 1)
            if opens:
                return session
            raise UsageError("It can't be opened.")

        session.open_other = open_other
        async with asyncio.timeout(20):
            unsent = await mode._take(session, "/fork")
        assert list(unsent) == ["for the other one"]
        assert list(session.history.turns().values()) == ["said before"]
    assert "[kept]" in "".join(lines.written)
