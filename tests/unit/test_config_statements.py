"""Where keys stand in a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from vtcode.config.statements import key_lines, split_lines, split_statements

TEXT = """\
# first
top = 1
[a]   # header

x = [
  "]",  # not the end
  "[b]",
]
s = '''
[no.header]
y = 1
'''
"quoted key".z = { p = 1, q.r = 2 }
[[list.of]]
x = 1
[list.of.sub]
y = 2
"""


def test_every_key_and_table_has_the_line_it_is_first_mentioned_on() -> None:
    lines = key_lines(TEXT)

    assert lines["top",] == 2
    assert lines["a",] == 3
    assert lines["a", "x"] == 5
    assert lines["a", "s"] == 9
    assert lines["a", "quoted key", "z", "q", "r"] == 13
    assert lines["list", "of"] == 14
    assert lines["list", "of", "sub", "y"] == 17
    assert ("no", "header") not in lines
    assert ("a", "y") not in lines


def test_a_statement_spans_its_lines_and_knows_whether_its_path_is_one_place() -> None:
    found = list(split_statements(split_lines(TEXT)))
    spans = [(one.first_line, one.end_line, one.is_header, one.in_array) for one in found]

    assert spans == [
        (1, 2, False, False),
        (2, 3, True, False),
        (4, 8, False, False),
        (8, 12, False, False),
        (12, 13, False, False),
        (13, 14, True, True),
        (14, 15, False, True),
        (15, 16, True, True),
        (16, 17, False, True),
    ]


_KEYS = st.text(min_size=1, max_size=3)
_TABLES = st.recursive(
    st.dictionaries(_KEYS, st.text(max_size=6) | st.lists(st.text(max_size=6), max_size=3), max_size=3),
    lambda inner: st.dictionaries(_KEYS, inner | st.lists(inner, min_size=1, max_size=2), max_size=3),
    max_leaves=5,
)


@given(table=_TABLES)
def test_the_statements_of_any_text_are_the_text(table: dict[str, Any]) -> None:
    text = tomli_w.dumps(table, multiline_strings=True)
    lines = split_lines(text)
    covered = {
        number
        for statement in split_statements(lines)
        for number in range(statement.first_line, statement.end_line)
    }

    assert "".join(lines) == text
    assert tomllib.loads("".join(line for number, line in enumerate(lines) if number in covered)) == table
