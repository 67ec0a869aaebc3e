"""Keys of questions, of lists, and of the line that types into a waiting command."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual.widget import Widget

from tests.support.fake_session import FakeSession
from tests.support.key_effects.effect import Effect, Effects, Given, Holds, beside, is_beside, shows, then
from tests.support.states.asked import CHANGE
from tests.support.states.said import DIFF
from tests.support.tui_app import Bench
from vtcode.actions import WriteAction
from vtcode.events import ToolAwaitingInput, ToolStarted
from vtcode.frontend import Control
from vtcode.frontends.tui.screens.decision import DecisionScreen
from vtcode.frontends.tui.screens.pick import PickScreen
from vtcode.frontends.tui.screens.question import QuestionScreen
from vtcode.frontends.tui.widgets.row_list import RowList
from vtcode.frontends.tui.widgets.wrapped_text import WrappedText
from vtcode.messages import ToolCall
from vtcode.questions import PickQuestion, PickRow

_LONG = DIFF + "".join(f"+line {number}\n" for number in range(200))
_ROWS = PickQuestion(
    title="Rows", rows=tuple(PickRow(id=str(number), label=f"row {number}") for number in range(40))
)


async def _asked(bench: Bench) -> None:
    """Have a long change asked about in a turn."""
    action = WriteAction(path="a.py", diff=_LONG, added_lines=202, removed_lines=2, creates=False)

    async def play(session: FakeSession, text: str) -> None:
        question = replace(CHANGE, action=action, untrusted=("the output of make", "notes/todo.md"))
        answer = await session.front_end.ask(question)
        bench.notes.append(answer.choice)

    bench.session.play = play
    await bench.send("go")
    await bench.until(lambda: isinstance(bench.app.screen, DecisionScreen))
    await bench.settle()


async def _listed(bench: Bench) -> None:
    asking = asyncio.ensure_future(bench.app.front_end.ask(_ROWS))
    asking.add_done_callback(lambda task: bench.notes.append(task.result().choice))
    await bench.until(lambda: isinstance(bench.app.screen, PickScreen))
    await bench.until(lambda: _highlighted("0")(bench))


async def _awaited(bench: Bench) -> None:
    """Have a command wait for input."""

    async def play(session: FakeSession, text: str) -> None:
        call = ToolCall(id="c1", name="run_pty_cmd", arguments="{}")
        await session.emit(ToolStarted(call=call, action=None))
        await session.emit(ToolAwaitingInput(call_id="c1", prompt="Continue? [y/N] "))
        await asyncio.Event().wait()

    bench.session.play = play
    await bench.send("go")
    await bench.until(lambda: bench.app.command_input.line.has_focus)


def _scrolled_to(place: str) -> Given:
    async def given(bench: Bench) -> None:
        bench.app.screen.query_one(WrappedText).scroll_to(y=10_000 if place == "end" else 20, animate=False)
        await bench.until(lambda: _y(bench) > 0)
        bench.notes.append(str(_y(bench)))

    return given


def _y(bench: Bench) -> float:
    if not isinstance(bench.app.screen, DecisionScreen):
        return 0
    return bench.app.screen.query_one(WrappedText).scroll_y


def _moved(by: int) -> Holds:
    return lambda bench: bool(bench.notes) and _y(bench) == float(bench.notes[-1]) + by


def _highlighted(row_id: str) -> Holds:
    def holds(bench: Bench) -> bool:
        rows = bench.app.screen.query(RowList)
        return bool(rows) and (row := rows.first().highlighted) is not None and row.id == row_id

    return holds


def _told(wish: Control) -> Holds:
    return lambda bench: bench.session.controls == [("c1", wish)]


def _is_closed(bench: Bench) -> bool:
    return bool(bench.notes) and not isinstance(bench.app.screen, QuestionScreen)


def _focused(bench: Bench) -> Widget | None:
    return bench.app.focused


_middle = then(_asked, _scrolled_to("middle"))

EFFECTS: Effects = {
    ("input", "type_line"): Effect(then(_awaited, "y"), _told(Control(kind="input", text="y\n"))),
    ("input", "end_input"): Effect(_awaited, _told(Control(kind="input", text="\x04"))),
    ("input", "background"): Effect(_awaited, _told(Control(kind="background"))),
    ("input", "kill"): Effect(_awaited, _told(Control(kind="kill"))),
    ("input", "leave"): Effect(_awaited, lambda bench: _focused(bench) is bench.app.prompt),
    ("question", "refuse"): Effect(_asked, lambda bench: bench.notes == ["deny"]),
    ("question", "stop"): Effect(_asked, lambda bench: bench.session.outcomes == ["cancelled"]),
    ("question", "move_hunk(1)"): Effect(_asked, shows("› [x] taken: hunk 2 of 2")),
    ("question", "move_hunk(-1)"): Effect(_asked, shows("› [x] taken: hunk 2 of 2")),
    ("question", "toggle_hunk"): Effect(_asked, shows("Takes 1 of 2 hunks")),
    ("question", "unfold"): Effect(_asked, shows("- notes/todo.md")),
    ("question", "lay_out('unified')"): Effect(then(_asked, beside), lambda bench: not is_beside(bench)),
    ("question", "lay_out('side_by_side')"): Effect(_asked, is_beside),
    ("question", "scroll_body('page_up')"): Effect(
        _middle, lambda bench: bool(bench.notes) and 0 < _y(bench) < float(bench.notes[-1]) - 2
    ),
    ("question", "scroll_body('page_down')"): Effect(_asked, lambda bench: _y(bench) > 2),
    ("question", "scroll_body('up')"): Effect(_middle, _moved(-1)),
    ("question", "scroll_body('down')"): Effect(_middle, _moved(1)),
    ("question", "scroll_body('home')"): Effect(_middle, lambda bench: _y(bench) == 0),
    ("question", "scroll_body('end')"): Effect(_asked, lambda bench: _y(bench) > 100),
    ("list", "move(-1)"): Effect(then(_listed, "down", "down"), _highlighted("1")),
    ("list", "move(1)"): Effect(_listed, _highlighted("1")),
    ("list", "move(-10)"): Effect(then(_listed, "pagedown", "pagedown"), _highlighted("10")),
    ("list", "move(10)"): Effect(_listed, _highlighted("10")),
    ("list", "refuse"): Effect(_listed, _is_closed),
}
