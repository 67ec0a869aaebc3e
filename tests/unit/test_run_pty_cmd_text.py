"""Terminal output made readable, and cut to what fits."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.tools.terminal_text import readable, shortened

terminal_text = st.text(st.sampled_from("ab€ \r\n\b\t\x1b[K20;31m]\x07\x9b\x00"), max_size=80) | st.text()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("one\r\r\ntwo", "one\ntwo"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        (" 10%\r 50%\r100%\r\ndone", "100%\ndone"),
        ("downloading\rdone", "doneloading"),
        ("downloading\r\x1b[Kdone", "done"),
        ("downloading\r\x1b[2Kdone", "done"),
        ("ab\x1b[1Kc", "  c"),
        ("passwort\bd", "password"),
        ("\b\bx", "x"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]0;title never ended\r\ntext", "\ntext"),
        ("a\tb", "a\tb"),
        ("  indented", "  indented"),
    ],
)
def test_a_line_is_what_stands_there_in_the_end(raw: str, text: str) -> None:
    assert readable(raw) == text


@given(terminal_text)
def test_nothing_that_moves_a_cursor_is_left(raw: str) -> None:
    assert not [c for c in readable(raw) if unicodedata.category(c) == "Cc" and c not in "\n\t"]


@given(st.text(st.sampled_from("ab \n"), max_size=60))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert readable(text) == text


@given(st.text(max_size=400), st.text(max_size=400), st.integers(0, 10**9), st.integers(100, 300))
def test_what_is_shortened_fits(text: str, head: str, lost_bytes: int, max_chars: int) -> None:
    assert len(shortened(text, max_chars, head=head, lost_bytes=lost_bytes)) <= max_chars


def test_what_fits_is_not_cut() -> None:
    assert shortened("x" * 100, 100) == "x" * 100


def test_the_middle_is_cut_at_line_ends_and_counted() -> None:
    text = "".join(f"line {number:04}\n" for number in range(1_000))
    cut = shortened(text, 1_000)
    first, count, last = re.split(r"\n\[\.\.\. ([\d,]+) characters cut \.\.\.\]\n", cut)
    assert text.startswith(first + "\n")
    assert text.endswith("\n" + last)
    assert int(count.replace(",", "")) == len(text) - len(first) - len(last)
    assert len(last) > 2 * len(first) > 300


def test_what_was_lost_before_is_counted_too() -> None:
    assert shortened("tail", 200, head="head", lost_bytes=5_000) == (
        "head\n[... about 5,000 characters cut ...]\ntail"
    )
