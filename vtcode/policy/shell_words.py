"""A strict reading of the plainest shell: words, quotes without expansions, and `&& || ; |`.

Pure. It accepts little and says in words why it stops; it never guesses. What it accepts, bash splits into
the same words (a property test asks bash). `shell.py` trusts it only where the grammar reads the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a command."""

    raw: str
    """As written, quotes and backslashes included."""
    text: str
    """As the program gets it; for a pattern, the pattern itself."""
    is_pattern: bool = False
    """Holds an unquoted `*` or `?`, which bash may replace by file names."""


Item: TypeAlias = Word | str
"""A word, or one of the separators `&& || ; |` (a newline counts as `;`)."""


class NotPlain(Exception):
    """The line holds something beyond plain words; the message says what."""


_BLANK = re.compile(r"[ \t]+")
# Only where a word could start; it ends with its line, whatever is before the line break.
_COMMENT = re.compile(r"#[^\n]*")
_SEPARATOR = re.compile(r"&&|\|\||[;|\n]")
_HARMLESS_REDIRECT = re.compile(
    r"(?:[012]?>>?[ \t]*/dev/null|&>>?[ \t]*/dev/null|0?<[ \t]*/dev/null|[012]?>&[12])(?=[ \t\n;|&]|\Z)"
)
_END_OF_WORD = re.compile(r"[ \t\n;|]|&&|\Z")
_BARE = re.compile(r"[A-Za-z0-9_./:,@%+=^\-]+|[^\x00-\x7f]+")
_SINGLE_QUOTED = re.compile(r"'([^']*)'")
# A `$` before these can't start an expansion: regular expressions end with one.
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\$`]|\\[^\n]|\$(?=[" |)]))*)"')
_ESCAPED_IN_DOUBLE_QUOTES = re.compile(r'\\([$`"\\])')
_ESCAPED = re.compile(r"\\([^\n])")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_LITERAL_TILDE_AFTER = re.compile(r"[A-Za-z0-9_^~]")

