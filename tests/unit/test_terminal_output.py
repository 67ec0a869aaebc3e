"""What a command wrote, as lines: its colours stay, everything else that it told a terminal goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style

from vtcode.frontends.tui.rendering.lines import Line
from vtcode.frontends.tui.rendering.markdown import parse, piece_lines
from vtcode.frontends.tui.rendering.terminal_output import output_lines
from vtcode.frontends.tui.widgets.palette import Palette
from vtcode.frontends.tui.widgets.strips import Row, Strips


def spans(output: str) -> list[tuple[str, str]]:
    lines, _ = output_lines(output, 80, max_lines=50)
    return [(text, style.removeprefix("output").strip()) for line in lines for text, style in line.spans]


def drawn(line: Line) -> str:
    strips = Strips(Palette(Style(), {}), 80)
    console = Console(force_terminal=True, color_system="truecolor")
    assert console.color_system == ColorSystem.TRUECOLOR.name.lower()
    return strips.strip(Row(1, 0, line, marked=False)).render(console)


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("31", "sgr:31"),
        ("1;97;104", "sgr:1;97;104"),
        ("38;5;208", "sgr:38;5;208"),
        ("38;2;10;200;30;4", "sgr:4;38;2;10;200;30"),
        ("38:2::10:200:30", "sgr:38;2;10;200;30"),
        ("4:3", "sgr:4"),
        ("1;3;9;22;31;39", "sgr:3;9"),
        ("31;0", ""),
        ("5;8", ""),
        ("30;40", ""),
        ("38;5;9;48;5;9", ""),
        ("38;5", "sgr:38;5;0"),
        (":", ""),
        ("38;2;1", "sgr:38;2;1;0;0"),
        ("99999999999", ""),
    ],
)
def test_colours_and_weights_are_kept_and_nothing_that_hides_text(codes: str, style: str) -> None:
    assert spans(f"\x1b[{codes}mx") == [("x", style)]


def test_a_look_goes_on_over_lines_until_it_is_reset() -> None:
    assert spans("\x1b[1m\x1b[32ma\nb\x1b[m c") == [("a", "sgr:1;32"), ("b", "sgr:1;32"), (" c", "")]


def test_looks_that_add_up_never_grow_beyond_one_of_each() -> None:
    ((_, style),) = spans("".join(f"\x1b[{code}m" for code in range(30, 38)) * 50 + "x")
    assert style == "sgr:37"


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (" 10%\r 50%\r100%\n", ["100%"]),
        ("a: 1\nb: 1\n\x1b[2A\x1b[2Ka: 2\nb: 2\n", ["a: 2", "b: 2"]),
        ("\x1b[9Aonly\n", ["only"]),
        ("|\b/\b-\bdone", ["done"]),
        ("b\bbo\bol\bld\bd", ["bold"]),
    ],
    ids=["carriage return", "cursor up", "above the start", "spinner", "overstrike"],
)
def test_progress_shows_what_was_written_last(output: str, shown: list[str]) -> None:
    assert [text for text, _ in spans(output)] == shown


@given(
    st.lists(
        st.sampled_from(["\x1b[", "\x1b]8;;x", "\x07", "\b", "\r", "\n", "1", ";", ":", "m", "A", "K", "t"])
    )
)
def test_no_control_character_gets_through(pieces: list[str]) -> None:
    for text, style in spans("".join(pieces)):
        assert text.isprintable()
        assert style.isprintable()


def link(markdown: str) -> Line:
    return piece_lines(parse(markdown)[0], 80)[0]


def test_a_link_to_the_web_is_one_for_the_terminal_and_its_address_is_seen() -> None:
    text = drawn(link("See [the docs](https://example.org/a?b)."))
    assert "the docs" in text
    assert "(https://example.org/a?b)" in text
    assert text.count("\x1b]8;id=") == text.count(";https://example.org/a?b\x1b\\") == 2


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "mailto:a@b.org", "/local", "ssh://host", "data:x"]
)
def test_a_link_to_anything_else_is_text(address: str) -> None:
    assert "\x1b]8" not in drawn(link(f"[label]({address})"))
