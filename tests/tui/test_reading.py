"""What a reader does with the transcript: search it, copy of it, open the files that it names."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench, running_app
from vtcode.actions import CommandAction
from vtcode.details import CommandDetails, TextDetails
from vtcode.events import Event, ReplyCompleted, ReplyDelta, ToolFinished, ToolStarted, TurnStarted
from vtcode.frontends.tui.screens.keys_help import KeysScreen
from vtcode.messages import AssistantMessage, ToolCall, Usage
from vtcode.session.folders import AddedFolders
from vtcode.system.files import Workspace


def answer(text: str) -> Event:
    return ReplyCompleted(message=AssistantMessage(text=text), finish="stop", usage=Usage())


def call(text: str, *, command: str = "make") -> tuple[Event, ...]:
    action = CommandAction(command=command, cwd="/w", timeout_s=1)
    made = ToolCall(id=command, name="run_pty_cmd", arguments="{}")
    details = CommandDetails(command=command, output=text, exit_code=0)
    return (
        ToolStarted(call=made, action=action),
        ToolFinished(call_id=command, name=made.name, status="completed", text=text, details=details),
    )


LONG = "".join(f"line {number}\n" for number in range(100))
TALK = (
    TurnStarted(turn=1, text="Where is the needle?"),
    *call(LONG.replace("line 3\n", "a Needle\n")),
    answer("No\n\n```py\nprint(1)\nprint(2)\n```"),
    *(TurnStarted(turn=turn, text=f"question {turn}") for turn in range(2, 40)),
    answer("A **needle** in the last answer.\n\nAnd\x07 more."),
)


def marked(bench: Bench) -> list[str]:
    """Return the rows that show a match, the current one with a star."""
    rows = []
    for row in bench.app.transcript.rows:
        for start, end, style in row.matches:
            star = "*" if style == "match-current" else ""
            rows.append(star + row.line.text[start:end])
    return rows


async def search(bench: Bench, needle: str, count: str) -> None:
    await bench.pilot.press("ctrl+f")
    await bench.type(needle)
    await bench.until(lambda: count in bench.screen_text())


async def test_the_search_opens_from_the_prompt_and_begins_with_what_is_nearest() -> None:
    async with running_app(past=TALK) as bench:
        await bench.type("draft")
        await search(bench, "needle", "3 of 3")
        assert marked(bench) == ["*needle"]
        await bench.pilot.press("escape")
        await bench.pilot.pause()
        assert marked(bench) == []
        assert "Search" not in bench.screen_text()
        assert bench.app.focused is bench.app.prompt
        assert bench.app.prompt.text == "draft"


async def test_n_goes_through_what_was_found_and_unfolds_it() -> None:
    async with running_app(past=TALK) as bench:
        await search(bench, "needle", "3 of 3")
        await bench.pilot.press("enter")
        assert bench.app.focused is bench.app.transcript
        assert "a Needle" not in bench.screen_text()
        await bench.pilot.press("N")
        await bench.until(lambda: "2 of 3" in bench.screen_text())
        assert "a Needle" in bench.screen_text()
        assert "*Needle" in marked(bench)
        await bench.pilot.press("N")
        await bench.until(lambda: "1 of 3" in bench.screen_text())
        assert "Where is the needle?" in bench.screen_text()
        await bench.pilot.press("N")
        await bench.until(lambda: "3 of 3" in bench.screen_text())
        await bench.pilot.press("n")
        await bench.until(lambda: "1 of 3" in bench.screen_text())


async def test_arrows_go_through_the_matches_while_the_needle_is_typed() -> None:
    async with running_app(past=TALK) as bench:
        await search(bench, "needle", "3 of 3")
        await bench.pilot.press("up", "up")
        await bench.until(lambda: "1 of 3" in bench.screen_text())
        await bench.pilot.press("down")
        await bench.until(lambda: "2 of 3" in bench.screen_text())


async def test_what_is_not_there_is_said_in_words() -> None:
    async with running_app(past=TALK) as bench:
        await search(bench, "NEEDLE", "not found")
        assert marked(bench) == []


async def test_escape_in_the_transcript_closes_the_search_before_it_goes_back_to_the_prompt() -> None:
    async with running_app(past=TALK) as bench:
        await bench.pilot.press("tab", "slash")
        await bench.type("needle")
        await bench.until(lambda: "3 of 3" in bench.screen_text())
        await bench.pilot.press("enter", "escape")
        assert "Search" not in bench.screen_text()
        assert bench.app.transcript.has_focus
        await bench.pilot.press("escape")
        assert bench.app.prompt.has_focus


@pytest.mark.parametrize("before", ["", "needle"])
async def test_what_is_typed_right_behind_the_slash_is_looked_for(before: str) -> None:
    async with running_app(past=TALK) as bench:
        if before:
            await bench.pilot.press("tab", "slash", *before, "escape")
        await bench.pilot.press("escape", "tab")
        for name, character in (("slash", "/"), ("v", "v"), ("i", "i"), ("m", "m")):
            bench.app.post_message(events.Key(name, character))
        await bench.until(lambda: "Search: vim" in bench.screen_text())
        assert bench.app.prompt.text == ""


async def test_what_comes_while_a_search_is_open_is_found_by_the_next_step() -> None:
    async with running_app(past=TALK) as bench:
        await search(bench, "needle", "3 of 3")
        await bench.session.emit(answer("another needle"))
        await bench.pilot.press("enter", "n")
        await bench.until(lambda: "4 of 4" in bench.screen_text())


async def test_a_match_stays_where_it_is_while_an_answer_streams_in() -> None:
    async with running_app(past=TALK) as bench:
        await search(bench, "question 3", "11 of 11")
        await bench.pilot.press("enter", "n")
        await bench.until(lambda: "1 of 11" in bench.screen_text())
        before = [row.line.text for row in bench.app.transcript.rows]
        for number in range(100):
            await bench.session.emit(ReplyDelta(text=f"word {number}\n\n"))
        await bench.until(lambda: "new below" in bench.screen_text())
        assert [row.line.text for row in bench.app.transcript.rows] == before


async def test_without_a_search_n_is_typed_into_the_prompt() -> None:
    async with running_app(past=TALK) as bench:
        await bench.pilot.press("tab", "n")
        assert bench.app.prompt.text == "n"


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("y", "A **needle** in the last answer.\n\nAnd more.", "Copied the answer, 3 lines"),
        ("a", "A **needle** in the last answer.\n\nAnd more.", "Copied the last answer, 3 lines"),
        ("s", "print(1)\nprint(2)", "Copied the last code block, 2 lines"),
    ],
)
async def test_a_key_copies_and_says_what(key: str, text: str, words: str) -> None:
    async with running_app(past=TALK) as bench:
        await bench.pilot.press("tab", key)
        assert bench.app.clipboard == text
        assert words in bench.screen_text()


async def test_a_call_is_copied_by_what_it_returned() -> None:
    async with running_app(past=call("one\ntwo\n")) as bench:
        await bench.pilot.press("tab", "y")
        assert bench.app.clipboard == "one\ntwo"


async def test_the_copy_command_copies_and_says_what() -> None:
    async with running_app() as bench:
        await bench.session.emit(answer("the answer"))
        await bench.send("/copy")
        await bench.until(lambda: "Copied the last answer, 1 line" in bench.screen_text())
        assert bench.app.clipboard == "the answer"


async def test_what_the_mouse_selected_is_copied_without_control_characters() -> None:
    async with running_app() as bench:
        bench.app.copy_to_clipboard("a\x1b[31mb\x07")
        assert bench.app.clipboard == "ab"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's editor, one with a window, writes what it was told."""
    editor = tmp_path / "code"
    editor.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    return tmp_path / "told"


