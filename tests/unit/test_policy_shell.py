"""What is called plain is what bash sees."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vtcode.policy.shell import MAX_LINE_CHARS, folder_changes, parse

# Prints every command with its arguments, patterns as they are, instead of running it.
SPY = r"""
set -f
exec 9>&1 >/dev/null 2>&1
command_not_found_handle() { printf '%s\0' "$@" >&9; printf '\1\0' >&9; }
PATH=/nonexistent
"""

PIECES = (
    *(
        "x",
        "y",
        "-n",
        "a.b",
        "1",
        "20",
        "=",
        "a=b",
        "/",
        "/dev/null",
        "2>&1",
        ">/dev/null",
        "2>",
        "0",
        ":",
        "~",
    ),
    *(
        "; xx ",
        "&&xx ",
        "\nxx ",
        " ",
        " ",
        " ",
        " ",
        "\t",
        "\n",
        ";",
        "&&",
        "||",
        "|",
        "&",
        "\\",
        "\\\n",
        "'",
        '"',
        "''",
        '""',
        "\\ ",
    ),
    *(
        "'a b'",
        '"a b"',
        '"a$"',
        '"\\$x"',
        "'$(x)'",
        '"\\`"',
        '"a\\b"',
        "'\n'",
        "\\;",
        "\\(",
        "\\)",
        "\\'",
        '\\"',
    ),
    *(
        "$",
        "${x}",
        "$(x)",
        "`",
        "(",
        ")",
        "{",
        "}",
        "{}",
        "{a,b}",
        "*",
        "?",
        "[",
        "]",
        "!",
        "#",
        "<",
        ">",
        "^",
    ),
    *(
        "HEAD~3",
        "a~",
        "=~",
        ":~",
        "é",
        "ü",
        "\u00a0",
        "\u200b",
        "@",
        "%",
        "+",
        ",",
        "$'a'",
        '$"a"',
        "if",
        "time",
        "-",
        " # ",
        ";#",
        " [ ",
        " ]",
    ),
)
MOSTLY_PLAIN = tuple(piece for piece in PIECES if parse(f"x {piece}").is_exact)


def _seen_by_bash(line: str, folder: Path) -> list[list[str]]:
    command = ["bash", "--noprofile", "--norc", "-c", f"{SPY}{line}"]
    environ = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )
    commands = done.stdout.decode().split("\0\1\0")
    return [text.split("\0") for text in commands if text]


def _check_against_bash(line: str, folder: Path) -> None:
    parsed = parse(line)
    joints = {part.joined_by for part in parsed.parts}
    # The spy sees only what bash looks up in PATH, and what runs in order.
    spied = all(re.fullmatch(r"[^/]*[xy][^/]*", part.words[0]) for part in parsed.parts)
    if not parsed.is_exact or joints & {"|", "||"} or not spied:
        return
    assert _seen_by_bash(line, folder) == [list(part.words) for part in parsed.parts]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(MOSTLY_PLAIN), max_size=8).map("".join))
@example(words="x 'a'\"b\"\\ c")
@example(words="'%x' && x")
@example(words='x "a\\b\\\\c\\$d"')
@example(words="x a#b HEAD~3 ! a")
@example(words="x # it's \\\nxx a;#b\n&&#c")
@example(words="[ a ] ]; xx [")
def test_bash_splits_a_plain_line_into_the_same_words(words: str, tmp_path: Path) -> None:
    _check_against_bash(f"xx {words}", tmp_path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_bash_agrees_wherever_the_line_is_called_exact(line: str, tmp_path: Path) -> None:
    _check_against_bash(f"xx {line}", tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_reading_never_fails_and_a_line_is_plain_only_without_a_risk(line: str) -> None:
    parsed = parse(line)
    assert parsed.plain == (parsed.risk == "")
    assert not parsed.is_exact or all(part.words for part in parsed.parts)


@pytest.mark.parametrize(
    "line", ["{\U000ff5cb", "a{\U000e0000..", "{1..\U000ff5cb}", "x{\U0010fffd,\U0010fffd}"]
)
def test_no_character_takes_the_grammar_down(line: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from vtcode.policy.shell_grammar import read; read(sys.argv[1])",
            line,
        ],
        check=False,
    )
    assert done.returncode == 0


def test_letters_of_other_languages_are_seen_inside_a_risky_line() -> None:
    assert parse("grüße 'ñ' > 'é' && ñandú").parts[1].words == ("ñandú",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ls -la", [("ls", "-la")]),
        ("a 'b c' \"d e\" f\\ g", [("a", "b c", "d e", "f g")]),
        ("a && b || c ; d | e\nf", [("a",), ("b",), ("c",), ("d",), ("e",), ("f",)]),
        ("a 2>&1 >/dev/null | b &>/dev/null", [("a",), ("b",)]),
        ("a ''", [("a", "")]),
        ("\n\na;\n", [("a",)]),
        ("a &&\n b", [("a",), ("b",)]),
    ],
)
def test_a_plain_line_is_read_into_its_words(line: str, words: list[tuple[str, ...]]) -> None:
    parsed = parse(line)
    assert parsed.plain
    assert [part.words for part in parsed.parts] == words


def test_the_separators_are_kept() -> None:
    assert [part.joined_by for part in parse("a && b || c ; d | e\nf").parts] == [
        "",
        "&&",
        "||",
        ";",
        "|",
        ";",
    ]


@pytest.mark.parametrize(
    ("line", "risk"),
    [
        ("a $x", "an expansion"),
        ("a > b", "a redirection"),
        ("x=1 a", "an assignment"),
        ("a &", "background"),
        ("a `b`", "a command substitution"),
        ("a <<E\nE", "a here-document"),
        ("a {b,c}", "braces"),
        ("(a)", "a subshell"),
        ("if a; then b; fi", "the shell's own word `if`"),
        ("a \x1b", "a control character"),
        ("a \u202e", "a hidden one"),
        ("alias a=b", "`alias`"),
        ("a *", "a pattern"),
        ("'%a'", "a job"),
        ("a" * (MAX_LINE_CHARS + 1), "more than 4,000 characters"),
        ("", "nothing to run"),
    ],
)
def test_what_makes_a_line_risky_is_said_in_words(line: str, risk: str) -> None:
    parsed = parse(line)
    assert not parsed.plain
    assert risk in parsed.risk


@pytest.mark.parametrize(
    "line", ["for i in a; do rm $i; done", "a $(rm b)", "x=1 rm b", "rm b > c", "f() { rm b; }; f"]
)
def test_commands_inside_a_risky_line_are_seen(line: str) -> None:
    parsed = parse(line)
    assert parsed.is_readable
    assert any(part.words[0] == "rm" for part in parsed.parts)


@pytest.mark.parametrize(
    "line", ["$x a", "`a`", "a <<E\nE", "a\\\nb", "a > $x", "'", "r{m,} a", "cat > f -n b"]
)
def test_a_line_whose_programs_can_not_be_told_is_unreadable(line: str) -> None:
    assert not parse(line).is_readable


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("a && b", [(), ()]),
        ("cd x && a", [(), ("x",)]),
        ("cd x && a && cd y && b | c", [(), ("x",), ("x",), ("x", "y"), ("x", "y")]),
        ("cd x; a", [(), ("x",)]),
        ("cd x; cd y && a; b", [(), ("x",), ("x", "y"), ("x", "y")]),
        ("a && cd x; b", [None, None, None]),
        ("a; cd x || b", [None, None, None]),
        ("cd x && cd .. && a", [(), ("x",), ("x", "..")]),
        ("cd x && cd ../.. && a", [(), ("x",), None]),
        ("cd x/../.. && a", [(), None]),
        ("cd x | a", [None, None]),
        ("cd .. && a", [(), None]),
        ("cd && a", [None, None]),
    ],
)
def test_changes_of_folder_are_followed_only_where_they_are_certain(
    line: str, changes: list[tuple[str, ...] | None]
) -> None:
    assert list(folder_changes(parse(line).parts)) == changes
