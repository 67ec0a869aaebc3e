"""Diffs taken apart into hunks, and put onto a text without some of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.hunks import applied, hunks_of
from vtcode.system.text_file import decode, encode
from vtcode.tools.diffs import unified_diff

_LINES = st.sampled_from(["", "a", "b", "@@ -1 +1 @@", "-x", "+y", "\\ No newline", "z\r", "\u2028"])
_TEXTS = st.builds(
    lambda lines, end: "\n".join(lines) + end, st.lists(_LINES, max_size=40), st.sampled_from(["", "\n"])
)


@given(before=_TEXTS, after=_TEXTS)
def test_all_hunks_make_the_new_text_and_none_leave_the_old_one(before: str, after: str) -> None:
    diff = unified_diff(before, after).text
    every = range(1, len(hunks_of(diff)) + 1)
    assert applied(before, diff) == after
    assert applied(before, diff, left_out=every) == before


@given(before=_TEXTS, after=_TEXTS, data=st.data())
def test_what_is_left_out_is_what_then_still_differs(before: str, after: str, data: st.DataObject) -> None:
    diff = unified_diff(before, after).text
    hunks = hunks_of(diff)
    left_out = data.draw(st.sets(st.integers(1, len(hunks)))) if hunks else set()
    kept = applied(before, diff, left_out=left_out)
    taken_alone = [number for number in range(1, len(hunks) + 1) if number not in left_out]
    # In any order, one after the other, from the end so that line numbers stay right.
    one_by_one = before
    for number in reversed(taken_alone):
        one_by_one = applied(one_by_one, hunks[number - 1].text)
    assert kept == one_by_one
    assert (kept == after) == (not left_out)


@given(before=_TEXTS, after=_TEXTS)
def test_the_hunks_are_the_whole_diff(before: str, after: str) -> None:
    diff = unified_diff(before, after).text
    assert applied(before, "".join(hunk.text for hunk in hunks_of(diff))) == after


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        pytest.param(b"a\r\nb\r\n", "x\ny\n", b"x\r\ny\r\n", id="CRLF"),
        pytest.param(b"\xef\xbb\xbfa\nb", "x\nb", b"\xef\xbb\xbfx\nb", id="BOM, no newline at the end"),
        pytest.param(b"a\n", "a", b"a", id="the last newline goes"),
        pytest.param(b"", "a\nb", b"a\nb", id="an empty file"),
    ],
)
def test_the_bytes_around_a_change_stay(before: bytes, after: str, wanted: bytes) -> None:
    file = decode(before)
    diff = unified_diff(file.text, after).text
    assert encode(applied(file.text, diff), like=file) == wanted
    assert encode(applied(file.text, diff, left_out=[1]), like=file) == before


def test_a_hunk_that_is_left_out_keeps_its_mixed_newlines() -> None:
    middle = "\r\n".join(f"{number}" for number in range(20))
    before = f"first\r\n{middle}\r\nlast\n".encode()
    file = decode(before)
    after = file.text.replace("first", "FIRST").replace("last", "LAST")
    diff = unified_diff(file.text, after).text
    assert len(hunks_of(diff)) == 2
    kept = encode(applied(file.text, diff, left_out=[2]), like=file)
    assert kept == before.replace(b"first", b"FIRST")


def test_a_text_that_is_no_diff_has_no_hunks() -> None:
    assert hunks_of("") == ()
    assert hunks_of("+x\n-y") == ()
