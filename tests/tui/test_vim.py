"""Vim's keys in the prompt."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench, app_with, running_app, until
from vtcode.frontends.tui.settings import UiSettings
from vtcode.frontends.tui.vim_motions import stretch

NAMES = {" ": "space", "^": "circumflex_accent", "$": "dollar_sign", "": "escape"}


async def vim_keys(bench: Bench, keys: str) -> None:
    """Press keys; `<` is Escape, `\\x12` Ctrl+R."""
    for key in keys:
        await bench.pilot.press({"\x12": "ctrl+r"}.get(key) or NAMES.get(key, key))


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        # `|` is the cursor.
        ("|one two", "wix", "one x|two"),
        ("one two thre|e", "bbi-", "one -|two three"),
        ("|one two", "eax", "onex| two"),
        ("one| two", "Ix", "x|one two"),
        ("  on|e", "0ix", "x|  one"),
        ("  on|e", "^ix", "  x|one"),
        ("|one", "$x", "o|n"),
        ("|one", "A!", "one!|"),
        ("|one", "ox", "one\nx|"),
        ("one|", "Ox", "x|\none"),
        ("|one two", "x", "|ne two"),
        ("|one two", "3x", "| two"),
        ("on|e\ntwo", "dd", "|two"),
        ("one\ntw|o", "dd", "|one"),
        ("|one\ntwo\nthree", "2dd", "|three"),
        ("|one\ntwo", "9dd", "|"),
        ("|one\ntwo\nthree", "dj", "|three"),
        ("one|", "dG", "|"),
        ("one\ntwo|", "dgg", "|"),
        ("|one two three", "dw", "|two three"),
        ("|one two three", "2dw", "|three"),
        ("|one two three four", "d2w", "|three four"),
        ("|one\ntwo", "dw", "|\ntwo"),
        ("one t|wo", "D", "one |t"),
        ("one tw|o", "d0", "|o"),
        ("|one two", "cwx", "x| two"),
        ("|one two", "cex", "x| two"),
        ("one t|wo", "ciwx", "one x|"),
        ("one t|wo three", "daw", "one |three"),
        ("one t|wo", "daw", "on|e"),
        ('say("hel|lo")', 'di"', 'say("|")'),
        ('s|ay("hello")', 'ci"x', 'say("x|")'),
        ('say("hel|lo")', 'da"', "say(|)"),
        ("f(a, g(b|), c)", "di(", "f(a, g(|), c)"),
        ("f(a|, g(b), c)", "cibx", "f(x|)"),
        ("f(a, g(b)|)", "di)", "f(|)"),
        ("{\n o|ne\n}", "di{", "{|}"),
        ("o|ne", 'di"x', "o|e"),
        ("on|e) (", "di(x", "on|) ("),
        ("a 'b|' c", "ci'x", "a 'x|' c"),
        ("|one two", "C.", ".|"),
        ("one\n|two\nthree", "ccx", "one\nx|\nthree"),
        ("|one\ntwo", "yyp", "one\n|one\ntwo"),
        ("one\n|two", "yyP", "one\n|two\ntwo"),
        ("|one two", "ywP", "one| one two"),
        ("|one", "xp", "n|oe"),
        ("|one\ntwo", "ddp", "two\n|one"),
        ("|abc", "rx", "|xbc"),
        ("|a b c", "fcx", "a b| "),
        ("|a b c", "tcx", "a b|c"),
        ("a b |c", "Fax", "| b c"),
        ("|one.two three", "Wx", "one.two |hree"),
        ("|one\n  two", "J", "one| two"),
        ("one\ntwo\nth|ree", "ggx", "|ne\ntwo\nthree"),
        ("|one\ntwo", "Gx", "one\n|wo"),
        ("|one\ntwo\nthree", "Vjd", "|three"),
        ("|one\ntwo\nthree", "Vjcx", "x|\nthree"),
        ("one\ntw|o", "Vkyp", "one\n|one\ntwo\ntwo"),
        ("|one two", "dwu", "|one two"),
        ("|one two", "dwu\x12", "|two"),
        ("|one", "d<x", "|ne"),
        ("|one", "zx", "|ne"),
        ("|one", "10l", "on|e"),
        ("|", "xdwpdd", "|"),
        ("|one", "sX", "X|ne"),
    ],
)
async def test_keys_do_what_fingers_expect(before: str, keys: str, after: str) -> None:
    async with running_app() as bench:
        prompt = bench.app.prompt
        prompt.use_vim(True)
        prompt.put(before.replace("|", ""))
        await bench.pilot.press("escape")
        head = before.partition("|")[0]
        prompt.move_cursor((head.count("\n"), len(head.rpartition("\n")[2])))
        await vim_keys(bench, keys)
        row, column = prompt.cursor_location
        lines = prompt.text.split("\n")
        lines[row] = f"{lines[row][:column]}|{lines[row][column:]}"
        assert "\n".join(lines) == after


async def test_leaving_insert_mode_steps_back_onto_a_character() -> None:
    async with running_app() as bench:
        bench.app.prompt.use_vim(True)
        await bench.type("one")
        await bench.pilot.press("escape")
        assert bench.app.prompt.cursor_location == (0, 2)


async def test_the_mode_stands_in_the_status_line() -> None:
    async with running_app() as bench:
        assert "INSERT" not in bench.status_text()
        bench.app.prompt.use_vim(True)
        assert bench.status_text().startswith("INSERT")
        await bench.pilot.press("escape")
        assert bench.status_text().startswith("NORMAL")
        await bench.pilot.press("V")
        assert bench.status_text().startswith("VISUAL LINE")
        await bench.pilot.press("escape", "i")
        assert bench.status_text().startswith("INSERT")


async def test_the_command_switches_the_keys_on_and_off() -> None:
    async with running_app() as bench:
        await bench.send("/vim")
        await bench.until(lambda: bench.app.prompt.vim_mode == "insert")
        await bench.send("/vim off")
        await bench.until(lambda: bench.app.prompt.vim_mode == "")
        await bench.pilot.press("escape", "x")
        assert bench.app.prompt.text == "x"


async def test_the_command_says_what_it_takes() -> None:
    async with running_app() as bench:
        await bench.send("/vim maybe")
        await bench.until(lambda: "/vim does not know 'maybe'." in bench.screen_text())
        assert "/vim on or /vim off" in bench.screen_text()
        assert bench.app.prompt.vim_mode == ""


async def test_the_configuration_switches_them_on() -> None:
    async def open_session(front_end: object) -> FakeSession:
        return FakeSession(front_end)  # type: ignore[arg-type]

    app = app_with(open_session, UiSettings(vim_keys=True))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.prompt.vim_mode == "insert")


async def test_escape_closes_then_leaves_insert_mode_then_interrupts() -> None:
    async with running_app() as bench:
        bench.app.prompt.use_vim(True)
        await bench.type("/mo")
        assert bench.app.completions.display
        await bench.pilot.press("escape")
        assert not bench.app.completions.display
        assert bench.app.prompt.vim_mode == "insert"
        await bench.pilot.press("escape")
        assert bench.app.prompt.vim_mode == "normal"
        await bench.pilot.press("d", "escape")
        assert bench.session.outcomes == []


async def test_what_was_sent_leaves_an_empty_prompt_in_insert_mode() -> None:
    async with running_app() as bench:
        bench.app.prompt.use_vim(True)
        await bench.type("hello")
        await bench.pilot.press("escape", "enter")
        await bench.until(lambda: bench.session.sent == ["hello"])
        assert bench.app.prompt.vim_mode == "insert"


async def test_k_and_j_go_on_into_the_history(tmp_path: Path) -> None:
    async with running_app() as bench:
        bench.app.prompt.use_vim(True)
        await bench.send("earlier")
        await bench.pilot.press("escape", "k")
        assert bench.app.prompt.text == "earlier"
        await bench.pilot.press("j")
        assert bench.app.prompt.text == ""


@given(
    text=st.text(alphabet="ab ._\n(')", max_size=20),
    at=st.integers(min_value=0, max_value=20),
    motion=st.sampled_from(["w", "b", "e", "W", "B", "E", "h", "l", "j", "k", "0", "^", "$", "gg", "G",
                            "iw", "aw", "i(", "a'", "fa", "Ta", "q"]),
    count=st.one_of(st.none(), st.integers(min_value=1, max_value=99)),
)  # fmt: skip
def test_a_motion_stays_in_the_text(text: str, at: int, motion: str, count: int | None) -> None:
    covered = stretch(text, min(at, len(text)), motion, count)
    if covered:
        assert 0 <= covered.start <= len(text)
        assert 0 <= covered.end <= len(text)


@pytest.mark.parametrize("mode", ["insert", "normal"])
async def test_a_letter_right_behind_escape_is_a_command_though_it_looks_like_alt(mode: str) -> None:
    async with running_app() as bench:
        bench.app.prompt.use_vim(True)
        bench.app.prompt.put("one two")
        if mode == "normal":
            await bench.pilot.press("escape")
        bench.app.prompt.post_message(events.Key("alt+d", "d"))
        await bench.pilot.press("d")
        assert bench.app.prompt.text == ""
        assert bench.app.prompt.vim_mode == "normal"
