"""What the user has answered "always" to, per workspace, in a file that belongs to the program.

A rule is spelled as it is shown: `write_file` is a whole tool, `run_pty_cmd(git add *)` a command with any
further words, `run_pty_cmd(npm test)` exactly this line.
"""

from __future__ import annotations

import glob
import hashlib
import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.system.owned_file import read_owned, update_owned

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from vtcode.policy.shell import ParsedCommand

_COMMAND_RULE = re.compile(r"run_pty_cmd\((.*)\)", re.DOTALL)
_ANY_FURTHER_WORDS = " *"

# What these change is the repository's own record, whatever words follow.
_SAFE_PREFIXES = (("git", "add"), ("git", "commit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """A set of rules; for a session, or as read from a file."""

    tools: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()
    """Normalised lines (`git status -s`), or a prefix and ` *`."""
    warning: str = ""
    """Why the file could not be used; shown to the user, who is asked again meanwhile."""

    def with_rule(self, rule: str) -> Grants:
        """Return these and `rule`, spelled as `Verdict.always_rule` shows it; empty changes nothing."""
        if not rule:
            return self
        if command := _COMMAND_RULE.fullmatch(rule):
            return self.merged(Grants(commands=frozenset({command.group(1)})))
        return self.merged(Grants(tools=frozenset({rule})))

    def without_rule(self, rule: str) -> Grants:
        """Return these without `rule`, spelled as it is shown."""
        gone = Grants().with_rule(rule)
        return replace(self, tools=self.tools - gone.tools, commands=self.commands - gone.commands)

    def merged(self, other: Grants) -> Grants:
        """Return the rules of both."""
        return Grants(
            tools=self.tools | other.tools,
            commands=self.commands | other.commands,
            warning=self.warning or other.warning,
        )

    def rules(self) -> tuple[str, ...]:
        """Return every rule as it is shown, in order of the alphabet."""
        return tuple(sorted((*self.tools, *(f"run_pty_cmd({line})" for line in self.commands))))

    def as_globs(self) -> tuple[str, ...]:
        """Return the commands as shell patterns that allow no more."""
        return tuple(_as_glob(line) for line in sorted(self.commands))

    def allowing_line(self, parsed: ParsedCommand) -> str:
        """Name the rule that allows exactly this plain line; empty: none."""
        line = normalised(parsed)
        return f'grant "{line}"' if line in self.commands else ""

    def allowing_words(self, words: tuple[str, ...]) -> str:
        """Name the rule that allows this one simple command; empty: none."""
        line = shlex.join(words)
        if line in self.commands:
            return f'grant "{line}"'
        for length in range(1, len(words) + 1):
            rule = shlex.join(words[:length]) + _ANY_FURTHER_WORDS
            if rule in self.commands:
                return f'grant "{rule}"'
        return ""


def normalised(parsed: ParsedCommand) -> str:
    """Return a plain line with one spelling for all that means the same."""
    texts: list[str] = []
    for part in parsed.parts:
        texts += [part.joined_by, shlex.join(part.words)]
    return " ".join(text for text in texts if text)


def rule_for_words(words: tuple[str, ...]) -> str:
    """Spell the rule that allows this one simple command: its exact words, or a prefix that is as safe."""
    prefix = next((safe for safe in _SAFE_PREFIXES if words[: len(safe)] == safe), None)
    line = shlex.join(words) if prefix is None else shlex.join(prefix) + _ANY_FURTHER_WORDS
    return _command_rule(line)


def rule_for_line(parsed: ParsedCommand) -> str:
    """Spell the rule that allows exactly this plain line."""
    return _command_rule(normalised(parsed))


def grants_file(state: Path, workspace: Path) -> Path:
    """Return where the grants of `workspace` are kept, under the state folder."""
    real = str(workspace.resolve())
    readable = re.sub(r"[^A-Za-z0-9._-]", "_", workspace.name)[:40] or "root"
    return state / "grants" / f"{readable}-{hashlib.sha256(real.encode()).hexdigest()[:16]}.toml"


def load(file: Path) -> Grants:
    """Read the grants; a missing file holds none, a broken one holds none and says so in `warning`."""
    document, problem = read_owned(file)
    grants = _grants(document)
    if problem or grants is None:
        return Grants(warning=f"{file}: {problem or 'not a list of rules'}; no stored rule is in force")
    return grants


def save(file: Path, grants: Grants) -> Grants:
    """Add `grants` to those in the file and return both; a broken file is kept beside it.

    Raises:
        UnwritableFolder: The file can't be written.
    """

    def add(document: dict[str, Any]) -> dict[str, Any]:
        both = grants.merged(_grants(document) or Grants())
        return {"tools": sorted(both.tools), "commands": sorted(both.commands)}

    update_owned(file, add, is_usable=lambda document: _grants(document) is not None)
    return load(file)


def forget(file: Path, rule: str) -> None:
    """Take one rule, spelled as it is shown, out of the file.

    Raises:
        UnwritableFolder: The file can't be written.
    """

    def remove(document: dict[str, Any]) -> dict[str, Any]:
        left = (_grants(document) or Grants()).without_rule(rule)
        return {"tools": sorted(left.tools), "commands": sorted(left.commands)}

    update_owned(file, remove, is_usable=lambda document: _grants(document) is not None)


def rule_for_text(text: str) -> str:
    """Spell the rule that a person means by `npm test` or `npm run *`; empty: it is no single plain command.

    A `*` at the end stands for any further words.
    """
    from vtcode.policy.shell import parse

    line = text.strip()
    words, star = line.removesuffix(_ANY_FURTHER_WORDS), line.endswith(_ANY_FURTHER_WORDS)
    parsed = parse(words)
    if not parsed.plain or len(parsed.parts) != 1:
        return ""
    return _command_rule(shlex.join(parsed.parts[0].words) + (_ANY_FURTHER_WORDS if star else ""))


def _grants(document: dict[str, Any]) -> Grants | None:
    lists = [document.get("tools", []), document.get("commands", [])]
    if not all(isinstance(rules, list) and all(isinstance(rule, str) for rule in rules) for rules in lists):
        return None
    return Grants(tools=frozenset(lists[0]), commands=frozenset(lists[1]))


def _as_glob(line: str) -> str:
    words = line.removesuffix(_ANY_FURTHER_WORDS)
    return glob.escape(words) + line[len(words) :]


def _command_rule(line: str) -> str:
    # A rule is shown on one line, whole.
    return "" if "\n" in line else f"run_pty_cmd({line})"
