"""The command palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.tui_app import running_app
from vtcode.commands.builtin import COMMANDS
from vtcode.frontends.tui.command_palette import needs_words, palette_question
from vtcode.frontends.tui.keys import KEYS
from vtcode.frontends.tui.screens.pick import PickScreen
from vtcode.frontends.tui.screens.pick_rows import columns_for, matching_rows
from vtcode.frontends.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from tests.support.tui_app import Bench


def found(letters: str) -> list[str]:
    """Return the ids of the palette's rows for what is typed, the first one first."""
    question = palette_question(COMMANDS)
    return [row.id for row in matching_rows(question, letters, columns_for(question, 80)) if row.id]


def test_every_command_and_every_key_of_the_app_is_there() -> None:
    ids = {row.id for row in palette_question(COMMANDS).rows}
    assert {f"/{command.name}" for command in COMMANDS} <= ids
    actions = {KEYS[int(number)].action for number in ids if number.isdecimal()}
    assert {"app.search_history", "app.edit_draft", "app.redraw"} <= actions


@pytest.mark.parametrize(
    ("letters", "first"),
    [
        pytest.param("mod", "/mode", id="the shorter of two names"),
        pytest.param("cpt", "/compact", id="letters in their order"),
        pytest.param("settings", "/config", id="another name"),
        pytest.param("fresh", "/clear", id="a word of its help"),
        pytest.param("EXP", "/export", id="either case"),
    ],
)
def test_a_few_letters_find_a_command(letters: str, first: str) -> None:
    assert found(letters)[0] == first


@pytest.mark.parametrize("width", [40, 76, 200])
def test_what_a_command_does_stands_beside_it(width: int) -> None:
    question = palette_question(COMMANDS)
    columns = columns_for(question, width)
    (clear,) = (row for row in matching_rows(question, "", columns) if row.id == "/clear")
    assert "Start the conv" in clear.content.plain
    assert all(row.content.cell_length <= width for row in matching_rows(question, "", columns))


def test_letters_that_nothing_has_find_nothing() -> None:
    assert found("qqqq") == []


async def opened_palette(bench: Bench) -> None:
    await bench.pilot.press("ctrl+p")
    await bench.until(lambda: isinstance(bench.app.screen, PickScreen))
    await bench.pilot.pause()


async def test_a_picked_command_is_run_and_the_draft_stays() -> None:
    async with running_app() as bench:
        bench.app.prompt.put("my draft")
        await opened_palette(bench)
        assert "/clear" in bench.screen_text()
        await bench.type("clear")
        await bench.pilot.press("enter")
        await bench.until(lambda: any(event.type == "history_cleared" for event in bench.shown))
        assert bench.app.prompt.text == "my draft"


async def test_a_command_that_needs_words_goes_into_the_prompt() -> None:
    assert [command.name for command in COMMANDS if needs_words(command)] == ["edit"]
    async with running_app() as bench:
        await opened_palette(bench)
        await bench.type("/edit")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.prompt.text == "/edit ")
        assert bench.app.prompt.has_focus


async def test_tab_puts_any_command_into_the_prompt() -> None:
    async with running_app() as bench:
        await opened_palette(bench)
        await bench.type("compact")
        await bench.pilot.press("tab")
        await bench.until(lambda: bench.app.prompt.text == "/compact ")


async def test_what_a_key_does_is_done() -> None:
    async with running_app() as bench:
        await opened_palette(bench)
        await bench.type("ctrl+t")
        await bench.pilot.press("enter")
        await bench.until(lambda: "Reasoning: " in bench.status_text())


@pytest.mark.parametrize("keys", [["escape"], ["ctrl+c"]])
async def test_a_closed_palette_does_nothing(keys: list[str]) -> None:
    async with running_app() as bench:
        await opened_palette(bench)
        await bench.pilot.press(*keys)
        await bench.until(lambda: not isinstance(bench.app.screen, PickScreen))
        assert bench.app.prompt.has_focus
        assert bench.shown == []


async def test_the_palette_opens_from_the_transcript_too() -> None:
    async with running_app() as bench:
        bench.app.transcript.focus()
        await bench.pilot.pause()
        await opened_palette(bench)
        assert bench.app.screen.query_one(RowList).highlighted
