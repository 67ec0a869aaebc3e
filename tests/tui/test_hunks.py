"""A change's hunks in the permission question: moved between, left out, laid out, answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.tui_app import Bench, running_app
from tests.tui.test_permission import GRANTS, ask, asks
from vtcode.actions import WriteAction
from vtcode.frontends.tui.widgets.wrapped_text import WrappedText
from vtcode.questions import Answer
from vtcode.tools.diffs import unified_diff

OLD = "".join(f"line {number}\n" for number in range(60))
NEW = OLD.replace("line 5\n", "line five\n").replace("line 30\n", "").replace("line 55\n", "line 55!\n")
CHANGE = unified_diff(OLD, NEW)
ACTION = WriteAction(path="notes.txt", diff=CHANGE.text, added_lines=2, removed_lines=3, creates=False)
QUESTION = replace(GRANTS, action=ACTION)
SIZES = [(80, 24), (160, 40)]


async def press(bench: Bench, *keys: str) -> str:
    await bench.pilot.press(*keys)
    await bench.pilot.pause()
    return bench.screen_text()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        pytest.param(["y"], Answer(choice="once"), id="all"),
        pytest.param(["space", "y"], Answer(choice="once", left_out=(1,)), id="without the first"),
        pytest.param(["tab", "space", "enter"], Answer(choice="once", left_out=(2,)), id="enter confirms"),
        pytest.param(
            ["shift+tab", "space", "tab", "space", "y"],
            Answer(choice="once", left_out=(1, 3)),
            id="backwards",
        ),
        pytest.param(["space", "space", "y"], Answer(choice="once"), id="taken again"),
        pytest.param(["space", "space", "s", "enter"], Answer(choice="session"), id="a grant for all"),
        pytest.param(["space", "s", "enter"], None, id="no grant for a part"),
        pytest.param(["space", "n"], Answer(choice="deny"), id="no"),
        pytest.param(
            ["space", "tab", "space", "tab", "space", "enter"], Answer(choice="deny"), id="nothing taken"
        ),
        pytest.param(["space", "escape"], Answer(choice="deny"), id="escape"),
    ],
)
async def test_hunks_are_left_out_with_keys(
    keys: list[str], answer: Answer | None, size: tuple[int, int]
) -> None:
    answers: list[Answer] = []
    async with running_app(asks(QUESTION, answers), size=size) as bench:
        await ask(bench)
        await press(bench, *keys)
        if answer is None:
            assert answers == []
            return
        await bench.until(lambda: bool(answers))
        assert answers == [answer]


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_taken_is_said_in_words(size: tuple[int, int]) -> None:
    async with running_app(asks(QUESTION, []), size=size) as bench:
        await ask(bench)
        text = bench.screen_text()
        assert "Takes 3 of 3 hunks" in text
        assert "› [x] taken: hunk 1 of 3" in text
        assert "for this session" in text
        text = await press(bench, "space")
        assert "Takes 2 of 3 hunks" in text
        assert "› [ ] left out: hunk 1 of 3" in text
        assert "Yes, once: 2 of 3 hunks" in text
        assert "for this session" not in text
        text = await press(bench, "tab", "space", "tab", "space")
        assert "Takes 0 of 3 hunks" in text
        assert "Yes" not in text


async def test_the_hunk_that_a_key_is_about_comes_into_sight() -> None:
    async with running_app(asks(QUESTION, [])) as bench:
        await ask(bench)
        assert "hunk 3 of 3" not in bench.screen_text()
        assert "› [x] taken: hunk 3 of 3" in await press(bench, "shift+tab")
        assert "› [x] taken: hunk 1 of 3" in await press(bench, "tab")


async def test_a_diff_goes_side_by_side_where_it_is_wide_and_by_keys() -> None:
    async with running_app(asks(QUESTION, []), size=(160, 40)) as bench:
        await ask(bench)
        assert any("-line 5" in row and "+line five" in row for row in bench.screen_text().split("\n"))
        text = await press(bench, "left")
        assert not any("-line 5" in row and "+line five" in row for row in text.split("\n"))
        text = await press(bench, "right")
        assert any("-line 5" in row and "+line five" in row for row in text.split("\n"))


async def test_a_narrow_diff_stands_in_one_column_until_the_user_says_otherwise() -> None:
    async with running_app(asks(QUESTION, []), size=(80, 24)) as bench:
        await ask(bench)
        assert not any("-line 5" in row and "+line five" in row for row in bench.screen_text().split("\n"))
        text = await press(bench, "right")
        assert any("-line 5" in row and "+line five" in row for row in text.split("\n"))


async def test_a_change_of_one_hunk_is_taken_or_refused_as_a_whole() -> None:
    answers: list[Answer] = []
    single = replace(QUESTION, action=replace(ACTION, diff="@@ -1 +1 @@\n-a\n+b\n"))
    async with running_app(asks(single, answers)) as bench:
        await ask(bench)
        assert "hunk" not in bench.screen_text()
        await press(bench, "tab", "space")
        await bench.settle()
        await press(bench, "y")
        await bench.until(lambda: bool(answers))
        assert answers[0].left_out == ()


async def test_a_blank_within_a_sentence_leaves_nothing_out() -> None:
    async with running_app(asks(QUESTION, [])) as bench:
        await ask(bench)
        await bench.type("s o")
        assert "[ ] left out" not in bench.screen_text()
        assert bench.app.prompt.text == "s o"


async def test_a_blank_that_comes_too_early_leaves_nothing_out() -> None:
    async with running_app(asks(QUESTION, [])) as bench:
        await bench.send("go")
        await bench.until(lambda: bool(bench.app.screen.query(WrappedText)))
        await press(bench, "space")
        assert "[ ] left out" not in bench.screen_text()
        assert bench.app.prompt.text == " "


async def test_a_changed_word_is_reversed_on_the_screen() -> None:
    async with running_app(asks(QUESTION, []), size=(80, 24)) as bench:
        await ask(bench)
        body = bench.app.screen.query_one(WrappedText)
        reversed_words = [
            segment.text
            for row in range(body.size.height)
            for segment in body.render_line(row)
            if segment.style and segment.style.reverse
        ]
        assert reversed_words == ["5", "five"]
