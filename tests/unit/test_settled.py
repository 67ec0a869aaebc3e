"""What a command wrote, with the movements of its cursor carried out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.settled import settled

ROWS = 4
"""Few, so that things scroll out."""


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("a\r\nb\x1b[1m!\x1b[m\r\n", "a\nb\x1b[1m!\x1b[m\n"),
        ("a\nb\nc\x1b[2A\rX\x1b[2B\n", "X\nb\nc\n"),
        ("one: 1\ntwo: 1\n\x1b[2A\x1b[2Kone: 2\n\x1b[2Ktwo: 2\n", "one: 2\ntwo: 2\n"),
        ("a\nb\nc\nd\ne\x1b[9AX", "a\nbX\nc\nd\ne"),
        ("old\n\x1b[H\x1b[2Jnew", "new"),
        ("a\nb\nc\x1b[1A\x1b[Jd", "a\nbd"),
        ("a\nb\nc\x1b[1A\x1b[1J", "\n\nc"),
        ("\x1b[2;3Hx", "\n  x"),
        ("abc\x1b[2Dx", "axc"),
        ("abc\x1b[1Gx\x1b[C\x1b[1Py", "xby"),
        ("abc\x1b[2D\x1b[1@x", "axbc"),
        ("abcd\x1b[3D\x1b[2X", "a  d"),
        ("a\nb\x1b[A\x1b[Lx", " x\na\nb"),
        ("a\nb\nc\x1b[2A\x1b[M", "b\nc"),
        ("ab\x1b7\ncd\x1b8x", "abx\ncd"),
        ("before\n\x1b[?1049hall of\x1b[5;5Hvi\x1b[?1049lafter", "before\nafter"),
        ("before\n\x1b[?1049hless", "before\n\nless"),
        ("日本\rab", "ab本"),
        ("日本\ra", "a 本"),
        ("e\u0301!\b\bx", "x!"),
        ("a\tb\rx\t\by", "x      yb"),
        ("\x1b]0;title\x07x\r", "x"),
        ("\x1b[?25l\x1b]8;;http://a\x07x\x1b]8;;\x07\x1b(B\r\ny", "x\ny"),
        ("\x1b[32mx\x1b[m\x1b[K\r\ny", "\x1b[32mx\x1b[m\ny"),
        ("ab\x1bEc\r", "ab\nc"),
        ("\x1b[31mred\x1b[m\rg", "g\x1b[0;31med\x1b[m"),
    ],
    ids=[
        "nothing moves",
        "up, and down again",
        "progress of two lines",
        "no further up than the screen",
        "a cleared screen",
        "cleared below",
        "cleared above",
        "to a place",
        "left",
        "a character deleted",
        "a blank put in",
        "characters erased",
        "a line put in",
        "a line deleted",
        "back to where it was",
        "a full-screen program that ended",
        "one that goes on",
        "over a wide character",
        "over half of one",
        "over a character with an accent",
        "a tab over text",
        "a title",
        "what moves nothing",
        "the rest of a line that has none",
        "the next line",
        "a look",
    ],
)
def test_what_stands_in_the_end_is_what_was_written_last(output: str, text: str) -> None:
    assert settled(output, rows=ROWS) == text


def test_what_scrolled_out_of_the_screen_stays_as_it_is() -> None:
    lines = "".join(f"{number}\n" for number in range(9))
    assert settled(f"{lines}\x1b[99A\x1b[Jend", rows=ROWS) == "0\n1\n2\n3\n4\n5\nend"


def test_a_look_goes_on_where_text_is_written_later() -> None:
    assert settled("\x1b[1ma\n\x1b[Ab\r\x1b[31mc") == "\x1b[0;1;31mc\x1b[m\n"


@given(
    st.lists(
        st.sampled_from(
            [
                "\x1b[",
                "\x1b",
                "?1049",
                "999",
                "4",
                ";",
                *"ABCDGHJKLMPX@dfhlmsu78",
                "\r",
                "\b",
                "\t",
                "日",
                "x\n",
            ]
        ),
        max_size=60,
    )
)
def test_whatever_a_command_sends_no_movement_is_left(pieces: list[str]) -> None:
    text = settled("".join(pieces) + "\r", rows=ROWS)
    assert not re.search(r"[\r\b]|\x1b(?!\[[0-9;]*m)", text)


@given(
    st.lists(
        st.sampled_from(["\x1b[999C", "\x1b[999;999H", "\x1b[999@", "\r\x1b[240@", "\x1b[999B", "x", "\n"]),
        max_size=60,
    )
)
def test_a_few_bytes_take_no_more_than_a_screen(pieces: list[str]) -> None:
    assert len(settled("".join(pieces) + "\r", rows=ROWS)) <= 300 * (len(pieces) + ROWS)


@given(
    st.lists(st.text("0123456789:;<=>?", max_size=6), max_size=8),
    st.sampled_from([*map(chr, range(0x40, 0x7F))]),
)
def test_no_sequence_is_too_odd_to_be_read(parameters: list[str], order: str) -> None:
    output = "".join(f"x\x1b[{each}{order}" for each in parameters) + "\x1b[1>m\ry"
    assert not re.search(r"[\r\b]|\x1b(?!\[[0-9;]*m)", settled(output))


@given(st.text())
def test_any_text_can_be_output(text: str) -> None:
    settled(f"{text}\r{text}")
