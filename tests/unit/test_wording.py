from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.actions import Action, CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.frontends.wording import DiffRow, action_words, diff_rows

WRITE = WriteAction(path="a.py", diff="", added_lines=1_200, removed_lines=1, creates=False)
CREATE = WriteAction(path="a\x1b.py", diff="", added_lines=1, removed_lines=0, creates=True)


@pytest.mark.parametrize(
    ("action", "words", "without_counts"),
    [
        (WRITE, "a.py, 1,200 lines added, 1 removed", "a.py"),
        (CREATE, r"a\x1b.py, new file, 1 line", r"a\x1b.py (new)"),
        (ReadAction(path="a", summary='"x" in a'), '"x" in a', '"x" in a'),
        (ReadAction(path="a", summary=""), "a", "a"),
        (CommandAction(command="a\nb\u3000c", cwd="/", timeout_s=1.0), r"a\nb\u3000c", r"a\nb\u3000c"),
        (PlanAction(steps=1), "1 step", "1 step"),
        (
            IntegrationsAction(address="http://box", servers=("mcp/a", "x\x1b")),
            r"mcp/a, x\x1b on http://box",
            r"mcp/a, x\x1b on http://box",
        ),
    ],
)
def test_an_action_is_one_line(action: Action, words: str, without_counts: str) -> None:
    assert action_words(action) == words
    assert action_words(action, counts=False) == without_counts


def test_each_row_of_a_diff_has_its_kind() -> None:
    rows = diff_rows("@@ -1,2 +1,2 @@\n same\n-old\n+new\n\\ No newline at end of file\n", tab=" ")
    assert [row.kind for row in rows] == ["hunk", "context", "removed", "added", "note"]


def test_what_hides_in_a_diff_is_spelled_out_and_what_a_text_is_made_of_stays() -> None:
    (row,) = diff_rows("+\ta\u3000b\u200b\x1b[8m\r", tab="> ")
    assert row == DiffRow(text=r"+> a" + "\u3000" + r"b\u200b\x1b[8m\r", kind="added")


def test_no_change_has_no_rows_and_an_empty_line_is_one() -> None:
    assert diff_rows("", tab=" ") == []
    assert [row.text for row in diff_rows("+a\n\n+b", tab=" ")] == ["+a", "", "+b"]


@given(st.text())
def test_a_row_of_a_diff_never_becomes_two(diff: str) -> None:
    rows = diff_rows(diff, tab=" ")
    assert len(rows) == (diff.removesuffix("\n").count("\n") + 1 if diff else 0)
    assert not any(len(row.text.splitlines()) > 1 for row in rows)
