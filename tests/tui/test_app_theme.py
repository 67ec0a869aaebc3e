"""The themes: readable, and chosen as the terminal is."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tests.support.contrast import contrast
from tests.support.fake_session import FakeSession
from tests.support.tui_app import app_with, until
from vtcode.frontend import FrontEnd
from vtcode.frontends.tui.background import Background, parse_answer
from vtcode.frontends.tui.blocks import NoticeBlock
from vtcode.frontends.tui.settings import UiSettings
from vtcode.frontends.tui.theme import DARK, LIGHT, chosen_theme, is_known_theme

TEXT_COLORS = (
    "foreground",
    "primary",
    "secondary",
    "accent",
    "success",
    "warning",
    "error",
    "text-muted",
    "text-disabled",
)
BACKGROUNDS = ("background", "surface", "panel")
TINT = 0.15
"""How much of green or red is behind a changed line, as the styles say."""
KNOWN = {*BUILTIN_THEMES, DARK.name, LIGHT.name}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("text", TEXT_COLORS)
def test_text_contrasts_with_every_background(theme: Theme, background: str, text: str) -> None:
    colors = theme.to_color_system().generate()
    assert contrast(Color.parse(colors[text]), Color.parse(colors[background])) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("background", ["background", "surface"])
@pytest.mark.parametrize("tint", ["success", "error"])
def test_a_changed_lines_code_contrasts_with_its_tint(theme: Theme, background: str, tint: str) -> None:
    colors = theme.to_color_system().generate()
    behind = Color.parse(colors[background]).blend(Color.parse(colors[tint]), TINT)
    for text in TEXT_COLORS:
        if text != "text-disabled":
            assert contrast(Color.parse(colors[text]), behind) >= 4.5, text


@pytest.mark.parametrize(
    ("setting", "known"), [("", True), ("auto", True), ("light", True), ("nord", True), ("norden", False)]
)
def test_a_setting_that_names_no_theme_is_told_from_one_that_does(setting: str, known: bool) -> None:
    assert is_known_theme(setting, KNOWN) == known


async def test_an_unknown_theme_is_told_with_the_known_ones() -> None:
    async def open_session(front_end: FrontEnd) -> FakeSession:
        return FakeSession(front_end)

    app = app_with(open_session, UiSettings(theme="norden"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(app.transcript.transcript.blocks) > 0)
        notices = [block for block in app.transcript.transcript.blocks if isinstance(block, NoticeBlock)]
        assert [notice.text for notice in notices] == ['ui.theme names no theme: "norden"']
        assert "nord" in notices[0].hint


@pytest.mark.parametrize(
    ("setting", "environment", "background", "name"),
    [
        pytest.param("", {}, "", DARK.name, id="nothing known: dark"),
        pytest.param("", {}, "light", LIGHT.name, id="the terminal says light"),
        pytest.param("", {"COLORFGBG": "0;15"}, "dark", DARK.name, id="what it says counts more"),
        pytest.param("auto", {"COLORFGBG": "0;15"}, "", LIGHT.name, id="white behind"),
        pytest.param("", {"COLORFGBG": "15;default;0"}, "", DARK.name, id="black behind"),
        pytest.param("light", {"COLORFGBG": "15;0"}, "dark", LIGHT.name, id="light by setting"),
        pytest.param("dark", {"COLORFGBG": "0;15"}, "light", DARK.name, id="dark by setting"),
        pytest.param("nord", {}, "light", "nord", id="one of Textual's"),
        pytest.param("ciapre", {}, "", DARK.name, id="nobody's"),
        pytest.param("", {"TERM": "xterm", "COLORTERM": ""}, "", "ansi-dark", id="16 colors"),
        pytest.param("light", {"TERM": "linux", "COLORTERM": ""}, "", "ansi-light", id="16, light"),
        pytest.param("nord", {"TERM": "xterm", "COLORTERM": ""}, "", "nord", id="16, but named"),
        pytest.param("", {"TERM": "screen-256color", "COLORTERM": ""}, "", DARK.name, id="256 colors"),
    ],
)
def test_the_theme_follows_the_setting_then_the_terminal(
    setting: str, environment: dict[str, str], background: Background, name: str
) -> None:
    assert chosen_theme(setting, {"COLORTERM": "truecolor"} | environment, KNOWN, background) == name


@pytest.mark.parametrize(
    ("received", "background", "typed"),
    [
        pytest.param(b"\x1b]11;rgb:1414/1616/1b1b\x07\x1b[?62;c", "dark", "", id="dark"),
        pytest.param(b"\x1b]11;rgb:fbfb/fbfb/f8f8\x1b\\\x1b[?62;c", "light", "", id="light"),
        pytest.param(b"\x1b]11;rgb:ff/ff/ff\x07\x1b[?6c", "light", "", id="two digits"),
        pytest.param(b"\x1b]11;rgba:0000/0000/0000/ffff\x07", "dark", "", id="with opacity"),
        pytest.param(b"\x1b[?1;2c", "", "", id="it does not say"),
        pytest.param(b"", "", "", id="silence"),
        pytest.param(b"he\x1b]11;rgb:0/0/0\x07l\x1b[?6clo", "dark", "hello", id="typed around it"),
        pytest.param(b"\x1b[Aa\x1b[?6c", "", "a", id="a key is no answer"),
    ],
)
def test_a_terminal_says_what_is_behind(received: bytes, background: str, typed: str) -> None:
    assert parse_answer(received) == (background, typed)
