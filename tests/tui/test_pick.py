"""Lists to pick from."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.support.tui_app import Bench, running_app
from vtcode.frontends.tui.screens.pick import PickScreen
from vtcode.frontends.tui.screens.pick_rows import columns_for, cut_words, heading_row, matching_rows
from vtcode.frontends.tui.widgets.row_list import RowList
from vtcode.questions import Answer, Choice, PickQuestion, PickRow

if TYPE_CHECKING:
    from textual.screen import Screen

MODELS = PickQuestion(
    title="Models on LM Studio",
    rows=(
        PickRow(id="qwen", label="Qwen3 8B", detail="loaded · 8,192 of 32,768", group="Loaded"),
        PickRow(id="gemma", label="Gemma 3 4B", detail="not loaded", group="On the server", current=True),
        PickRow(id="coder", label="Qwen3 Coder 30B", detail="not loaded · tools", group="On the server"),
    ),
    custom_label="Custom LM Studio model",
    actions=(
        Choice(id="refresh", label="Refresh", key="r"),
        Choice(id="save", label="Save as default", key="s"),
    ),
)


async def ask(bench: Bench, question: PickQuestion = MODELS) -> asyncio.Task[Answer]:
    asking = asyncio.ensure_future(bench.app.front_end.ask(question))
    await bench.until(lambda: isinstance(bench.app.screen, PickScreen))
    await bench.pilot.pause()
    return asking


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        pytest.param(["enter"], Answer(choice="gemma"), id="the current one is highlighted"),
        pytest.param(["up", "enter"], Answer(choice="qwen"), id="up, over a heading"),
        pytest.param(["down", "enter"], Answer(choice="coder"), id="down"),
        pytest.param(["c", "o", "d", "e", "enter"], Answer(choice="coder"), id="filtered"),
        pytest.param(["escape"], Answer(choice="cancel"), id="escape"),
        pytest.param(["ctrl+r"], Answer(choice="refresh", text="gemma"), id="an extra action"),
        pytest.param(["down", "ctrl+s"], Answer(choice="save", text="coder"), id="an action on a row"),
        pytest.param(
            ["pagedown", "enter", "m", "y", "slash", "x", "enter"],
            Answer(choice="custom", text="my/x"),
            id="custom, then typed",
        ),
        pytest.param(
            ["m", "y", "slash", "x", "enter"], Answer(choice="custom", text="my/x"), id="typed, nothing fits"
        ),
    ],
)
async def test_a_row_is_picked(keys: list[str], answer: Answer) -> None:
    async with running_app() as bench:
        asking = await ask(bench)
        await bench.pilot.press(*keys)
        await bench.until(asking.done)
        assert asking.result() == answer
        await bench.pilot.pause()
        assert bench.app.prompt.has_focus


async def test_groups_details_and_the_current_row_are_shown() -> None:
    async with running_app() as bench:
        asking = await ask(bench, replace(MODELS, notice="The server is away; the list is old."))
        text = bench.screen_text().replace("\u00a0", " ")
        asking.cancel()
    for part in ("Models on LM Studio", "Loaded", "On the server", "8,192 of 32,768", "the list is old"):
        assert part in text
    assert "Gemma 3 4B  current" in text
    assert "Ctrl+S Save as default" in text


async def test_a_long_list_draws_only_what_is_seen_and_scrolls_to_its_end() -> None:
    rows = tuple(PickRow(id=str(number), label=f"model {number}") for number in range(500))
    async with running_app() as bench:
        asking = await ask(bench, PickQuestion(title="Models", rows=rows))
        assert "model 499" not in bench.screen_text()
        await bench.pilot.press(*["pagedown"] * 60)
        await bench.pilot.pause()
        assert "› model 499" in bench.screen_text()
        await bench.pilot.press("enter")
        await bench.until(asking.done)
        assert asking.result() == Answer(choice="499")


async def test_the_row_for_any_other_id_stays_in_sight_below_a_long_list() -> None:
    rows = tuple(PickRow(id=str(number), label=f"model {number}") for number in range(50))
    async with running_app() as bench:
        asking = await ask(bench, PickQuestion(title="Models", rows=rows, custom_label="Custom model"))
        assert "  Custom model" in bench.screen_text()
        for number in (30, 49):
            while f"› model {number}" not in bench.screen_text():
                await bench.pilot.press("down")
                await bench.pilot.pause()
                assert "› model" in bench.screen_text()
            assert "  Custom model" in bench.screen_text()
        await bench.pilot.press("down", *"mine", "enter")
        await bench.until(asking.done)
        assert asking.result() == Answer(choice="custom", text="mine")


async def test_nothing_to_pick_answers_nothing() -> None:
    async with running_app() as bench:
        asking = await ask(bench, PickQuestion(title="Empty", rows=()))
        await bench.pilot.press("down", "enter")
        await bench.pilot.pause()
        assert not asking.done()
        await bench.pilot.press("escape")
        await bench.until(asking.done)


async def test_an_action_without_a_row_names_none() -> None:
    async with running_app() as bench:
        asking = await ask(bench, replace(MODELS, rows=()))
        await bench.pilot.press("ctrl+s")
        await bench.until(asking.done)
        assert asking.result() == Answer(choice="save", text="")


async def test_a_click_picks_a_row() -> None:
    async with running_app() as bench:
        asking = await ask(bench)
        await bench.pilot.click(RowList, offset=(4, 1))
        await bench.until(asking.done)
        assert asking.result() == Answer(choice="qwen")


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        pytest.param("", ["qwen", "gemma", "coder", "custom"], id="all"),
        pytest.param("QWEN", ["qwen", "coder", "custom"], id="any case"),
        pytest.param("30b qwen", ["coder", "custom"], id="all words, in any order"),
        pytest.param("tools", ["coder", "custom"], id="details count"),
        pytest.param("zzz", ["custom"], id="none"),
    ],
)
def test_the_filter_wants_every_word(typed: str, ids: list[str]) -> None:
    rows = matching_rows(MODELS, typed, columns_for(MODELS, 80))
    assert [row.id for row in rows if not row.heading] == ids


def test_control_characters_of_a_server_are_spelled_out() -> None:
    row = PickRow(id="x", label="evil\x1b[2J", detail="\u202e", group="g\r")
    question = PickQuestion(title="", rows=(row, replace(row, cells=("\x1b[2J",))))
    rows = matching_rows(question, "", columns_for(question, 80))
    shown = "".join(row.content.plain for row in rows)
    assert "\x1b" not in shown
    assert r"evil\x1b[2J" in shown


TABLE = PickQuestion(
    title="Models",
    columns=("Model", "Window", "Size", "Can"),
    rows=(
        PickRow(id="1", label="acme/coder-30b-a3b", cells=("32k of 256k", "18.6 GB", "tools"), current=True),
        PickRow(id="2", label="acme/a-model-with-quite-a-long-name-8b", cells=("up to 8k", " 4.9 GB", "")),
        PickRow(id="3", label="日本語", cells=("4k", " 0.5 GB", "tools vision")),
    ),
)


@pytest.mark.parametrize("width", [76, 60, 50, 40, 30, 20])
def test_cells_stand_in_columns_below_their_headings_at_any_width(width: int) -> None:
    columns = columns_for(TABLE, width)
    lines = [heading_row(TABLE, columns).plain[2:]]
    lines += [row.content.plain for row in matching_rows(TABLE, "", columns)]
    assert {cell_len(line) for line in lines} == {columns.label + sum(cells + 2 for cells in columns.cells)}
    assert all(cell_len(line) <= width for line in lines)


def test_the_last_columns_go_where_there_is_no_room() -> None:
    assert len(columns_for(TABLE, 76).cells) == 3
    assert len(columns_for(TABLE, 50).cells) == 2
    assert len(columns_for(TABLE, 30).cells) == 0


def test_a_long_label_loses_its_middle() -> None:
    rows = matching_rows(TABLE, "quite", columns_for(TABLE, 60))
    assert rows[0].content.plain.startswith("acme/")
    assert "…" in rows[0].content.plain
    assert "-8b" in rows[0].content.plain


async def test_a_key_of_the_list_goes_before_the_key_that_edits_the_filter() -> None:
    question = replace(MODELS, actions=(Choice(id="download", label="Download", key="d"),))
    async with running_app() as bench:
        asking = await ask(bench, question)
        await bench.pilot.press("q", "left", "ctrl+d")
        await bench.until(asking.done)
        assert asking.result() == Answer(choice="download", text="qwen")


async def test_tab_is_the_chord_that_terminals_send_for_ctrl_i() -> None:
    question = replace(MODELS, actions=(Choice(id="info", label="Info", key="i"),))
    async with running_app() as bench:
        asking = await ask(bench, question)
        assert "Tab Info" in bench.screen_text().replace("\u00a0", " ")
        await bench.pilot.press("tab")
        await bench.until(asking.done)
        assert asking.result() == Answer(choice="info", text="gemma")


def frames_of(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by what each frame of a list shows, as it is painted."""
    frames: list[str] = []

    def paint(screen: Screen[object], renderable: object) -> None:
        if isinstance(screen, PickScreen):
            frames.append(bench.screen_text())

    monkeypatch.setattr(bench.app, "_display", paint)
    return frames


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_the_first_frame_has_the_rows_and_no_later_one_moves_them(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tuple(
        PickRow(id=str(number), label=f"model {number}", current=number == 30) for number in range(50)
    )
    async with running_app(size=size) as bench:
        frames = frames_of(bench, monkeypatch)
        asking = await ask(bench, PickQuestion(title="Models", rows=rows))
        assert "› model 30" in frames[0]
        assert {frame[: frame.index("› model 30")].count("\n") for frame in frames} == {
            frames[0][: frames[0].index("› model 30")].count("\n")
        }
        asking.cancel()


async def test_the_first_frame_of_the_palette_is_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_app() as bench:
        frames = frames_of(bench, monkeypatch)
        await bench.pilot.press("ctrl+p")
        await bench.until(lambda: bool(frames))
        await bench.pilot.pause()
        assert "› /add-dir   Let the model" in frames[0]
        assert without_scroll_bar(frames[0]) == without_scroll_bar(bench.screen_text())


def without_scroll_bar(text: str) -> list[str]:
    return [re.sub(r"[▁▂▃▄▅▆▇█]", " ", line).rstrip() for line in text.splitlines()]


async def test_what_a_row_has_no_room_for_stands_below_the_list() -> None:
    told = (
        "It does a great many things, and tells of each of them at length, to whoever asks for it, in words."
    )
    question = PickQuestion(
        title="All",
        rows=(PickRow(id="1", label="one", cells=(told,)), PickRow(id="2", label="two", cells=("short",))),
        columns=("Name", "What"),
    )
    async with running_app() as bench:
        asking = await ask(bench, question)
        rows_before = bench.region_of("#rows")
        assert "to whoever asks for it" in " ".join(bench.region_text("#cut").split())
        await bench.pilot.press("down")
        await bench.pilot.pause()
        assert not bench.region_text("#cut").strip()
        assert bench.region_of("#rows") == rows_before
        asking.cancel()


async def test_a_row_that_is_cut_ends_in_a_sign_for_that_beside_the_scroll_bar_too() -> None:
    rows = tuple(PickRow(id=str(number), label=f"{number} " + "word " * 40) for number in range(60))
    async with running_app() as bench:
        asking = await ask(bench, PickQuestion(title="All", rows=rows))
        assert all(line.rstrip(" ▁▂▃▄▅▆▇█").endswith("…") for line in bench.region_text("#rows").split("\n"))
        asking.cancel()


async def test_nothing_stands_below_a_list_that_has_room_for_all() -> None:
    async with running_app() as bench:
        asking = await ask(bench)
        assert bench.region_of("#cut").height == 0
        asking.cancel()


@pytest.mark.parametrize("width", [37, 56, 75])
def test_a_column_that_is_left_out_can_be_read_of_the_highlighted_row(width: int) -> None:
    columns = columns_for(TABLE, width)
    row = matching_rows(TABLE, "", columns)[0]
    words = cut_words(TABLE, row.id, "", columns).plain
    assert "tools" in row.content.plain + words
    assert "18.6 GB" in row.content.plain + words
    assert ("Can: tools" in words) == (len(columns.cells) < 3)


def test_letters_that_were_found_are_marked_in_the_help_too() -> None:
    row = PickRow(id="1", label="/fork", detail="Go on, for good", cells=("Go on, for good",))
    question = PickQuestion(title="", rows=(row,), is_fuzzy=True)
    (shown,) = matching_rows(question, "goo", columns_for(question, 60))
    (span,) = (span for span in shown.content.spans if "underline" in str(span.style))
    assert shown.content.plain[span.start : span.end] == "goo"


def test_words_that_begin_so_come_before_letters_here_and_there() -> None:
    rows = tuple(
        PickRow(id=label, label=label, detail=detail, cells=(detail,))
        for label, detail in (
            ("/effort", "set it for more"),
            ("/run", "reads"),
            ("Ctrl+End", "to the end"),
            ("/roundel", "nothing"),
            ("/review", "look again"),
        )
    )
    question = PickQuestion(title="", rows=rows, is_fuzzy=True)
    found = [row.id for row in matching_rows(question, "re", columns_for(question, 60))]
    assert found == ["/review", "/run", "/roundel", "/effort"]
