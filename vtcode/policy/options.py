"""Which files a read-only program would open, by a table of the options that are known to be harmless. Pure.

An option that is not in a program's table is not harmless, whatever it does; so are abbreviations of options.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.policy.shell import SimpleCommand
    from vtcode.system.exposure import FolderSearch

Takes: TypeAlias = Literal["nothing", "text", "path", "form", "maybe", "next"]
"""An option's value: none, any text, a file to read, text of the program's `form`, text if attached, or the
next word as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOnlyProgram:
    """How a program may be called so that it only reads."""

    options: str = ""
    """Harmless options, divided by blanks: `-l` takes nothing, `-n:` text, `-f@` a file to read, `-e%` text
    of the program's `form`, `-M?` text if it is attached (`-M50`, `--color=always`), `-I!` the next word as
    text, whatever follows in its own."""
    operands: Literal["paths", "texts", "none"] = "paths"
    leading_texts: int = 0
    """So many operands come before the paths and are no paths: the pattern of grep."""
    text_options: frozenset[str] = frozenset()
    """With one of these, there is no leading text."""
    form: str = ""
    """Regular expression that texts among the operands must match as a whole; empty: any."""
    max_operands: int | None = None
    needs: frozenset[str] = frozenset()
    """The program is harmless only with one of these options; empty: with none, too."""
    operands_need: frozenset[str] = frozenset()
    """Operands are harmless only with one of these options; empty: always."""
    takes_numbers: bool = False
    """`-20` means a number of lines."""
    takes_folders: bool = True
    """False: with a folder it reads what links in the folder lead to."""
    options_first: bool = False
    """Behind the first operand, it takes every word for an operand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a command reads, if the facts bear it out: the program is the real one, the paths are inside."""

    program: str
    """As called: a name, or a path."""
    paths: tuple[str, ...] = ()
    """Words that name files or folders to read, beside the current folder."""
    patterns: tuple[str, ...] = ()
    """Words among the paths that bash expands (`*.py`)."""
    literals: tuple[str, ...] = ()
    """Words with `*` or `?` that must not match any file, because they would become several words."""
    is_git: bool = False
    moves: tuple[str, ...] = ()
    """Folders that it goes to, one from the other, before it reads."""
    needs_repository: bool = False
    """Outside a repository, it goes through the folders that it names."""
    takes_folders: bool = True
    options: frozenset[str] = frozenset()
    """The options that are given."""
    texts: tuple[tuple[str, str], ...] = ()
    """Options that take a text, each with the text."""
    operands: tuple[str, ...] = ()
    """Those of `paths` and `patterns` that are operands."""
    search: FolderSearch | None = None
    """What it reads in folders; None: it goes through none."""
    shows_tracked: bool = False
    """It shows the content of files that git tracks without naming them."""
    wrappers: tuple[str, ...] = ()
    """Programs that run it, as called; behind one of them, names of bash's builtins are programs, too."""


class NotReadOnly(Exception):
    """The command is not known to only read; the message says why."""


@dataclass(slots=True)
class _Found:
    paths: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    literals: list[str] = field(default_factory=list)
    options: set[str] = field(default_factory=set)
    texts: list[tuple[str, str]] = field(default_factory=list)
    operands: list[str] = field(default_factory=list)


_OPTION = re.compile(r"(--?[^\s:@%?!]+)([:@%?!]?)")
_TAKES: Mapping[str, Takes] = {
    "": "nothing", ":": "text", "@": "path", "%": "form", "?": "maybe", "!": "next",
}  # fmt: skip


@lru_cache(maxsize=256)
def _table(options: str) -> Mapping[str, Takes]:
    return {name: _TAKES[mark] for name, mark in _OPTION.findall(options)}


def read_options(command: SimpleCommand, program: ReadOnlyProgram, *, skip: int = 1) -> Reading:
    """Read the arguments of `command`, after `skip` words of name and subcommand.

    Raises:
        NotReadOnly: An option or operand is not known to be harmless.
    """
    return _ArgumentWalk(command, program, skip).reading()


