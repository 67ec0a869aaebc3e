"""Programs that only run the one named behind them, by the options that change nothing about it. Pure.

Not here, so asked about: what takes the command's words from elsewhere (`xargs`, `parallel`), reads them as
shell text (`watch`, `env -S`), runs them as somebody else (`sudo`), under another environment (`env A=b`,
`env -i`, `env -u`) or again and again; `nohup`, which writes nohup.out in a terminal; `builtin`, behind which
nobody writes what only reads. Sources: the manuals of GNU coreutils 9 and util-linux 2.39.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.policy.options import NotReadOnly
from vtcode.policy.shell import SimpleCommand

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A command without its wrappers."""

    command: SimpleCommand
    programs: tuple[str, ...] = ()
    """The wrappers that are programs of their own, as called, outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wrapper:
    flags: frozenset[str] = frozenset()
    valued: frozenset[str] = frozenset()
    """Options with a value: the next word, or attached."""
    operand: str = ""
    """Regular expression of the one operand before the command; empty: none."""


_OF_THE_SHELL = ("time", "command")
"""Bash's own, in the order in which they may stand; behind another wrapper the names are programs'."""

_WRAPPERS: Mapping[str, _Wrapper] = {
    "command": _Wrapper(),
    "env": _Wrapper(),
    "ionice": _Wrapper(
        flags=frozenset({"-t", "--ignore"}), valued=frozenset({"-c", "-n", "--class", "--classdata"})
    ),
    "nice": _Wrapper(valued=frozenset({"-n", "--adjustment"})),
    "setsid": _Wrapper(flags=frozenset({"-w", "--wait"})),
    "stdbuf": _Wrapper(valued=frozenset({"-i", "-o", "-e", "--input", "--output", "--error"})),
    "time": _Wrapper(flags=frozenset({"-p"})),
    "timeout": _Wrapper(
        flags=frozenset({"-v", "--foreground", "--preserve-status", "--verbose"}),
        valued=frozenset({"-k", "-s", "--kill-after", "--signal"}),
        operand=r"\d+(?:\.\d+)?[smhd]?",
    ),
}
_VALUE = re.compile(r"-?[A-Za-z0-9_.+]+")


def unwrapped(command: SimpleCommand) -> Wrapped:
    """Return what `command` runs in the end; itself if it is no wrapper.

    Raises:
        NotReadOnly: A wrapper does more than run it, or runs nothing.
    """
    programs: list[str] = []
    shells = 0
    while wrapper := _wrapper(command):
        name = command.words[0]
        if name in _OF_THE_SHELL:
            if programs or _OF_THE_SHELL.index(name) < shells:
                raise NotReadOnly(f"`{name}` behind another program is not known to only read")
            shells = _OF_THE_SHELL.index(name) + 1
        else:
            programs.append(name)
        command = _inner(command, wrapper)
    if (programs or shells) and command.words[0] == "cd":
        raise NotReadOnly("where it would run can't be told")
    return Wrapped(command=command, programs=tuple(programs))


def _wrapper(command: SimpleCommand) -> _Wrapper | None:
    name, *rest = command.words
    base = name.rpartition("/")[2]
    if base in _OF_THE_SHELL and base != name:
        return None
    if name == "command" and rest[:1] == ["-v"]:  # says what a name stands for
        return None
    return _WRAPPERS.get(base)


def _inner(command: SimpleCommand, wrapper: _Wrapper) -> SimpleCommand:
    words = command.words
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += _length_of_option(command, at, wrapper)
    if wrapper.operand:
        if at < len(words) and not re.fullmatch(wrapper.operand, words[at]):
            raise NotReadOnly(f"`{words[0]}` with `{words[at]}` is not known to only read")
        at += 1
    if at >= len(words):
        raise NotReadOnly(f"`{words[0]}` runs nothing")
    if "=" in words[at] or any(index <= at for index in command.patterns):
        raise NotReadOnly(f"`{words[0]}` with `{words[at]}` is not known to only read")
    patterns = frozenset(index - at for index in command.patterns)
    return SimpleCommand(words=words[at:], patterns=patterns, joined_by=command.joined_by)


def _length_of_option(command: SimpleCommand, at: int, wrapper: _Wrapper) -> int:
    """Return how many words the option at `at` takes.

    Raises:
        NotReadOnly: It is not known to change nothing.
    """
    word = command.words[at]
    if word in wrapper.flags:
        return 1
    if word in wrapper.valued:
        value, length = " ".join(command.words[at + 1 : at + 2]), 2
    elif word.startswith("--"):
        name, _, value = word.partition("=")
        length = 1 if name in wrapper.valued else 0
    else:
        value, length = word[2:], 1 if word[:2] in wrapper.valued else 0
    if not length or not _VALUE.fullmatch(value):
        raise NotReadOnly(f"`{command.words[0]} {word}` is not known to only read")
    return length
