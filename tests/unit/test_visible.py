"""No character of a model's, a file's or a server's hides, moves or reorders what is on the screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vtcode.visible import plain, revealed, unpadded

EVERY_CHARACTER = [chr(code) for code in range(0x110000)]
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NASTY = "a\x1b[]PX^_0;?31mhlJ \x07\\\x9b\x9d\x9c\r\n\t\x00\x08\x7f\x85\u2028\u202e\u2066\u200b\ud800"

nasty_text = st.text(st.sampled_from(NASTY), max_size=60) | st.text(max_size=60)


def is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


@given(nasty_text)
@example("\x1b\x1b[31m")
@example("\x1b]8;;http://x\x1b\\")
@example("\r\x1b[m\n")
def test_no_control_character_survives_plain(text: str) -> None:
    assert not [c for c in plain(text) if (is_control(c) and c not in "\n\t") or c in BIDI]


def test_plain_drops_every_control_and_reordering_character_there_is() -> None:
    left = plain("".join(EVERY_CHARACTER).replace("\x1b", ""))
    assert [c for c in left if is_control(c) or c in BIDI] == ["\t", "\n"]


@given(nasty_text)
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]) | st.sampled_from(" \n\t")))
def test_ordinary_text_is_not_changed_by_plain(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[?25lx", "x"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$q\x1b\\x", "x"),
        ("\x1b(Bx", "x"),
        ("\x1b=x", "x"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "ab"),
        ("\x9b31mx", "31mx"),
        ("end\x1b", "end"),
    ],
)
def test_plain_drops_whole_escape_sequences(text: str, seen: str) -> None:
    assert plain(text) == seen


@pytest.mark.parametrize("opener", ["\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_", "\x1b["])
def test_a_sequence_that_never_ends_hides_no_later_line(opener: str) -> None:
    assert plain(f"a{opener}0;hidden?\nrm -r x").endswith("\nrm -r x")


@given(nasty_text)
def test_revealed_shows_each_control_character(text: str) -> None:
    shown = revealed(text, keep_newlines=False)
    assert not [c for c in shown if is_control(c) or c in BIDI]
    assert shown == "".join(revealed(character, keep_newlines=False) for character in text)


def test_revealed_spells_every_character_that_hides_or_passes_for_a_blank() -> None:
    silent = [
        hex(ord(c))
        for c in EVERY_CHARACTER
        if (is_control(c) or unicodedata.category(c) in {"Cf", "Zs"})
        and c != " "
        and revealed(c, keep_newlines=False) == c
    ]
    assert not silent


@pytest.mark.parametrize(
    "character", ["\u034f", "\u115f", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\U000e0101"]
)
def test_revealed_spells_what_unicode_calls_a_letter_or_mark_and_nobody_sees(character: str) -> None:
    assert revealed(character).startswith("\\")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\tb\r", r"a\tb\r"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\U000e0041", r"\U000e0041"),
        ("a\nb", "a\nb"),
        ("naïve — 日本 👍", "naïve — 日本 👍"),
    ],
)
def test_revealed_spells_characters_as_code_does(text: str, seen: str) -> None:
    assert revealed(text) == seen


def test_revealed_spells_newlines_where_one_line_is_shown() -> None:
    assert revealed("a\nb", keep_newlines=False) == r"a\nb"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a" + " " * 500 + "b", "a [500 blanks] b"),
        (" " * 24 + "b", " " * 24 + "b"),
        ("a" + "\u3000" * 40 + "b", "a [40 blanks] b"),
        ("a" + "\n" * 61 + "b", "a\n[60 empty lines]\nb"),
        ("a\n" + "  \n" * 9 + "b", "a\n[9 empty lines]\nb"),
        ("a\n\n\nb", "a\n\n\nb"),
    ],
)
def test_padding_is_counted_out(text: str, seen: str) -> None:
    assert unpadded(text) == seen
