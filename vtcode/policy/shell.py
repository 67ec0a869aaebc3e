"""A command line, read for judgement: its simple commands, and whether they can be taken at their word. Pure.

A line is plain only if a strict reading of words (`shell_words`) and the grammar of bash (`shell_grammar`)
agree on it, word for word. Everything else is risky, with a reason in words for a person; and unreadable
where even the names of the programs that would run can't be told.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache

from vtcode.policy import shell_grammar
from vtcode.policy.shell_words import Item, NotPlain, Word, plain_items
from vtcode.visible import revealed

MAX_LINE_CHARS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleCommand:
    """One program or builtin with its arguments."""

    words: tuple[str, ...]
    """As the program gets them."""
    patterns: frozenset[int] = frozenset()
    """Indexes of the words that bash may replace by file names (`*`, `?`)."""
    joined_by: str = ""
    """The separator before it: empty for the first, else one of `&& || ; |`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedCommand:
    """What can be said about a command line without running it."""

    line: str
    parts: tuple[SimpleCommand, ...]
    """In order; unless `is_exact`, every command that the grammar sees, at any depth, which may be wrong."""
    risk: str
    """What makes it more than plain words, in words; empty where nothing does."""
    has_patterns_only: bool = False
    """It would be plain but for `*` or `?` in arguments; `parts` is exact."""
    is_readable: bool = True
    """Every program that runs, and every file that a redirection writes, is spelled out."""

    @property
    def plain(self) -> bool:
        """Whether it is nothing but plain words joined by `&& || ; |`."""
        return not self.risk

    @property
    def is_exact(self) -> bool:
        """Whether `parts` is exactly what the shell would run, patterns aside."""
        return self.plain or self.has_patterns_only


_ODD_SPACE = re.compile(r"[^\S \t\n]")
# The grammar misreads these without an error, so what they hide can't be told.
_MISREAD = {
    "`": "a command substitution",
    "<<": "a here-document",
    "\\\n": "a backslash at the end of a line",
}

# Builtins after which words no longer mean what they say, or whose arguments are themselves shell text.
_STATEFUL_BUILTIN_NAMES = """
. alias bind builtin compgen compopt complete coproc declare enable eval exec export fc getopts hash let local
mapfile popd pushd read readarray readonly set shopt source trap typeset unalias unset
"""
_STATEFUL_BUILTINS = frozenset(_STATEFUL_BUILTIN_NAMES.split())


def parse(line: str) -> ParsedCommand:
    """Read `line`; never fails, whatever it holds."""
    if reason := _unfit(line):
        return ParsedCommand(line=line, parts=(), risk=reason, is_readable=False)
    return _parse(line)


@lru_cache(maxsize=1_024)
def _parse(line: str) -> ParsedCommand:
    try:
        items = plain_items(line)
    except NotPlain as stop:
        return _risky(line, str(stop))
    parts = _parts(items)
    if reason := _stateful(parts):
        return _risky(line, reason)
    if _flat(items) != shell_grammar.flat_items(line):
        return _risky(line, "something that can be read in two ways")
    if any(part.patterns for part in parts):
        return ParsedCommand(
            line=line,
            parts=parts,
            risk="a pattern (`*` or `?`)",
            has_patterns_only=True,
        )
    return ParsedCommand(line=line, parts=parts, risk="")


def folder_changes(parts: tuple[SimpleCommand, ...]) -> tuple[tuple[str, ...] | None, ...]:
    """For each part, the operands of the `cd`s before it; None where it can't be told where it would run.

    A `cd` can be followed only if what comes after runs just when it succeeded: everything is joined by `&&`
    (or is a pipe that the `cd` is no part of). Or, as `;` runs what follows anyway, if nothing but a `cd`
    decides whether it runs, and its folder is there, which the facts have to tell. The operand is a folder,
    spelled out, and `..` leads no further up than the line went down.
    """
    names = [(part.words[0], _without_prefixes(part.words)[0]) for part in parts]
    if any(inner == "cd" and name != "cd" for name, inner in names):
        return (None,) * len(parts)
    places = [index for index, part in enumerate(parts) if part.words[0] == "cd"]
    if not all(_is_followable(parts, index) for index in places):
        return (None,) * len(parts)
    changes = [tuple(parts[place].words[1] for place in places if place < i) for i in range(len(parts))]
    return tuple(None if _leads_up(moves) else moves for moves in changes)


