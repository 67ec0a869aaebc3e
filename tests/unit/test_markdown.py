"""Markdown, code, diffs and output as lines of a width."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from vtcode.frontends.tui.blocks import CommandBlock
from vtcode.frontends.tui.rendering.block_lines import block_lines
from vtcode.frontends.tui.rendering.code import code_lines
from vtcode.frontends.tui.rendering.diff import diff_lines
from vtcode.frontends.tui.rendering.growing import GrowingMarkdown
from vtcode.frontends.tui.rendering.lines import Line, cut, wrap
from vtcode.frontends.tui.rendering.terminal_output import output_lines


def markdown(text: str, width: int = 40) -> list[Line]:
    growing = GrowingMarkdown(width)
    growing.feed(text)
    return growing.lines


def shown(text: str, width: int = 40) -> list[str]:
    return [line.text.rstrip() for line in markdown(text, width)]


def styles(lines: list[Line], text: str) -> str:
    return next(style for line in lines for part, style in line.spans if text in part)


LOOKS = [
    pytest.param("a **b** *c* ~~d~~", ["a b c d"], id="emphasis"),
    pytest.param("one\ntwo  \nthree", ["one", "two", "three"], id="line breaks are kept"),
    pytest.param("# Big\ntext", ["Big", "", "text"], id="heading"),
    pytest.param("- a\n- b\n  - c\n\n    d", ["• a", "• b", "  • c", "", "    d"], id="nested list"),
    pytest.param("7. a\n8. b", ["7. a", "8. b"], id="numbers as written"),
    pytest.param("- a\n\n- b", ["• a", "• b"], id="loose lists are tight"),
    pytest.param("> a\n>\n> b\n> - c", ["▎ a", "▎", "▎ b", "▎ • c"], id="quote"),
    pytest.param("```py\nx = 1\n\ny\n```", ["  x = 1", "", "  y"], id="fence"),
    pytest.param("```py\nx = 1", ["  x = 1"], id="open fence"),
    pytest.param("a <b>x</b>\n\n<div>\ny", ["a <b>x</b>", "", "<div>", "y"], id="html as text"),
    pytest.param("[t](http://x.y/z)", ["t (http://x.y/z)"], id="link with its address"),
    pytest.param("<http://x.y> [x.y](http://x.y/)", ["http://x.y x.y"], id="link that is its address"),
    pytest.param("[t](javascript:x)", ["[t](javascript:x)"], id="script link stays text"),
    pytest.param("![alt](p.png)", ["[image: alt] (p.png)"], id="image"),
    pytest.param("see [r]\n\n[r]: http://x", ["see [r]", "", "[r]: http://x"], id="reference stays text"),
    pytest.param("a [bold red]b[/] [/]", ["a [bold red]b[/] [/]"], id="markup is text"),
    pytest.param("---", ["─" * 40], id="rule"),
    pytest.param("a &amp; &#x202e;b", ["a & b"], id="entities, none that turn direction"),
]


@pytest.mark.parametrize(("source", "expected"), LOOKS)
def test_markdown_reads_as(source: str, expected: list[str]) -> None:
    assert shown(source) == expected


def test_a_table_fits_its_columns() -> None:
    source = "| name | n |\n|---|--:|\n| alpha | 1 |\n| 日本 | 12 |"
    assert shown(source) == ["name  │  n", "──────┼───", "alpha │  1", "日本  │ 12"]


def test_a_wide_table_wraps_in_its_cells() -> None:
    source = "| k | text |\n|---|---|\n| a | one two three four five six seven |"
    assert shown(source, 20) == [
        "k │ text",
        "──┼─────────────────",
        "a │ one two three",
        "  │ four five six",
        "  │ seven",
    ]


def test_a_table_with_more_columns_than_fit_becomes_records() -> None:
    head = "|".join(f"column{n}" for n in range(6))
    source = f"{head}\n{'|'.join(['---'] * 6)}\n{'|'.join('abcdef')}"
    assert shown(source, 24)[:2] == ["column0: a", "column1: b"]


def test_a_known_language_is_coloured_and_an_unknown_one_is_plain() -> None:
    assert "code-keyword" in styles(code_lines("def f(): pass", "python", 40), "def")
    assert styles(code_lines("def f(): pass", "no-such", 40), "def") == "code-block"


def test_both_sides_of_a_diff_in_a_fence_have_their_colour() -> None:
    lines = markdown("```diff\n@@ -1 +1 @@\n-old\n+new\n```")
    assert "diff-removed" in styles(lines, "-old")
    assert "diff-added" in styles(lines, "+new")


ANSWER = "`a.py`: +1 -1\n\n```diff a.py\n@@ -9,2 +9,2 @@\n x = 1\n-y = 2\n+y = 3\n```\n\n- end"


def test_a_diff_that_a_command_shows_has_numbers() -> None:
    block = CommandBlock(id=1, command="/diff", text=ANSWER)
    assert [line.text.rstrip() for line in block_lines(block, 60)] == [
        "› /diff",
        "  a.py: +1 -1",
        "",
        "       @@ -9,2 +9,2 @@",
        "     9  x = 1",
        "    10 -y = 2",
        "    10 +y = 3",
        "",
        "  • end",
    ]


def test_a_diff_that_a_command_shows_stands_side_by_side_where_there_is_room() -> None:
    block = CommandBlock(id=1, command="/diff", text=ANSWER)
    (row,) = [line.text for line in block_lines(block, 160) if "y = 2" in line.text]
    assert "│ 10 +y = 3" in row


def test_code_too_long_to_colour_stays_plain_and_whole() -> None:
    code = "x = 1\n" * 5_000
    assert len(code_lines(code.removesuffix("\n"), "python", 40)) == 5_000


def test_code_keeps_every_character() -> None:
    code = "\n\n  a\n\n# é 日本\n"
    assert [line.text for line in code_lines(code, "python", 40)] == code.split("\n")


def test_words_wrap_at_blanks_and_remember_what_parted_them() -> None:
    rows = wrap([("one two  three", "a"), ("four", "b")], 8)
    assert [("".join(text for text, _ in row), joint) for row, joint in rows] == [
        ("one two", None),
        ("threefou", "  "),
        ("r", ""),
    ]


def test_wide_characters_wrap_between_each_other_but_not_before_a_full_stop() -> None:
    rows = wrap([("日本語です。はい", "")], 10)
    assert ["".join(text for text, _ in row) for row, _ in rows] == ["日本語で", "す。はい"]


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        st.characters(codec="utf-8") | st.sampled_from(list("日本👩\u200d\u0301\t |-*`#>[]()\n1. ")),
        max_size=120,
    ),
    st.integers(min_value=8, max_value=60),
)
def test_no_line_is_wider_than_asked_nor_holds_a_control_character(text: str, width: int) -> None:
    for line in markdown(text, width):
        assert cell_len(line.text) <= width
        assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in line.text)


def test_a_cut_text_says_so() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("日本語", 4) == "日…"
    assert cut("abc", 3) == "abc"


DIFF = "@@ -9,3 +9,3 @@ def f\n same\n-old\n+new\x1b[2K\u202e\n same"


def test_a_diff_has_marks_numbers_and_shows_what_hides() -> None:
    assert [line.text for line in diff_lines(DIFF, 40)] == [
        "   @@ -9,3 +9,3 @@ def f",
        " 9  same",
        "10 -old",
        r"10 +new\x1b[2K\u202e",
        "11  same",
    ]
    assert styles(diff_lines(DIFF, 40), "new").split()[0] == "diff-added"
    assert styles(diff_lines(DIFF, 40), "old").split()[0] == "diff-removed"


def test_a_long_diff_line_goes_on_below_its_text() -> None:
    assert [line.text for line in diff_lines("@@ -1 +1 @@\n+" + "x" * 30, 20)][1:] == [
        "1 +" + "x" * 17,
        "  ↪" + "x" * 13,
    ]


OUTPUTS = [
    pytest.param("a\r\nb\n", ["a", "b"], id="lines"),
    pytest.param("10%\r50%\r100%\n", ["100%"], id="overwritten"),
    pytest.param("a\x1b[31mb\x1b[0mc", ["abc"], id="colours"),
    pytest.param("\x1b]0;title\x07x\x1b[?25l\x1b[6ny", ["xy"], id="other sequences vanish"),
    pytest.param("old\x1b[2K\rnew", ["new"], id="erased line"),
    pytest.param("a\tb\x07\x1b[1mc\td", ["a       bc      d"], id="tabs and control characters"),
]


@pytest.mark.parametrize(("output", "expected"), OUTPUTS)
def test_output_reads_as(output: str, expected: list[str]) -> None:
    lines, skipped = output_lines(output, 40, max_lines=10)
    assert [line.text for line in lines] == expected
    assert skipped == 0


def test_output_keeps_its_colours_across_lines_and_its_tail() -> None:
    lines, skipped = output_lines("1\n\x1b[1;31m2\n3\x1b[0m4\n", 40, max_lines=2)
    assert skipped == 1
    assert lines[0].spans == (("2", "output sgr:1;31"),)
    assert lines[1].spans == (("3", "output sgr:1;31"), ("4", "output"))
