"""The user's rules over command lines: `[commands]` of the configuration. Pure.

Lists match whole words from the first one on; globs and regular expressions match a part's words joined by
blanks, those that allow with the quotes that a shell would need. What a rule allows is read strictly, and a
pattern says nothing of what a pipe feeds in. What it denies or has asked is read generously: behind wrappers
(`sudo`, `xargs`), under another path (`/bin/rm`), inside `sh -c`, and in text that can't be parsed. The order
of the rules does not matter.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

from vtcode.permissions import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.policy.shell import ParsedCommand, SimpleCommand

_NEEDS_NO_QUOTES = re.compile(r"[^\s'\"\\]+")
"""Words that stay what they are when they are joined by blanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRule:
    """One rule over command lines: a decision, and exactly one of words, a glob or an expression."""

    decision: Decision
    words: str = ""
    """Leading words."""
    glob: str = ""
    """A shell pattern; one that allows has to fit all of a part."""
    regex: str = ""
    """A Python regular expression; one that allows has to match all of a part, another one anywhere in it."""
    reason: str = ""
    """The user's own words for why; empty: none were given."""
    key: str = "commands.rules"
    """Where it stands in the configuration."""

    def __post_init__(self) -> None:
        if not self.regex:
            return
        try:
            re.compile(self.regex)
        except re.error as error:
            raise ValueError(f"not a regular expression: {self.regex!r} ({error})") from error

    @property
    def pattern(self) -> str:
        """What it says of commands, whichever way."""
        return self.words or self.glob or self.regex

    @property
    def name(self) -> str:
        """How the rule is called wherever it decides: `commands.deny_list "rm"`."""
        return f'{self.key} "{self.pattern}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRules:
    """`[commands]`; a broken regular expression raises ValueError here, not at the first command."""

    allow_list: tuple[str, ...] = ()
    ask_list: tuple[str, ...] = ()
    deny_list: tuple[str, ...] = ()
    allow_glob: tuple[str, ...] = ()
    ask_glob: tuple[str, ...] = ()
    deny_glob: tuple[str, ...] = ()
    allow_regex: tuple[str, ...] = ()
    ask_regex: tuple[str, ...] = ()
    deny_regex: tuple[str, ...] = ()
    rules: tuple[CommandRule, ...] = ()

    def __post_init__(self) -> None:
        self.all()

    def all(self) -> tuple[CommandRule, ...]:
        """Return every rule: those that allow, that have something asked, that deny."""
        return tuple(rule for decision in get_args(Decision) for rule in _rules_that(decision, self))


def allowing_rule(part: SimpleCommand, rules: CommandRules) -> str:
    """Name the rule that allows this one simple command; empty: none does."""
    return next((rule.name for rule in _rules_that("allow", rules) if _allows(rule, part)), "")


def denying_rule(parsed: ParsedCommand, rules: CommandRules) -> CommandRule | None:
    """Return the rule that denies the line or any part of it."""
    return _catching(parsed, _rules_that("deny", rules))


def asking_rule(parsed: ParsedCommand, rules: CommandRules) -> CommandRule | None:
    """Return the rule that has the line, or any part of it, asked about."""
    return _catching(parsed, _rules_that("prompt", rules))


def example_problem(rule: CommandRule, match: Iterable[str], no_match: Iterable[str]) -> str:
    """Say which of a rule's own examples it gets wrong; empty: none.

    Args:
        rule: The rule.
        match: Command lines that it has to decide about.
        no_match: Command lines that it must leave to others.
    """
    for line in match:
        if not _decides_about(rule, line):
            return f"the rule {rule.name} does not match its example {line!r}"
    for line in no_match:
        if _decides_about(rule, line):
            return f"the rule {rule.name} matches {line!r}, which it must not"
    return ""


def _decides_about(rule: CommandRule, line: str) -> bool:
    from vtcode.policy.shell import parse

    parsed = parse(line)
    if rule.decision == "allow":
        return parsed.plain and all(_allows(rule, part) for part in parsed.parts)
    return _catching(parsed, (rule,)) is not None


@lru_cache(maxsize=64)
def _rules_that(decision: Decision, rules: CommandRules) -> tuple[CommandRule, ...]:
    verb = "ask" if decision == "prompt" else decision
    lists: tuple[tuple[str, Literal["words", "glob", "regex"]], ...] = (
        (f"{verb}_list", "words"),
        (f"{verb}_glob", "glob"),
        (f"{verb}_regex", "regex"),
    )
    listed = [
        CommandRule(decision=decision, key=f"commands.{key}", **{kind: entry})
        for key, kind in lists
        for entry in getattr(rules, key)
    ]
    return (*listed, *(rule for rule in rules.rules if rule.decision == decision))


def _allows(rule: CommandRule, part: SimpleCommand) -> bool:
    """Whether the rule speaks of all of this simple command, read strictly."""
    words = part.words
    if rule.words:
        prefix = _entry_words(rule.words)
        return bool(prefix) and words[: len(prefix)] == prefix
    if part.joined_by == "|":
        # A pattern may be nothing but `bash`, which is not `anything | bash`.
        return False
    texts = {shlex.join(words)}
    if all(_NEEDS_NO_QUOTES.fullmatch(word) for word in words):
        texts.add(" ".join(words))
    if rule.glob:
        return any(fnmatchcase(text, rule.glob) for text in texts)
    return bool(rule.regex) and any(re.fullmatch(rule.regex, text) for text in texts)


def _catching(parsed: ParsedCommand, rules: tuple[CommandRule, ...]) -> CommandRule | None:
    """Return the first rule that finds its command anywhere in the line, read generously."""
    if not rules:
        return None
    from vtcode.policy.inner_commands import commands_in

    for words in commands_in(parsed):
        text = " ".join(words)
        for rule in rules:
            if _finds(rule, words, text):
                return rule
    return None


def _finds(rule: CommandRule, words: tuple[str, ...], text: str) -> bool:
    if rule.words:
        return _has_prefix(words, _entry_words(rule.words))
    if rule.glob:
        return fnmatchcase(text.casefold(), rule.glob.casefold())
    return bool(rule.regex) and re.search(rule.regex, text) is not None


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
