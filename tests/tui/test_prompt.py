"""The prompt: lines, history, commands, keys."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.widgets import Input

from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench, running_app
from vtcode.commands.builtin import COMMANDS
from vtcode.frontends.tui.candidates import matching_commands
from vtcode.frontends.tui.history import PromptHistory
from vtcode.frontends.tui.keys import KEYS, help_rows
from vtcode.frontends.tui.pastes import Pastes
from vtcode.frontends.tui.screens.keys_help import KeysScreen
from vtcode.policy.trust import TrustStore
from vtcode.session.custom_prompts import CustomPrompts
from vtcode.system.files import Workspace


def custom_prompts_in(folder: Path) -> CustomPrompts:
    return CustomPrompts(Workspace(folder), folder, TrustStore(file=folder / "trusted.toml"))


@pytest.mark.parametrize("keys", [["ctrl+j"], ["shift+enter"], ["alt+enter"], ["backslash", "enter"]])
async def test_a_new_line_can_be_begun_in_every_terminal(keys: list[str]) -> None:
    async with running_app() as bench:
        await bench.pilot.press("a", *keys, "b")
        assert bench.app.prompt.text == "a\nb"
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert bench.session.sent == ["a\nb"]


async def test_an_empty_prompt_sends_nothing() -> None:
    async with running_app() as bench:
        await bench.type("  ")
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert bench.session.sent == []


async def test_the_prompt_grows_with_its_text_up_to_eight_lines() -> None:
    async with running_app() as bench:
        assert bench.region_of("#prompt").height == 1
        bench.app.prompt.put("one\ntwo\nthree")
        await bench.pilot.pause()
        assert bench.region_of("#prompt").height == 3
        bench.app.prompt.put("\n" * 50)
        await bench.pilot.pause()
        assert bench.region_of("#prompt").height == 8


def lines(count: int) -> str:
    return "\n".join(f"line {number}" for number in range(count))


async def test_a_large_paste_is_one_label_and_sent_whole() -> None:
    text = "\n".join(f"line {number} " + "x" * 60 for number in range(5_000))
    async with running_app() as bench:
        await bench.type("see ")
        bench.app.post_message(events.Paste(text))
        await bench.until(lambda: bench.app.prompt.text == "see [pasted 5,000 lines #1]")
        assert bench.session.sent == []
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == [f"see {text}"])


@pytest.mark.parametrize(
    ("pasted", "label"),
    [
        ("x" * 3_000, "[pasted 3,000 characters #1]"),
        (lines(9) + "\n", "[pasted 9 lines #1]"),
        (lines(9).replace("\n", "\r"), "[pasted 9 lines #1]"),
        (lines(8), lines(8)),
    ],
    ids=["one long line", "lines", "as terminals end lines", "small"],
)
async def test_what_is_large_is_folded(pasted: str, label: str) -> None:
    async with running_app() as bench:
        bench.app.post_message(events.Paste(pasted))
        await bench.until(lambda: bench.app.prompt.text == label)


async def test_the_end_of_a_long_text_that_came_at_once_is_in_sight() -> None:
    async with running_app() as bench:
        bench.app.post_message(events.Paste(lines(200)))
        await bench.pilot.pause()
        await bench.pilot.press("ctrl+o")
        await bench.until(lambda: "line 199" in bench.screen_text())
        bench.app.prompt.put("one")
        bench.app.prompt.put(lines(50))
        await bench.until(lambda: "line 49" in bench.screen_text())


async def test_ctrl_o_unfolds_the_paste_at_the_cursor_and_undo_folds_it() -> None:
    async with running_app() as bench:
        bench.app.post_message(events.Paste(lines(12)))
        await bench.pilot.pause()
        await bench.pilot.press("ctrl+o")
        assert bench.app.prompt.text == lines(12)
        await bench.pilot.press("ctrl+z")
        assert bench.app.prompt.text == "[pasted 12 lines #1]"


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["backspace"], "a "),
        (["left", "delete"], "a "),
        (["ctrl+w"], "a "),
        (["left", "b"], "a b[pasted 12 lines #1]"),
        (["left", "right", "b"], "a [pasted 12 lines #1]b"),
        (["ctrl+a", "right", "right", "delete"], "a "),
        (["home", "ctrl+k"], ""),
    ],
    ids=["backspace", "delete", "a word", "before", "behind", "from the left", "the line"],
)
async def test_a_folded_paste_is_one_piece(keys: list[str], left: str) -> None:
    async with running_app() as bench:
        await bench.type("a ")
        bench.app.post_message(events.Paste(lines(12)))
        await bench.pilot.pause()
        await bench.pilot.press(*keys)
        assert bench.app.prompt.text == left


async def test_a_folded_paste_is_copied_whole() -> None:
    async with running_app() as bench:
        bench.app.post_message(events.Paste(lines(12)))
        await bench.pilot.pause()
        await bench.pilot.press("shift+home", "ctrl+c")
        assert bench.app.clipboard == lines(12)
        await bench.pilot.press("ctrl+x")
        assert bench.app.prompt.text == ""
        assert bench.app.clipboard == lines(12)


async def test_an_earlier_prompt_holds_its_paste_folded_and_whole(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    async with running_app(history_file=file) as bench:
        bench.app.post_message(events.Paste(lines(12)))
        await bench.pilot.pause()
        await bench.pilot.press("enter", "up")
        assert bench.app.prompt.text == "[pasted 12 lines #1]"
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == [lines(12)] * 2)
    assert PromptHistory(file).entries == (lines(12),)


async def test_a_label_that_was_typed_is_only_text() -> None:
    async with running_app() as bench:
        bench.app.post_message(events.Paste(lines(12)))
        await bench.pilot.pause()
        await bench.pilot.press("ctrl+c")
        await bench.send("[pasted 13 lines #1]")
        await bench.until(lambda: bench.session.sent == ["[pasted 13 lines #1]"])


@given(before=st.text(), pasted=st.text(min_size=2_001), after=st.text())
def test_what_was_folded_unfolds_to_itself(before: str, pasted: str, after: str) -> None:
    pastes = Pastes()
    label = pastes.fold(pasted)
    assert pastes.unfolded(label) == pasted.replace("\r\n", "\n").replace("\r", "\n")
    assert pastes.unfolded(pastes.folded(before + pastes.unfolded(label) + after)) == (
        before + pastes.unfolded(label) + after
    )


async def test_a_paste_onto_the_transcript_goes_to_the_prompt() -> None:
    async with running_app() as bench:
        bench.app.prompt.put("see ")
        bench.app.transcript.focus()
        await bench.pilot.pause()
        bench.app.post_message(events.Paste("this\nand that"))
        await bench.until(lambda: bench.app.prompt.text == "see this\nand that")
        await bench.until(lambda: bench.app.prompt.has_focus)


async def test_a_large_paste_onto_the_transcript_is_folded(tmp_path: Path) -> None:
    async with running_app() as bench:
        bench.app.prompt.put("see ")
        bench.app.transcript.focus()
        await bench.pilot.pause()
        bench.app.post_message(events.Paste(lines(12)))
        await bench.until(lambda: bench.app.prompt.text == "see [pasted 12 lines #1]")


async def test_a_paste_can_be_undone_and_redone() -> None:
    async with running_app() as bench:
        bench.app.post_message(events.Paste(lines(40)))
        await bench.pilot.pause()
        await bench.pilot.press("ctrl+z")
        assert bench.app.prompt.text == ""
        await bench.pilot.press("ctrl+y")
        assert bench.app.prompt.full_text == lines(40)


@pytest.mark.parametrize(
    ("key", "left"),
    [("ctrl+u", ""), ("ctrl+w", "one "), ("ctrl+k", "one two"), ("ctrl+a", "one two"), ("ctrl+e", "one two")],
)
async def test_the_line_editing_keys_of_a_shell_work(key: str, left: str) -> None:
    async with running_app() as bench:
        bench.app.prompt.put("one two")
        await bench.pilot.press(key)
        assert bench.app.prompt.text == left


async def test_up_walks_through_earlier_prompts_and_down_comes_back_to_the_draft() -> None:
    async with running_app() as bench:
        await bench.send("first")
        await bench.send("second\nwith two lines")
        await bench.type("draft")
        await bench.pilot.press("up")
        assert bench.app.prompt.text == "second\nwith two lines"
        await bench.pilot.press("up")
        assert bench.app.prompt.text == "first"
        await bench.pilot.press("up")
        assert bench.app.prompt.text == "first"
        await bench.pilot.press("down")
        assert bench.app.prompt.text == "second\nwith two lines"
        await bench.pilot.press("down")
        assert bench.app.prompt.text == "draft"


async def test_up_and_down_move_inside_a_text_of_several_lines_first() -> None:
    async with running_app() as bench:
        await bench.send("before")
        bench.app.prompt.put("one\ntwo")
        await bench.pilot.press("up")
        assert bench.app.prompt.text == "one\ntwo"
        assert bench.app.prompt.cursor_location[0] == 0
        await bench.pilot.press("up")
        assert bench.app.prompt.text == "before"


async def test_history_is_kept_from_run_to_run(tmp_path: Path) -> None:
    file = tmp_path / "state" / "prompts.jsonl"
    async with running_app(history_file=file) as bench:
        await bench.send("remember\nme")
    async with running_app(history_file=file) as bench:
        await bench.pilot.press("up")
        assert bench.app.prompt.text == "remember\nme"


async def test_ctrl_r_finds_an_earlier_prompt() -> None:
    async with running_app() as bench:
        for text in ("fix the parser", "write docs", "fix the lexer"):
            await bench.send(text)
        await bench.pilot.press("ctrl+r")
        await bench.type("fix pars")
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert bench.app.prompt.text == "fix the parser"


async def recall_the_parser(bench: Bench, draft: str) -> None:
    """Have a draft, and pick the earlier prompt that names the parser instead."""
    for text in ("fix the parser", "write docs"):
        await bench.send(text)
    await bench.type(draft)
    await bench.pilot.press("ctrl+r")
    await bench.until(lambda: "Earlier prompts" in bench.screen_text())
    await bench.type("pars")
    await bench.pilot.press("enter")
    await bench.until(lambda: bench.app.prompt.text == "fix the parser")


@pytest.mark.parametrize("key", ["up", "ctrl+z"])
async def test_a_draft_comes_back_after_an_earlier_prompt_was_found(key: str) -> None:
    async with running_app() as bench:
        await recall_the_parser(bench, "half a thought")
        await bench.pilot.press(key)
        assert bench.app.prompt.text == "half a thought"


async def test_down_returns_to_the_prompt_that_was_found() -> None:
    async with running_app() as bench:
        await recall_the_parser(bench, "half a thought")
        await bench.pilot.press("up", "down")
        assert bench.app.prompt.text == "fix the parser"


async def test_an_earlier_prompt_that_was_not_picked_leaves_the_draft() -> None:
    async with running_app() as bench:
        await bench.send("first")
        await bench.type("draft")
        await bench.pilot.press("ctrl+r")
        await bench.until(lambda: "Earlier prompts" in bench.screen_text())
        await bench.pilot.press("escape")
        await bench.until(lambda: bench.app.prompt.has_focus)
        assert bench.app.prompt.text == "draft"


async def test_a_slash_lists_the_commands_with_their_help_and_tab_completes() -> None:
    async with running_app() as bench:
        await bench.type("/to")
        await bench.pilot.pause()
        assert "/tools" in bench.screen_text()
        assert "what each needs" in bench.screen_text()
        await bench.pilot.press("tab")
        assert bench.app.prompt.text == "/tools "
        assert not bench.app.completions.display


async def test_enter_runs_the_highlighted_command() -> None:
    async with running_app() as bench:
        await bench.type("/ex")
        await bench.pilot.press("enter")
        await bench.pilot.pause()
        assert bench.session.closed


async def test_the_arrows_move_in_the_list_of_commands_while_it_is_open() -> None:
    async with running_app() as bench:
        await bench.type("/")
        names = [command.name for command in COMMANDS]
        await bench.pilot.press("down", "down", "up")
        highlighted = bench.app.completions.highlighted
        assert highlighted
        assert highlighted.text == f"/{names[1]}"
        await bench.pilot.press("escape")
        assert bench.app.completions.highlighted is None
        assert bench.app.prompt.text == "/"


async def test_the_keys_say_at_once_how_they_close_and_typing_goes_on_in_the_prompt() -> None:
    async with running_app() as bench:
        await bench.pilot.press("question_mark")
        await bench.until(lambda: "Esc closes" in bench.screen_text())
        await bench.type("hello")
        assert not isinstance(bench.app.screen, KeysScreen)
        assert bench.app.prompt.text == "hello"


async def test_a_question_mark_shows_the_keys_only_where_nothing_is_typed() -> None:
    async with running_app() as bench:
        await bench.type("why")
        await bench.pilot.press("question_mark")
        assert bench.app.prompt.text == "why?"
        await bench.pilot.press("ctrl+c", "question_mark")
        assert isinstance(bench.app.screen, KeysScreen)
        await bench.pilot.press("escape")
        assert bench.app.prompt.has_focus


async def test_ctrl_c_copies_a_selection_instead_of_clearing() -> None:
    async with running_app() as bench:
        bench.app.prompt.put("copy me")
        await bench.pilot.press("ctrl+shift+left", "ctrl+c")
        assert bench.app.clipboard == "me"
        assert bench.app.prompt.text == "copy me"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("/mo", ["mode", "model"], id="prefix"),
        pytest.param("/qui", ["exit"], id="alias"),
        pytest.param("/q", ["exit", "queue"], id="an alias that is typed whole comes first"),
        pytest.param("/model x", [], id="an argument is being typed"),
        pytest.param("/usr/bin", [], id="a path"),
        pytest.param("", [], id="nothing"),
        pytest.param("model", [], id="no slash"),
    ],
)
def test_commands_match_by_name_and_alias(text: str, names: list[str]) -> None:
    assert [command.name for command in matching_commands(text, COMMANDS)] == names


def test_every_bound_key_stands_on_the_help_screen() -> None:
    shown_keys = " ".join(shown for _, rows in help_rows() for shown, _ in rows).lower()
    explained = shown_keys.replace("esc", "escape").replace("?", "question_mark")
    for key in KEYS:
        names = [name for name in key.names.split(",") if name]
        assert not names or any(name.lower() in explained for name in names), key


@given(st.lists(st.text(), max_size=20))
def test_history_round_trips_any_text(tmp_path_factory: pytest.TempPathFactory, prompts: list[str]) -> None:
    file = tmp_path_factory.mktemp("history") / "prompts.jsonl"
    history = PromptHistory(file)
    for prompt in prompts:
        history.add(prompt)
    assert PromptHistory(file).entries == history.entries


def test_two_programs_add_to_one_history(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    here, there = PromptHistory(file), PromptHistory(file)
    here.add("from here")
    there.add("from there")
    here.add("again from here")
    assert PromptHistory(file).entries == ("from here", "from there", "again from here")


def test_what_is_not_a_prompt_in_the_file_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_bytes(b'"good"\nnot json\n{"a": 1}\n\xff\xfe\n"torn')
    assert PromptHistory(file).entries == ("good",)


def test_a_long_history_is_cut_to_its_newest_entries(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text("".join(json.dumps(f"prompt {number}") + "\n" for number in range(2_500)))
    assert PromptHistory(file).entries[-1] == "prompt 2499"
    assert len(file.read_text().splitlines()) == 1_000
    assert len(PromptHistory(file).entries) == 1_000


def test_a_history_that_can_t_be_written_is_kept_for_the_run(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    history = PromptHistory(blocker / "prompts.jsonl")
    history.add("still here")
    assert history.older("") == "still here"


def test_a_repeated_prompt_is_remembered_once() -> None:
    history = PromptHistory()
    history.add("same")
    history.add("same")
    assert history.entries == ("same",)


async def test_a_custom_prompt_is_sent_with_its_arguments_filled_in(tmp_path: Path) -> None:
    (tmp_path / "fix.md").write_text("Fix $1, then test.")
    async with running_app() as bench:
        bench.session.custom_prompts = custom_prompts_in(tmp_path)
        await bench.send("#fix parser")
        await bench.until(lambda: bench.session.sent == ["Fix parser, then test."])
        assert "Fix parser, then test." in bench.screen_text()
        await bench.pilot.press("up")
        assert bench.app.prompt.text == "#fix parser"


async def test_a_projects_prompt_that_is_refused_goes_back_to_the_prompt(tmp_path: Path) -> None:
    (tmp_path / ".vtcode" / "prompts").mkdir(parents=True)
    (tmp_path / ".vtcode" / "prompts" / "ship.md").write_text("Ship everything.")
    async with running_app() as bench:
        bench.session.custom_prompts = custom_prompts_in(tmp_path)
        await bench.send("#ship")
        await bench.until(lambda: "Ship everything." in bench.screen_text())
        await bench.settle()
        await bench.pilot.press("n")
        await bench.until(lambda: bench.app.prompt.text == "#ship")
        assert bench.session.sent == []


async def test_one_waiting_message_comes_back_into_the_prompt() -> None:
    async def wait(session: FakeSession, text: str) -> None:
        await asyncio.Event().wait()

    async with running_app(wait) as bench:
        for text in ("work", "first", "second"):
            await bench.send(text)
        await bench.send("/queue")
        await bench.until(lambda: "Messages that wait" in bench.screen_text())
        await bench.settle()
        await bench.pilot.press("down", "enter")
        await bench.until(lambda: bench.app.prompt.text == "second")
        assert bench.session.status.queued == ("first",)


def with_alt(letter: str) -> events.Key:
    """What terminals without newer protocols are read to have sent."""
    return events.Key(f"alt+{letter}", letter)


async def test_a_letter_with_alt_types_nothing() -> None:
    async with running_app() as bench:
        await bench.type("a")
        bench.app.prompt.post_message(with_alt("x"))
        await bench.type("b")
        assert bench.app.prompt.text == "ab"


async def test_a_letter_with_alt_on_the_transcript_is_not_typed_into_the_prompt() -> None:
    async with running_app() as bench:
        await bench.pilot.press("tab")
        bench.app.transcript.post_message(with_alt("x"))
        await bench.pilot.press("z")
        await bench.until(lambda: bench.app.prompt.text == "z")


async def test_no_cursor_of_a_line_blinks() -> None:
    async with running_app() as bench:
        await bench.pilot.press("ctrl+r")
        await bench.until(lambda: bool(bench.app.screen.query("#filter")))
        lines = [*bench.app.screen.query(Input), *bench.app.screen_stack[0].query(Input)]
        assert {line.id for line in lines} == {"filter", "command-line"}
        assert not any(line.cursor_blink for line in lines)
        assert not bench.app.prompt.cursor_blink
