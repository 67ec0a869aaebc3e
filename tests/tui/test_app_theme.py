"""The themes: readable, and chosen as the terminal is."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tests.support.fake_session import FakeSession
from tests.support.tui_app import app_with, until
from vtcode.frontend import FrontEnd
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
KNOWN = {*BUILTIN_THEMES, DARK.name, LIGHT.name}


def contrast(text: Color, background: Color) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    lighter, darker = sorted((luminance(text), luminance(background)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: Color) -> float:
    channels = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in color.normalized
    ]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("text", TEXT_COLORS)
def test_text_contrasts_with_every_background(theme: Theme, background: str, text: str) -> None:
    colors = theme.to_color_system().generate()
    assert contrast(Color.parse(colors[text]), Color.parse(colors[background])) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["success", "error"])
def test_a_changed_line_contrasts_with_its_tint(theme: Theme, name: str) -> None:
    colors = theme.to_color_system().generate()
    text, background = Color.parse(colors[name]), Color.parse(colors["background"])
    assert contrast(text, background.blend(text, 0.12)) >= 4.5


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
    ("setting", "environment", "name"),
    [
        pytest.param("", {}, DARK.name, id="nothing known: dark"),
        pytest.param("auto", {"COLORFGBG": "0;15"}, LIGHT.name, id="white behind"),
        pytest.param("", {"COLORFGBG": "15;default;0"}, DARK.name, id="black behind"),
        pytest.param("light", {"COLORFGBG": "15;0"}, LIGHT.name, id="light by setting"),
        pytest.param("dark", {"COLORFGBG": "0;15"}, DARK.name, id="dark by setting"),
        pytest.param("nord", {}, "nord", id="one of Textual's"),
        pytest.param("ciapre", {}, DARK.name, id="nobody's"),
    ],
)
def test_the_theme_follows_the_setting_then_the_terminal(
    setting: str, environment: dict[str, str], name: str
) -> None:
    assert chosen_theme(setting, environment, KNOWN) == name
