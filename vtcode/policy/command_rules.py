"""The user's rules over command lines: `[commands]` of the configuration. Pure.

Lists match whole words from the first one on; globs and regular expressions match a part's words joined by
blanks (an allowing glob also with the quotes that a shell would need). What a rule allows is read strictly,
what it denies generously: behind wrappers (`sudo`, `xargs`), under another path (`/bin/rm`), inside `sh -c`,
and in text that can't be parsed.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from vtcode.policy.shell import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.policy.shell import ParsedCommand

_WRAPPERS = frozenset(
    {
        "busybox", "builtin", "chroot", "chrt", "command", "doas", "env", "eval", "exec", "flock",
        "ionice", "nice", "nohup", "nsenter", "parallel", "script", "setarch", "setpriv", "setsid",
        "stdbuf", "strace", "su", "sudo", "systemd-run", "taskset", "time", "timeout", "unshare", "watch",
        "xargs",
    }
)  # fmt: skip
_TAKERS_OF_SHELL_TEXT = frozenset(
    {"bash", "dash", "env", "eval", "fish", "ksh", "parallel", "script", "sh", "su", "trap", "watch", "zsh"}
)
_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_GIT_OPTIONS_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})
_MAX_DEPTH = 4
_MAX_RULE_WORDS = 64
_BETWEEN_WORDS = re.compile(r"[\s;|&<>(){}$`=]+")
_QUOTES = re.compile(r"\\\n|['\"\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRules:
    """`[commands]`; a broken regular expression raises ValueError here, not at the first command."""

    allow_list: tuple[str, ...] = ()
    deny_list: tuple[str, ...] = ()
    allow_glob: tuple[str, ...] = ()
    deny_glob: tuple[str, ...] = ()
    allow_regex: tuple[str, ...] = ()
    """Must match all of a part's words joined by blanks."""
    deny_regex: tuple[str, ...] = ()
    """Matches anywhere in them."""

    def __post_init__(self) -> None:
        for expression in (*self.allow_regex, *self.deny_regex):
            try:
                re.compile(expression)
            except re.error as error:
                raise ValueError(f"not a regular expression: {expression!r} ({error})") from error

    @property
    def denies_any(self) -> bool:
        """Whether there is a rule that denies."""
        return bool(self.deny_list or self.deny_glob or self.deny_regex)


def allowing_rule(words: tuple[str, ...], rules: CommandRules) -> str:
    """Name the rule that allows this one simple command; empty: none does."""
    for entry in rules.allow_list:
        prefix = _entry_words(entry)
        if prefix and words[: len(prefix)] == prefix:
            return f'commands.allow_list "{entry}"'
    text = " ".join(words)
    for entry in rules.allow_glob:
        if fnmatchcase(text, entry) or fnmatchcase(shlex.join(words), entry):
            return f'commands.allow_glob "{entry}"'
    for entry in rules.allow_regex:
        if re.fullmatch(entry, text):
            return f'commands.allow_regex "{entry}"'
    return ""


def denying_rule(parsed: ParsedCommand, rules: CommandRules) -> str:
    """Name the rule that denies the line or any part of it; empty: none does."""
    if not rules.denies_any:
        return ""
    for words in _guises(parsed, depth=0):
        for entry in rules.deny_list:
            if _has_prefix(words, _entry_words(entry)):
                return f'commands.deny_list "{entry}"'
        text = " ".join(words)
        for entry in rules.deny_glob:
            if fnmatchcase(text.casefold(), entry.casefold()):
                return f'commands.deny_glob "{entry}"'
        for entry in rules.deny_regex:
            if re.search(entry, text):
                return f'commands.deny_regex "{entry}"'
    return ""


@lru_cache(maxsize=512)
def _entry_words(entry: str) -> tuple[str, ...]:
    """Return the words of a list's entry; a last `*` means what is meant anyway: any words after these."""
    try:
        words = tuple(shlex.split(entry))
    except ValueError:
        words = tuple(entry.split())
    return words[:-1] if words[-1:] == ("*",) and len(words) > 1 else words


def _has_prefix(words: tuple[str, ...], prefix: tuple[str, ...]) -> bool:
    if not prefix or len(words) < len(prefix):
        return False
    # Some file systems find `RM` under `rm`.
    pairs = zip(words, prefix, strict=False)
    return all(fnmatchcase(word.casefold(), form.casefold()) for word, form in pairs)


def _guises(parsed: ParsedCommand, *, depth: int) -> Iterator[tuple[str, ...]]:
    """Every command that this line may run, under every name that a rule may know it by."""
    for part in parsed.parts:
        yield from _guises_of_words(part.words, depth)
    if not parsed.is_readable:
        # Any word may be the start of a command.
        words = tuple(word for word in _BETWEEN_WORDS.split(_QUOTES.sub("", parsed.line)) if word)
        yield words
        for start in range(len(words)):
            yield from _names(words[start : start + _MAX_RULE_WORDS])


def _guises_of_words(words: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    yield from _names(words)
    name = words[0].rpartition("/")[2]
    inner = _inner_starts(name, words)
    for start in inner:
        yield from _names(words[start : start + _MAX_RULE_WORDS])
    if depth >= _MAX_DEPTH:
        return
    shells = [at for at in (0, *inner) if words[at].rpartition("/")[2] in _TAKERS_OF_SHELL_TEXT]
    if shells:
        texts = (*words[shells[0] + 1 :], " ".join(words[shells[0] + 1 :]))
        for text in texts:
            yield from _guises(parse(text), depth=depth + 1)


def _inner_starts(name: str, words: tuple[str, ...]) -> range:
    """Where a command inside this one may start: behind a wrapper, anywhere."""
    if name == "find":
        return range(
            next((at for at, word in enumerate(words) if word in _FIND_RUNS), len(words)) + 1, len(words)
        )
    return range(1, len(words)) if name in _WRAPPERS else range(0)


def _names(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    name = words[0].rpartition("/")[2]
    if name and name != words[0]:
        words = (name, *words[1:])
        yield words
    if name == "git":
        rest = _without_git_options(words[1:])
        if rest != words[1:]:
            yield (name, *rest)


def _without_git_options(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _GIT_OPTIONS_WITH_VALUE else 1
    return words[at:]