def _leads_up(moves: tuple[str, ...]) -> bool:
    return posixpath.normpath(posixpath.join("", *moves)).split("/")[0] == ".."


def _is_followable(parts: tuple[SimpleCommand, ...], index: int) -> bool:
    part = parts[index]
    piped = part.joined_by == "|" or (index + 1 < len(parts) and parts[index + 1].joined_by == "|")
    if piped or part.patterns or len(part.words) != 2:
        return False
    operand = part.words[1]
    return operand != "" and not operand.startswith("-") and _is_sure_to_run(parts, index)


def _is_sure_to_run(parts: tuple[SimpleCommand, ...], index: int) -> bool:
    """Whether what follows a `cd` runs only after it, as long as its folder is there."""
    joins = {part.joined_by for part in parts[1:]}
    if joins <= {"&&", "|"}:
        return True
    while index and parts[index].joined_by == "&&" and parts[index - 1].words[0] == "cd":
        index -= 1
    return "||" not in joins and parts[index].joined_by in ("", ";")


def _unfit(line: str) -> str:
    if not line.strip():
        return "nothing to run"
    if len(line) > MAX_LINE_CHARS:
        return f"more than {MAX_LINE_CHARS:,} characters"
    if revealed(line.replace("\t", " ")) != line.replace("\t", " ") or _ODD_SPACE.search(line):
        return "a control character or a hidden one"
    return ""


def _risky(line: str, reason: str) -> ParsedCommand:
    seen = shell_grammar.read(line)
    misread = next((what for mark, what in _MISREAD.items() if mark in line), "")
    return ParsedCommand(
        line=line,
        parts=tuple(SimpleCommand(words=words) for words in seen.commands),
        risk=misread or reason,
        is_readable=seen.is_readable and not misread,
    )


def _flat(items: tuple[Item, ...]) -> tuple[shell_grammar.FlatItem, ...]:
    flat: list[shell_grammar.FlatItem] = []
    for item in items:
        if isinstance(item, str):
            flat.append(item)
        elif flat and isinstance(flat[-1], tuple):
            flat[-1] = (*flat[-1], item.raw)
        else:
            flat.append((item.raw,))
    return tuple(flat)


def _parts(items: tuple[Item, ...]) -> tuple[SimpleCommand, ...]:
    parts: list[SimpleCommand] = []
    words: list[Word] = []
    joined_by = ""
    for item in (*items, ";"):
        if isinstance(item, Word):
            words.append(item)
            continue
        patterns = frozenset(index for index, word in enumerate(words) if word.is_pattern)
        texts = tuple(word.text for word in words)
        parts.append(SimpleCommand(words=texts, patterns=patterns, joined_by=joined_by))
        words, joined_by = [], item
    return tuple(parts)


def _without_prefixes(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without `command` and `time`, behind which the shell's builtins are still its own."""
    while len(words) > 1 and words[0] in ("command", "time") and words[1] not in ("-v", "-V"):
        options = next((at for at, word in enumerate(words[1:], 1) if not word.startswith("-")), 1)
        words = words[options:]
    return words


def _stateful(parts: tuple[SimpleCommand, ...]) -> str:
    for part in parts:
        name, *rest = _without_prefixes(part.words)
        if name in _STATEFUL_BUILTINS:
            return f"`{name}`, which changes what the shell does with the rest"
        # `-v` evaluates its operand as an array subscript, which may run commands.
        options = ("-v", "-R", "-p")
        if name in ("printf", "test", "[", "wait") and any(word.startswith(options) for word in rest):
            return f"`{name}` with an option that evaluates its argument"
    return ""
