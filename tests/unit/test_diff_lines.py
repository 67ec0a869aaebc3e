"""Diffs at a width: one column or two, words that changed, hunks that are chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vtcode.frontends.changed_words import changed_words
from vtcode.frontends.tui.blocks import DiffLayout
from vtcode.frontends.tui.rendering.diff import Picking, diff_lines, hunk_lines
from vtcode.frontends.tui.widgets.wrapped_text import _CODE_LOOKS, _LOOKS, WrappedText
from vtcode.frontends.wording import diff_rows
from vtcode.tools.diffs import unified_diff

DIFF = "@@ -1,3 +1,4 @@\n same\n-total = old + 1\n+total = new + 1\n+added\n end\n"
_LINES = st.lists(st.sampled_from(["", "a b", "日本語 c", "x" * 200, "\ty", "z\x1b[2J\u202e"]), max_size=12)


def marked(removed: str, added: str) -> tuple[list[str], list[str]]:
    """Return the changed words of a removed and of an added line."""
    rows = diff_rows(f"@@ -1 +1 @@\n-{removed}\n+{added}\n", tab="\t")
    _, old, new = changed_words(rows)
    return (
        [rows[1].text[start:end] for start, end in old],
        [rows[2].text[start:end] for start, end in new],
    )


@pytest.mark.parametrize(
    ("removed", "added", "old", "new"),
    [
        pytest.param("total = old + 1", "total = new + 1", ["old"], ["new"], id="a word"),
        pytest.param("f(a, b)", "f(a, b, c)", [], [", c"], id="words that come"),
        pytest.param("f(a,  b)", "f(a, b)", ["  "], [" "], id="blanks"),
        pytest.param("straße = 1", "strasse = 1", ["straße"], ["strasse"], id="letters beyond ASCII"),
        pytest.param("import os", "while True:", [], [], id="another line altogether"),
    ],
)
def test_the_words_that_changed_are_marked(removed: str, added: str, old: list[str], new: list[str]) -> None:
    assert marked(removed, added) == (old, new)


def test_the_first_removed_line_is_compared_with_the_first_added_one() -> None:
    rows = diff_rows("@@ -1,2 +1,3 @@\n-a one\n-a two\n+a 1\n+a 2\n+a 3\n", tab="\t")
    words = [
        [row.text[i:j] for i, j in ranges] for row, ranges in zip(rows, changed_words(rows), strict=True)
    ]
    assert words == [[], ["one"], ["two"], ["1"], ["2"], []]


def test_lines_of_very_many_words_are_not_compared() -> None:
    assert marked("a b " * 100, "b a " * 100) == ([], [])


def test_a_small_change_in_a_very_long_line_is_marked() -> None:
    assert marked("a b " * 2_000 + "old" + " c d" * 2_000, "a b " * 2_000 + "new" + " c d" * 2_000) == (
        ["old"],
        ["new"],
    )


def test_a_changed_word_has_a_look_of_its_own_beside_its_mark() -> None:
    styles = {text: style for line in diff_lines(DIFF, 80) for text, style in line.spans}
    assert styles["old"] == "diff-removed diff-word"
    assert styles["new"] == "diff-added diff-word"
    assert styles["-"] == "diff-removed"


def styles_of(diff: str, path: str) -> dict[str, str]:
    """Return the style of each piece of text that a diff shows."""
    return {text: style for line in diff_lines(diff, 80, path=path) for text, style in line.spans}


def test_code_is_coloured_by_the_name_of_its_file() -> None:
    diff = "@@ -1,2 +1,2 @@\n def f():\n-    return old\n+    return new\n"
    styles = styles_of(diff, "a/b.py")
    assert styles["def "] == "diff-context code-block code-keyword"
    assert styles["return "] == "diff-added code-block code-keyword"
    assert styles["new"] == "diff-added diff-word"
    assert styles_of(diff, "b.unknown")["    return "] == "diff-added code-block"


def test_a_text_that_begins_in_a_line_above_is_coloured_to_its_end() -> None:
    styles = styles_of('@@ -1,2 +1,2 @@\n a = """\n-one\n+two words here\n """\n', "a.py")
    assert styles["two words here"] == "diff-added code-block code-string"


def test_a_very_long_diff_has_no_colours_of_its_code() -> None:
    diff = "@@ -0,0 +1,2000 @@\n" + "+import os, sys\n" * 2_000
    assert not any("code-keyword" in style for style in styles_of(diff, "a.py").values())


def test_a_changed_line_is_filled_to_the_end_of_its_row() -> None:
    assert [line.fill for line in diff_lines(DIFF, 80)] == [
        "",
        "diff-context",
        "diff-removed",
        "diff-added",
        "diff-added",
        "diff-context",
    ]


@given(_LINES, _LINES, st.sampled_from(["unified", "side_by_side"]), st.sampled_from(["a.py", "a"]))
def test_all_that_a_question_shows_of_a_diff_has_a_look(
    old: list[str], new: list[str], layout: DiffLayout, path: str
) -> None:
    diff = unified_diff("\n".join(old), "\n".join(new)).text
    looks = {look.removeprefix("wrapped-text--") for look in WrappedText.COMPONENT_CLASSES}
    for line in diff_lines(diff, 140, layout, path):
        for _, style in line.spans:
            line_look, *code_looks = style.split(" ")
            assert _LOOKS[line_look] in looks
            assert {_CODE_LOOKS[look] for look in code_looks if look != "diff-word"} <= looks


def test_a_wide_diff_stands_side_by_side() -> None:
    lines = [line.text for line in diff_lines(DIFF, 120)]
    assert [[cell.rstrip() for cell in line.split(" │ ")] for line in lines] == [
        ["  @@ -1,3 +1,4 @@"],
        ["1  same", "1  same"],
        ["2 -total = old + 1", "2 +total = new + 1"],
        ["", "3 +added"],
        ["3  end", "4  end"],
    ]


@pytest.mark.parametrize(
    ("width", "layout", "is_beside"),
    [
        (119, "auto", False),
        (120, "auto", True),
        (200, "unified", False),
        (80, "side_by_side", True),
        (40, "side_by_side", False),
    ],
)
def test_the_layout_follows_the_width_and_the_user(width: int, layout: DiffLayout, is_beside: bool) -> None:
    assert any(" │ " in line.text for line in diff_lines(DIFF, width, layout)) is is_beside


def test_a_new_file_has_nothing_to_stand_beside() -> None:
    lines = diff_lines("@@ -0,0 +1,2 @@\n+a\n+b\n", 160)
    assert not any("│" in line.text for line in lines)


def test_a_missing_last_newline_is_told_on_its_side() -> None:
    lines = [line.text for line in diff_lines(unified_diff("a\nb", "a\nb\n").text, 120)]
    (note,) = [line for line in lines if "No newline" in line]
    assert note.index("No newline") < note.index("│")


def test_hunks_that_are_chosen_say_in_words_whether_they_are_taken() -> None:
    diff = unified_diff("a\n" + "x\n" * 20 + "b\n", "A\n" + "x\n" * 20 + "B\n").text
    first, second = hunk_lines(diff, 80, "auto", Picking(current=2, left_out=frozenset({1})))
    assert first[0].text == "  [ ] left out: hunk 1 of 2 @@ -1,4 +1,4 @@"
    assert second[0].text == "› [x] taken: hunk 2 of 2 @@ -19,4 +19,4 @@"
    assert not any(style.startswith("diff-added") for line in first for _, style in line.spans)
    assert "+A" in first[2].text


@given(before=_LINES, after=_LINES, width=st.integers(20, 200), beside=st.booleans())
def test_no_line_is_wider_than_its_width_and_none_loses_text(
    before: list[str], after: list[str], width: int, beside: bool
) -> None:
    diff = unified_diff("\n".join(before), "\n".join(after)).text
    lines = diff_lines(diff, width, "side_by_side" if beside else "unified")
    assert all(sum(cell_len(text) for text, _ in line.spans) <= width for line in lines)
    shown = "".join(line.text for line in lines)
    assert shown.isprintable()
    for letter in "cy":
        in_diff = sum(row[1:].count(letter) for row in diff.split("\n") if row[:1] in {"+", "-"} and row[1:])
        assert shown.count(letter) >= in_diff