def text_of(file: Path) -> str:
    return file.read_text()


def work_in(session: FakeSession, folder: Path) -> Path:
    root = folder.resolve() / "work"
    root.mkdir()
    for name in ("one.py", "two.py"):
        (root / name).write_text("x\n")
    session.folders = AddedFolders(Workspace(root))
    return root


async def test_o_opens_the_file_that_is_named_at_its_line(told: Path, tmp_path: Path) -> None:
    async with running_app() as bench:
        root = work_in(bench.session, tmp_path)
        await bench.session.emit(answer("See one.py:3, not three.py."))
        await bench.pilot.press("tab", "o")
        await bench.until(lambda: "Opened one.py" in bench.screen_text())
        assert text_of(told) == f"--goto {root}/one.py:3:1\n"


async def test_o_asks_which_where_there_are_several(told: Path, tmp_path: Path) -> None:
    async with running_app() as bench:
        root = work_in(bench.session, tmp_path)
        await bench.session.emit(answer("See one.py:3 and two.py:4:2."))
        await bench.pilot.press("tab", "o")
        await bench.until(lambda: "two.py:4" in bench.screen_text() and len(bench.app.screen_stack) > 1)
        await bench.pilot.press("down", "enter")
        await bench.until(told.exists)
        await bench.until(lambda: bool(text_of(told)))
        assert text_of(told) == f"--goto {root}/two.py:4:2\n"