_RESERVED_WORDS = """
! { } [[ ]] case coproc do done elif else esac fi for function if in select then until while
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
_REASONS = {
    "$": "an expansion (`$`)",
    "`": "a command substitution",
    "<": "a redirection",
    ">": "a redirection",
    "(": "a subshell or function",
    ")": "a subshell or function",
    "{": "braces",
    "}": "braces",
    "[": "a bracket pattern",
    "]": "a bracket pattern",
    "&": "a command in the background",
    "~": "`~`, which stands for a home folder",
    "!": "`!`",
    "\\": "a backslash at the end of a line",
    "'": "an unclosed quote",
    '"': "an expansion or an unclosed quote",
}


def plain_items(line: str) -> tuple[Item, ...]:
    """Split `line` into words and separators, a trailing separator dropped.

    Comments, and redirections to /dev/null and between descriptors, are understood and left out.

    Raises:
        NotPlain: Anything else is in it.
    """
    items: list[Item] = []
    position = 0
    while position < len(line):
        if blank := (_BLANK.match(line, position) or _COMMENT.match(line, position)):
            position = blank.end()
        elif redirect := _HARMLESS_REDIRECT.match(line, position):
            position = redirect.end()
        elif separator := _SEPARATOR.match(line, position):
            _add_separator(items, separator.group())
            position = separator.end()
        else:
            word = _word(line, position)
            if not items or isinstance(items[-1], str):
                _check_command_word(word)
                _check_time(word, is_piped=items[-1:] == ["|"])
            elif (last := items[-1]).raw in ("time", "-p") and _is_timed(items):
                _check_timed_word(word, has_option=last.raw == "-p")
            items.append(word)
            position += len(word.raw)
    if items and items[-1] == ";":
        items.pop()
    if not items or isinstance(items[-1], str):
        raise NotPlain("no command where one is expected")
    return tuple(items)


def single_word(raw: str) -> Word | None:
    """Read `raw` as one argument of a command; None: it is none, more than one, or more than plain."""
    try:
        word = _word(raw, 0)
    except NotPlain:
        return None
    return word if raw and word.raw == raw else None


def _add_separator(items: list[Item], separator: str) -> None:
    if separator == "\n":
        # Blank lines, and a line break after `&&`, `||` or `|`, separate nothing.
        if items and isinstance(items[-1], Word):
            items.append(";")
        return
    if not items or isinstance(items[-1], str):
        raise NotPlain("no command where one is expected")
    items.append(separator)


def _check_command_word(word: Word) -> None:
    if word.raw in _RESERVED:
        raise NotPlain(f"the shell's own word `{word.raw}`")
    if _ASSIGNMENT.match(word.raw):
        raise NotPlain("an assignment")
    if word.is_pattern:
        raise NotPlain("a pattern in place of a program's name")
    if word.text.startswith("%"):
        raise NotPlain("a job in place of a program's name")


def _check_time(word: Word, *, is_piped: bool) -> None:
    """Bash's own `time` is a word of its grammar; quoted or in a pipe the name is a program's."""
    if word.text == "time" and (is_piped or word.raw != "time"):
        raise NotPlain("`time` where it is a program")


def _is_timed(items: list[Item]) -> bool:
    """Whether the next word is one behind `time`, where bash expects a command."""
    start = max((at for at, item in enumerate(items) if isinstance(item, str)), default=-1) + 1
    words = [item.raw for item in items[start:] if isinstance(item, Word)]
    return words in (["time"], ["time", "-p"])


def _check_timed_word(word: Word, *, has_option: bool) -> None:
    if word.text == "time" or (word.text.startswith("-") and (has_option or word.raw != "-p")):
        raise NotPlain("the shell's own word `time` with more than a command")
    _check_command_word(word)


def _word(line: str, start: int) -> Word:
    text: list[str] = []
    position = start
    quoted = is_pattern = False
    while position < len(line):
        character = line[position]
        if bare := _BARE.match(line, position):
            text.append(bare.group())
            position = bare.end()
        elif character in "*?":
            text.append(character)
            is_pattern = True
            position += 1
        elif piece := _quoted(line, position):
            end, meaning = piece
            text.append(meaning)
            quoted = True
            position = end
        elif character in " \t\n;|" or _ends_word(line, position):
            break
        elif _is_literal(line, position, start):
            text.append(character)
            position += 1
        else:
            raise NotPlain(_REASONS.get(character, "an unusual character"))
    if quoted and is_pattern:
        raise NotPlain("a pattern mixed with quotes")
    return Word(raw=line[start:position], text="".join(text), is_pattern=is_pattern)


def _quoted(line: str, position: int) -> tuple[int, str] | None:
    if single := _SINGLE_QUOTED.match(line, position):
        return single.end(), single.group(1)
    if double := _DOUBLE_QUOTED.match(line, position):
        inside = line[position + 1 : double.end() - 1]
        return double.end(), _ESCAPED_IN_DOUBLE_QUOTES.sub(r"\1", inside)
    if escaped := _ESCAPED.match(line, position):
        return escaped.end(), escaped.group(1)
    return None


def _ends_word(line: str, position: int) -> bool:
    """Whether an `&&` starts here (a lone `&` does not end a word that is understood)."""
    return line.startswith("&&", position)


def _is_literal(line: str, position: int, start: int) -> bool:
    """Whether this special character means itself: `a#b`, `HEAD~3`, a `!` or `[` that stands alone."""
    character = line[position]
    match character:
        case "#":
            return position > start
        case "~":
            return position > start and _LITERAL_TILDE_AFTER.match(line[position - 1]) is not None
        case "!":
            alone = line[position + 1 : position + 2] in ("", " ", "\t", "\n")
            return position == start and alone
        case "[" | "]":
            return position == start and _END_OF_WORD.match(line, position + 1) is not None
        case _:
            return False