class _ArgumentWalk:
    """One walk over a command's arguments."""

    def __init__(self, command: SimpleCommand, program: ReadOnlyProgram, skip: int) -> None:
        self._words = command.words
        self._patterns = command.patterns
        self._program = program
        self._table = _table(program.options)
        self._skip = skip
        self._at = skip
        self._found = _Found()

    def reading(self) -> Reading:
        """Walk to the end.

        Raises:
            NotReadOnly: An option or operand is not known to be harmless.
        """
        operands = self._walk_options()
        found = self._found
        if self._program.needs and not self._program.needs & found.options:
            raise NotReadOnly(f"`{self._shown}` is not known to only read")
        self._take_operands(operands)
        return Reading(
            program=self._words[0],
            paths=tuple(found.paths),
            patterns=tuple(found.patterns),
            literals=tuple(found.literals),
            takes_folders=self._program.takes_folders,
            options=frozenset(found.options),
            texts=tuple(found.texts),
            operands=tuple(found.operands),
        )

    def _walk_options(self) -> list[int]:
        """Take every option; return the indexes of the operands."""
        operands: list[int] = []
        while self._at < len(self._words):
            index = self._at
            word = self._words[index]
            self._at += 1
            if word == "--":
                return [*operands, *range(self._at, len(self._words))]
            if word == "-" or not word.startswith("-"):
                if self._program.options_first:
                    return [*range(index, len(self._words))]
                operands.append(index)
                continue
            if index in self._patterns:
                self._found.literals.append(word)
            if operands:
                # To programs that don't look for options after the first operand, this is a file.
                self._found.paths.append(word)
                self._check_count(len(operands) + 1)
            self._take_option(word, after_operand=bool(operands))
        return operands

    def _take_option(self, word: str, *, after_operand: bool) -> None:
        if self._program.takes_numbers and re.fullmatch(r"-\d+", word):
            return
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            takes = self._harmless(name)
            if equals and takes == "nothing":
                raise NotReadOnly(f"`{self._shown} {name}` takes no value")
            self._take_value(name, takes, value if equals else None, after_operand=after_operand)
            return
        for place, letter in enumerate(word[1:], start=2):
            takes = self._harmless("-" + letter)
            if takes != "nothing":
                attached = word[place:] or None
                if takes == "next" and attached and not attached.isdecimal():
                    raise NotReadOnly(f"`{self._shown} {word}` is not known to only read")
                self._take_value("-" + letter, takes, attached, after_operand=after_operand)
                return

    def _harmless(self, name: str) -> Takes:
        takes = self._table.get(name)
        if takes is None:
            raise NotReadOnly(f"`{self._shown} {name}` is not known to only read")
        self._found.options.add(name)
        return takes

    def _take_value(self, name: str, takes: Takes, attached: str | None, *, after_operand: bool) -> None:
        if takes in ("nothing", "maybe") or (attached is None and self._at >= len(self._words)):
            return
        value = attached
        if value is None:
            value = self._words[self._at]
            if re.match(r"-[^\d]", value):
                # Where the program takes no value after all, this would be an option.
                raise NotReadOnly(f"`{self._shown}` with `{value}` as a value is not known to only read")
            if self._at in self._patterns:
                self._found.literals.append(value)
            self._at += 1
        self._found.texts.append((name, value))
        if takes == "form":
            self._check_form(value)
        if takes == "path" or (after_operand and attached is None):
            self._found.paths.append(value)

    def _take_operands(self, indexes: list[int]) -> None:
        program, found = self._program, self._found
        self._check_count(len(indexes))
        limited = program.max_operands is not None
        if indexes and program.operands_need and not program.operands_need & found.options:
            raise NotReadOnly(f"`{self._shown}` with operands is not known to only read")
        texts = 0 if program.text_options & found.options else program.leading_texts
        for place, index in enumerate(indexes):
            word = self._words[index]
            is_text = program.operands == "texts" or place < texts
            if index in self._patterns:
                (found.literals if is_text or limited else found.patterns).append(word)
            if is_text:
                self._check_form(word)
            else:
                found.operands.append(word)
                if index not in self._patterns or limited:
                    found.paths.append(word)

    def _check_count(self, operands: int) -> None:
        limit = 0 if self._program.operands == "none" else self._program.max_operands
        if limit is not None and operands > limit:
            raise NotReadOnly(f"`{self._shown}` with so many operands is not known to only read")

    def _check_form(self, text: str) -> None:
        if self._program.form and not re.fullmatch(self._program.form, text):
            raise NotReadOnly(f"`{self._shown}` with `{text}` is not known to only read")

    @property
    def _shown(self) -> str:
        return " ".join(self._words[: self._skip])
