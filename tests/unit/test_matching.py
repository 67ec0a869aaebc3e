"""Where an edit's old text is found, what is overlooked on the way, and what the model is told otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.tools import mismatch
from vtcode.tools.diffs import unified_diff
from vtcode.tools.elision import elided_line
from vtcode.tools.matching import replace

FILE = """\
class Greeter:
    def greet(self, name):
        # “curly” — and wide
        print("hello", name)~~~
        return None

    def part(self):
\t\treturn 1
""".replace("~", " ")


@pytest.mark.parametrize(
    ("old", "new", "expected", "tolerance"),
    [
        pytest.param(
            'print("hello", name)', 'print("bye", name)', '        print("bye", name)   \n', "", id="exact"
        ),
        pytest.param(
            '# "curly" - and wide',
            '# "curly" - and narrow',
            '        # "curly" - and narrow\n',
            "quotes and dashes",
            id="typographic-quotes",
        ),
        pytest.param(
            '        print("hello", name)\n        return None',
            '        print("hello", name)\n        return 1',
            '        print("hello", name)   \n        return 1\n',
            "trailing blanks",
            id="trailing-blanks-of-an-unchanged-line-stay",
        ),
        pytest.param(
            '  print("hello", name)\n  return None',
            '  print("hello", name)\n  if name:\n    return 1\n  return None',
            '        print("hello", name)   \n        if name:\n          return 1\n        return None\n',
            "indentation",
            id="indentation-is-taken-from-the-file",
        ),
        pytest.param(
            "def part(self):\n    return 1",
            "def part(self):\n    x = 1\n    return x",
            "    def part(self):\n\t\tx = 1\n\t\treturn x\n",
            "indentation",
            id="tabs-for-spaces",
        ),
        pytest.param(
            'print( "hello",name )',
            "print(name)",
            "        print(name)\n",
            "blanks",
            id="blanks-inside-a-line",
        ),
        pytest.param(
            '4:         print("hello", name)   \n5:         return None',
            "4:         return 2",
            "        return 2\n",
            "line numbers",
            id="line-numbers",
        ),
        pytest.param(
            "     7\t    def part(self):",
            "     7\t    def piece(self):",
            "    def piece(self):\n",
            "line numbers",
            id="cat-n",
        ),
        pytest.param(
            "→→return 1", "→→return 2", "\t\treturn 2\n", "visible blanks", id="marks-copied-from-an-error"
        ),
        pytest.param(
            "def part(self):\\n\\t\\treturn 1",
            "def part(self):\\n\\t\\treturn 2",
            "    def part(self):\n\t\treturn 2\n",
            "escapes",
            id="escaped-twice",
        ),
        pytest.param(
            'print(\\"hello\\", name)',
            'print(\\"x\\")',
            '        print("x")   \n',
            "escapes",
            id="escaped-quotes",
        ),
    ],
)
def test_old_text_is_found_although(old: str, new: str, expected: str, tolerance: str) -> None:
    edit = replace(FILE, old, new)
    assert len(edit.places) == 1
    assert expected in edit.text
    assert edit.tolerance == tolerance


def test_an_exact_match_wins_over_a_tolerant_one() -> None:
    assert replace(" a\na\n", " a", " b").text == " b\na\n"


def test_several_matches_change_nothing() -> None:
    edit = replace("a = 1\nb = 2\na = 1\n", "a = 1", "a = 3")
    assert edit.places == (0, 12)
    assert edit.text == "a = 1\nb = 2\na = 1\n"


def test_several_tolerant_matches_change_nothing() -> None:
    text = "if x:\n    a  = 1\nelse:\n    a  = 1\n"
    edit = replace(text, "\n a  = 1\n", "\n a = 3\n")
    assert len(edit.places) == 2
    assert edit.text == text


def test_all_matches_are_replaced_where_that_is_asked() -> None:
    edit = replace("a = 1\nb = 2\na = 1\n", "a = 1", "a = 3", replace_all=True)
    assert edit.text == "a = 3\nb = 2\na = 3\n"


def test_each_place_gets_its_own_indentation() -> None:
    edit = replace("if x:\n  a()\n  b()\n\ta()\n\tb()\n", " a()\n b()", " a()\n c()\n b()", replace_all=True)
    assert edit.text == "if x:\n  a()\n  c()\n  b()\n\ta()\n\tc()\n\tb()\n"


def test_what_is_not_there_is_not_found() -> None:
    edit = replace(FILE, "nothing like it", "x")
    assert edit.places == ()
    assert edit.text == FILE


def test_a_number_that_belongs_to_the_text_is_not_taken_for_a_line_number() -> None:
    assert replace("1: one\n2: two\n", "2: two", "2: zwei").text == "1: one\n2: zwei\n"
    assert replace("port: 80\n", "80: 80", "x").places == ()


def test_removing_whole_lines_leaves_no_empty_one() -> None:
    assert replace("a\n  b\nc\n", "b  ", "").text == "a\nc\n"


def test_a_newline_after_the_last_line_is_not_needed() -> None:
    assert replace("a\nb", "b\n", "c\n").text == "a\nc"


def test_two_spaces_a_level_become_four() -> None:
    text = "def f():\n    if x:\n        a()\n"
    edit = replace(text, "def f():\n  if x:\n    a()", "def f():\n  if x:\n    if y:\n      a()")
    assert edit.text == "def f():\n    if x:\n        if y:\n            a()\n"


@given(
    before=st.text(alphabet="ab \n\t", max_size=30), old=st.text(alphabet="ab \n\t", min_size=1, max_size=8)
)
def test_replacing_text_by_itself_changes_nothing(before: str, old: str) -> None:
    assert replace(before, old, old, replace_all=True).text == before


@given(
    before=st.text(max_size=30),
    old=st.text(min_size=1, max_size=8),
    new=st.text(max_size=8),
    after=st.text(max_size=30),
)
def test_an_exact_unique_match_changes_its_place_alone(before: str, old: str, new: str, after: str) -> None:
    text = before + old + after
    edit = replace(text, old, new)
    if text.count(old) == 1 and len(edit.places) == 1:
        assert edit.text == before + new + after


def test_a_failed_match_shows_the_nearest_lines_with_blanks_made_visible() -> None:
    words = mismatch.not_found("def f():\n\treturn  1\n\nx = 2\n", "def f():\n    return 2\n", "y")
    assert "    2 | →return··1" in words
    assert "line 2 of old_str" in words.replace("Its line 2", "line 2 of old_str")
    assert "····return 2" in words


def test_a_failed_match_finds_the_most_similar_line() -> None:
    words = mismatch.not_found(
        "import os\nvalue = compute_total(items)\n", "value = compute_totals(item)", "y"
    )
    assert "2 | value = compute_total(items)" in words


def test_a_failed_match_with_nothing_similar_says_so() -> None:
    assert "nor any line that resembles it" in mismatch.not_found("a\nb\n", "completely different", "y")


def test_an_edit_that_was_made_before_is_recognised() -> None:
    assert "made before" in mismatch.not_found("x\nnew line\n", "old line", "new line")


def test_an_ambiguous_match_names_the_lines() -> None:
    words = mismatch.ambiguous("a\nb\na\n", (0, 4), "a")
    assert "2 times (lines 1, 3)" in words
    assert "    3 | a" in words


def test_what_is_shown_of_a_mismatch_is_bounded() -> None:
    text = "x" * 100_000 + "\n" + "line\n" * 5_000
    assert len(mismatch.not_found(text, "x" * 99_999, "y")) < 2_000
    assert len(mismatch.ambiguous("a" * 50_000, tuple(range(50_000)), "a")) < 2_000


@pytest.mark.parametrize(
    "line",
    [
        "// ... rest of code",
        "# ... existing code ...",
        "    # ... (rest of the file unchanged)",
        "/* … other methods … */",
        "<!-- ... existing content ... -->",
        "{/* ... existing code ... */}",
        "// rest of the code remains the same",
        "# the rest of the function stays unchanged",
        "-- existing code here",
        "# ... keep the previous implementation",
    ],
)
def test_a_comment_that_stands_for_code_is_noticed(line: str) -> None:
    assert elided_line(f"def f():\n{line}\n", "def f():\n    return 1\n") == line.strip()
    assert elided_line(line, f"  {line.strip()}\n") == ""


@pytest.mark.parametrize(
    "line",
    [
        "...",
        "    ...",
        "# the rest",
        "print('... rest of code')",
        "# Wait for the rest to arrive.",
        "x = [1, 2, ...]",
        "# loads existing code before it runs the other functions",
        "// other",
        "#",
        "",
    ],
)
def test_an_ordinary_line_is_not_taken_for_left_out_code(line: str) -> None:
    assert elided_line(line, "") == ""


def test_a_diff_has_hunks_with_three_lines_of_context() -> None:
    before = "".join(f"{number}\n" for number in range(1, 31))
    after = before.replace("10\n", "ten\n").replace("25\n", "")
    diff = unified_diff(before, after)
    assert diff.text.startswith(
        "@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n@@ -22,7 +22,6 @@\n 22\n"
    )
    assert (diff.added_lines, diff.removed_lines) == (1, 2)


def test_a_diff_shows_a_missing_final_newline() -> None:
    assert unified_diff("a", "a\n").text == "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"


def test_no_change_is_an_empty_diff() -> None:
    assert unified_diff("a\n", "a\n").text == ""


def test_a_diff_of_wholly_different_large_files_is_one_hunk() -> None:
    before = "same\n" + "".join(f"a{number}\n" for number in range(20_000))
    after = "same\n" + "".join(f"b{number}\n" for number in range(20_000))
    diff = unified_diff(before, after)
    assert diff.text.startswith("@@ -1,20001 +1,20001 @@\n same\n-a0\n")
    assert (diff.added_lines, diff.removed_lines) == (20_000, 20_000)


LINES = st.lists(st.sampled_from(["a", "b", "c", "", "- d", "@@ -1 +1 @@"]), max_size=12)


@given(before=LINES, after=LINES, ended=st.booleans())
def test_applying_a_diff_gives_the_new_text(before: list[str], after: list[str], ended: bool) -> None:
    old, new = ("\n".join(lines) + ("\n" if ended and lines else "") for lines in (before, after))
    assert patched(old, unified_diff(old, new).text) == new


def patched(text: str, diff: str) -> str:
    """Apply a unified diff as `patch` would, trusting its line numbers."""
    lines = text.splitlines(keepends=True)
    result: list[str] = []
    taken = 0
    for line in diff.replace("\n\\ No newline at end of file\n", "\0\n").splitlines(keepends=True):
        kind, content = line[0], line[1:].replace("\0\n", "")
        if kind == "@":
            start, _, count = line.split()[1][1:].partition(",")
            first = int(start) - (count != "0")
            result += lines[taken:first]
            taken = first
        if kind in " -":
            assert lines[taken] == content
            taken += 1
        if kind in " +":
            result.append(content)
    return "".join(result + lines[taken:])
