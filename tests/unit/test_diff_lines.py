"""Diffs at a width: one column or two, words that changed, hunks that are chosen."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vtcode.frontends.changed_words import changed_words
from vtcode.frontends.line_pairs import line_pairs
from vtcode.frontends.tui.blocks import DiffLayout
from vtcode.frontends.tui.rendering.diff import TAB, Picking, diff_lines, hunk_lines
from vtcode.frontends.tui.widgets.wrapped_text import _CODE_LOOKS, _LOOKS, WrappedText
from vtcode.frontends.wording import diff_rows
from vtcode.tools.diffs import unified_diff

DIFF = "@@ -1,3 +1,4 @@\n same\n-total = old + 1\n+total = new + 1\n+added\n end\n"
_LINES = st.lists(st.sampled_from(["", "a b", "日本語 c", "x" * 200, "\ty", "z\x1b[2J\u202e"]), max_size=12)


def marked(removed: str, added: str) -> tuple[list[str], list[str]]:
    """Return the changed words of a removed and of an added line."""
    rows = diff_rows(f"@@ -1 +1 @@\n-{removed}\n+{added}\n", tab="\t")
    _, old, new = changed_words(rows, line_pairs(rows))
    return (
        [rows[1].text[start:end] for start, end in old or ()],
        [rows[2].text[start:end] for start, end in new or ()],
    )


@pytest.mark.parametrize(
    ("removed", "added", "old", "new"),
    [
        pytest.param("total = old + 1", "total = new + 1", ["old"], ["new"], id="a word"),
        pytest.param("f(a, b)", "f(a, b, c)", [], [", c"], id="words that come"),
        pytest.param("f(a,  b)", "f(a, b)", ["  "], [" "], id="blanks"),
        pytest.param("straße == 1_000", "strasse == 1_000", ["straße"], ["strasse"], id="beyond ASCII"),
        pytest.param("for key in table:", "for row in read(file, 2):", [], [], id="less than half is alike"),
        pytest.param("import os", "while True:", [], [], id="another line altogether"),
    ],
)
def test_the_words_that_changed_are_marked(removed: str, added: str, old: list[str], new: list[str]) -> None:
    assert marked(removed, added) == (old, new)


LONG = "".join(f"f{n}();" for n in range(1_000))
"""A line of 6,890 characters."""


def shown_rows(diff: str, width: int, layout: DiffLayout = "unified") -> list[str]:
    """Return the rows of a diff below its header."""
    return [line.text for line in diff_lines(f"@@ -1,9 +1,9 @@\n{diff}", width, layout)][1:]


@pytest.mark.parametrize(("width", "layout"), [(80, "unified"), (200, "unified"), (140, "side_by_side")])
def test_a_long_line_that_is_the_same_takes_two_rows_and_says_how_much_more_there_is(
    width: int, layout: DiffLayout
) -> None:
    rows = shown_rows(f" {LONG}\n-a\n+b\n", width, layout)
    assert len(rows) <= 4
    shown, _, more = "".join(rows[:2]).partition(" … ")
    assert "f0();f1();" in shown
    assert "unchanged characters …" in more


def test_what_is_told_and_what_is_shown_of_a_long_line_are_all_of_it() -> None:
    line = "x" * 5_000
    shown = "".join(shown_rows(f" {line}\n-a\n+b\n", 80)[:-2])
    told = int(shown.partition(" … ")[2].split()[0].replace(",", ""))
    assert told + shown.count("x") == len(line)


def test_a_changed_word_in_a_long_line_is_shown_with_what_is_around_it() -> None:
    rows = shown_rows(f"-{LONG}var b=1;{LONG}\n+{LONG}var b=2;{LONG}\n", 80)
    assert len(rows) <= 12
    text = "".join(row[3:] for row in rows)
    assert "f999();var b=1;f0();" in text
    assert "f999();var b=2;f0();" in text
    assert text.count("unchanged characters") == 4


def test_the_line_to_which_long_text_is_added_is_short_and_what_is_added_is_whole() -> None:
    rows = shown_rows(f"-{LONG};end\n+{LONG};{'evil(' * 40}end\n", 80)
    assert "".join(row[3:] for row in rows).count("evil(") == 40
    assert len([row for row in rows if "evil" not in row]) <= 6


@pytest.mark.parametrize(
    "diff",
    [
        pytest.param(f"+{'evil(' * 500}\n", id="a new line"),
        pytest.param(f"-short\n+{'evil(' * 500}\n", id="another line altogether"),
        pytest.param("-" + "a b " * 500 + "\n+" + "b evil( " * 500 + "\n", id="not compared"),
    ],
)
def test_what_is_added_is_never_cut(diff: str) -> None:
    for width in (20, 80, 200):
        text = "".join(row[3:] for row in shown_rows(diff, width, "unified")).replace("↪", "")
        assert text.count("evil(") == 500


def test_a_hunk_that_is_left_out_can_be_read_all_the_same() -> None:
    diff = f"@@ -0,0 +1 @@\n+{'evil(' * 500}\n"
    (lines,) = hunk_lines(diff, 80, "unified", Picking(current=1, left_out=frozenset({1})))
    assert "".join(line.text[3:] for line in lines[1:]).count("evil(") == 500


_PIECES = st.lists(st.sampled_from(["a" * 400, "evil", "f(x) ", "日本" * 60, "\t", "1 "]), max_size=8)


@given(before=_PIECES, after=_PIECES, width=st.integers(20, 200), beside=st.booleans())
def test_of_long_lines_all_that_changed_is_shown(
    before: list[str], after: list[str], width: int, beside: bool
) -> None:
    diff = f"@@ -1 +1 @@\n-{''.join(before)}\n+{''.join(after)}\n"
    rows = diff_rows(diff, tab=TAB)
    lines = diff_lines(diff, width, "side_by_side" if beside else "unified")
    assert all(sum(cell_len(text) for text, _ in line.spans) <= width for line in lines)
    marked_text = "".join(text for line in lines for text, style in line.spans if "diff-word" in style)
    ranges = changed_words(rows, line_pairs(rows))
    changed = "".join(row.text[i:j] for row, part in zip(rows, ranges, strict=True) for i, j in part or ())
    assert Counter(marked_text) == Counter(changed)


def paired(diff: str) -> list[tuple[str, str]]:
    """Return the pairs of a diff without a header, by their text."""
    rows = diff_rows(diff, tab="\t")
    return [(rows[removed].text, rows[added].text) for removed, added in line_pairs(rows).items()]


LOOP = "-for i in range(10):\n-    print(i)\n+# A comment\n+for i in range(20):\n+    print(i, end)\n"


@pytest.mark.parametrize(
    ("diff", "pairs"),
    [
        pytest.param(
            LOOP,
            [("-for i in range(10):", "+for i in range(20):"), ("-    print(i)", "+    print(i, end)")],
            id="a line above them is new",
        ),
        pytest.param(
            "-import os\n-x = first(1)\n-y = second(2)\n+y = second(3)\n",
            [("-y = second(2)", "+y = second(3)")],
            id="lines above them are gone",
        ),
        pytest.param("-a\n-b\n+c\n+d\n+e\n", [("-a", "+c"), ("-b", "+d")], id="nothing in common"),
        pytest.param("-f(1)\n+f(2)\n+f(3)\n", [("-f(1)", "+f(2)")], id="the first of equals"),
        pytest.param("-f(1)\n-g(2)\n+g(2, 3)\n+f(1)\n", [("-f(1)", "+f(1)")], id="no pair crosses another"),
        pytest.param("-f(1)\n-\n+  \n+f(2)\n", [("-f(1)", "+f(2)")], id="blank lines are like none"),
        pytest.param("-f(1)\n f(1)\n+f(2)\n", [], id="of two blocks"),
    ],
)
def test_within_a_block_the_most_similar_lines_are_pairs(diff: str, pairs: list[tuple[str, str]]) -> None:
    assert paired(diff) == pairs


def test_the_lines_of_a_long_block_are_pairs_in_their_order() -> None:
    removed, added = (f"-x{n}\n" for n in range(51)), (f"+x{n + 1}\n" for n in range(51))
    assert paired("".join([*removed, *added])) == [(f"-x{n}", f"+x{n + 1}") for n in range(51)]


def test_so_are_those_of_a_diff_in_which_very_many_were_compared() -> None:
    block = "".join(f"-f({n})\n" for n in range(50)) + "".join(f"+f({n})\n" for n in range(-1, 49))
    pairs = paired(f"{block} same\n" * 5)
    assert ("-f(0)", "+f(0)") not in pairs[-50:]


def test_the_missing_newlines_of_both_texts_are_told_side_by_side() -> None:
    lines = [line.text for line in diff_lines(unified_diff("a\nb", "a\nc").text, 120)]
    assert [line.count("No newline") for line in lines if "No newline" in line] == [2]


def test_side_by_side_a_new_line_stands_beside_nothing_and_its_neighbours_beside_what_they_were() -> None:
    lines = [line.text for line in diff_lines(f"@@ -1,2 +1,3 @@\n{LOOP}", 120)]
    assert [[cell.strip() for cell in line.split(" │ ")] for line in lines[1:]] == [
        ["", "1 +# A comment"],
        ["1 -for i in range(10):", "2 +for i in range(20):"],
        ["2 -    print(i)", "3 +    print(i, end)"],
    ]


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
