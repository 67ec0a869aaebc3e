"""Diffs of calls that ran: laid out by width and by keys, and told to be partial."""

from __future__ import annotations

import pytest

from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench, running_app
from vtcode.actions import WriteAction
from vtcode.details import DiffDetails
from vtcode.events import PermissionRequested, PermissionResolved, ToolFinished, ToolStarted
from vtcode.messages import ToolCall

DIFF = "@@ -1,3 +1,3 @@\n import os\n-total = old\n+total = new\n end\n"


async def write(session: FakeSession, text: str) -> None:
    """A turn that writes a file, of which the user left out a part."""
    action = WriteAction(path="a.py", diff=DIFF, added_lines=1, removed_lines=1, creates=False)
    call = ToolCall(id="1", name="write_file", arguments="{}")
    await session.emit(ToolStarted(call=call, action=action))
    await session.emit(PermissionRequested(call_id="1", rule="built-in", reason="it writes"))
    await session.emit(PermissionResolved(call_id="1", decision="allow", scope="once", left_out=(2,)))
    details = DiffDetails(path="a.py", diff=DIFF, added_lines=1, removed_lines=1, creates=False)
    await session.emit(
        ToolFinished(
            call_id="1", name="write_file", status="completed", text="edited", details=details, duration_s=0.1
        )
    )


def is_beside(bench: Bench) -> bool:
    return any("-total = old" in row and "+total = new" in row for row in bench.screen_text().split("\n"))


async def unfold(bench: Bench) -> None:
    await bench.send("go")
    await bench.until(lambda: "write_file a.py" in bench.screen_text())
    await bench.pilot.press("tab", "up", "down")
    await bench.pilot.press("ctrl+o")
    await bench.until(lambda: "+total = new" in bench.screen_text())


@pytest.mark.parametrize(("size", "beside"), [((80, 24), False), ((160, 40), True)])
async def test_a_diff_is_laid_out_by_width_and_by_keys(size: tuple[int, int], beside: bool) -> None:
    async with running_app(write, size=size) as bench:
        await unfold(bench)
        assert is_beside(bench) is beside
        await bench.until(lambda: bench.app.transcript.block_at_cursor is not None)
        while not getattr(bench.app.transcript.block_at_cursor, "details", None):
            await bench.pilot.press("up")
        await bench.pilot.press("right")
        await bench.until(lambda: is_beside(bench))
        await bench.pilot.press("left")
        await bench.until(lambda: not is_beside(bench))
        await bench.pilot.press("right")
        await bench.until(lambda: is_beside(bench))


async def test_a_partial_change_says_which_hunks_it_lacks() -> None:
    async with running_app(write) as bench:
        await unfold(bench)
        assert "your answer: without hunk 2" in bench.screen_text()