async def test_a_click_with_ctrl_opens_what_is_under_it(told: Path, tmp_path: Path) -> None:
    async with running_app() as bench:
        root = work_in(bench.session, tmp_path)
        await bench.session.emit(answer("See one.py:3 and two.py:4:2."))
        await bench.until(lambda: "two.py" in bench.screen_text())
        y = next(y for y, line in enumerate(bench.screen_text().splitlines()) if "two.py" in line)
        x = bench.screen_text().splitlines()[y].index("two.py")
        await bench.pilot.click("#transcript", offset=(x, y), control=True)
        await bench.until(lambda: "Opened two.py" in bench.screen_text())
        assert text_of(told) == f"--goto {root}/two.py:4:2\n"


async def test_where_no_file_is_named_o_says_so() -> None:
    async with running_app(past=(answer("nothing here"),)) as bench:
        await bench.pilot.press("tab", "o")
        await bench.until(lambda: "No file of the workspace is named here" in bench.screen_text())


async def test_edit_opens_a_file_at_a_line(told: Path, tmp_path: Path) -> None:
    async with running_app() as bench:
        root = work_in(bench.session, tmp_path)
        await bench.send("/edit two.py:7")
        await bench.until(lambda: "Opened two.py" in bench.screen_text())
        assert text_of(told) == f"--goto {root}/two.py:7:1\n"


async def test_without_a_terminal_an_editor_that_needs_one_is_not_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VISUAL", "true")
    async with running_app() as bench:
        work_in(bench.session, tmp_path)
        await bench.send("/edit two.py")
        await bench.until(lambda: "No editor of the terminal" in bench.screen_text())


async def test_a_long_output_unfolds_in_two_steps() -> None:
    async with running_app(past=call(LONG)) as bench:
        await bench.pilot.press("tab", "enter")
        await bench.pilot.press("home")
        await bench.until(lambda: "60 lines before this (Enter)" in bench.screen_text())
        await bench.pilot.press("enter")
        await bench.until(lambda: "line 0" in bench.screen_text())
        assert "before this" not in bench.screen_text()
        await bench.pilot.press("enter")
        await bench.until(lambda: "line 0" not in bench.screen_text())


async def test_a_short_text_unfolds_at_once() -> None:
    made = ToolCall(id="1", name="read_file", arguments="{}")
    details = TextDetails(text="one\ntwo")
    over = ToolFinished(call_id="1", name="read_file", status="completed", text="", details=details)
    async with running_app(past=(ToolStarted(call=made, action=None), over)) as bench:
        await bench.pilot.press("tab", "enter")
        await bench.until(lambda: "two" in bench.screen_text())
        await bench.pilot.press("enter")
        await bench.until(lambda: "two" not in bench.screen_text())


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (["question_mark"], "Prompt: right now"),
        (["tab", "question_mark"], "When the transcript has the keyboard (Tab): right now"),
    ],
    ids=["prompt", "transcript"],
)
async def test_question_mark_lists_first_the_keys_that_work_right_now(keys: list[str], first: str) -> None:
    async with running_app(past=TALK, size=(100, 60)) as bench:
        await bench.pilot.press(*keys)
        await bench.until(lambda: isinstance(bench.app.screen, KeysScreen))
        await bench.until(lambda: "right now" in bench.screen_text())
        headings = [line for line in bench.screen_text().splitlines() if "right now" in line]
        assert first in headings[0]
        assert "Transcript: right now" in headings[1]


async def test_the_key_that_unfolds_more_is_shown_only_where_the_keyboard_can_press_it() -> None:
    async with running_app(past=call(LONG)) as bench:
        await bench.pilot.press("ctrl+o")
        bench.app.transcript.action_go_home()
        await bench.until(lambda: "60 lines before this" in bench.screen_text())
        assert "(Enter)" not in bench.screen_text()
        await bench.pilot.press("tab")
        await bench.until(lambda: "60 lines before this (Enter)" in bench.screen_text())
        await bench.pilot.press("escape")
        await bench.until(lambda: "(Enter)" not in bench.screen_text())
