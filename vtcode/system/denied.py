"""Paths that the user closed to the model: `[paths] deny`. Pure.

Names are compared as the laxest file system would: `Secrets` closes `secrets`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from vtcode.system.globs import glob_regex
from vtcode.system.sensitive import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

_Form: TypeAlias = tuple[str, re.Pattern[str], re.Pattern[str] | None]
"""A pattern, what it means for a whole path, and what for a path below a root of the workspace."""
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedPaths:
    """What is closed, with everything in it."""

    patterns: tuple[str, ...] = ()
    """Globs: with a leading `/` or `~/` from there, with a slash inside from the workspace's top, else a name
    in any folder of the workspace."""
    home: str = ""
    """What `~` stands for; empty: nothing."""

    def rule_for(self, path: str, roots: Sequence[str]) -> str:
        """Name the rule that closes an absolute path; empty: none does.

        Args:
            path: Without `.` and `..`.
            roots: The folders that count as the workspace.
        """
        if not self.patterns:
            return ""
        whole = _comparable(path)
        tops = [_comparable(root.rstrip("/")) for root in roots]
        below = [whole[len(top) :] for top in tops if f"{whole}/".startswith(f"{top}/")]
        for pattern, anywhere, inside in _forms(self.patterns, self.home):
            if anywhere.fullmatch(whole) or (inside and any(inside.fullmatch(rest) for rest in below)):
                return f'paths.deny "{pattern}"'
        return ""


def pattern_problem(pattern: str) -> str:
    """Say why a text can't close anything; empty: it can."""
    if not pattern.strip("/ ."):
        return "it would close everything"
    if pattern.startswith("~") and not pattern.startswith("~/"):
        return "`~` is your own home folder only: `~/…`"
    if ".." in pattern.split("/"):
        return "it leads out of the workspace: write it from `/` or `~/`"
    try:
        re.compile(glob_regex(pattern))
    except re.error as error:
        return f"not a pattern: {error}"
    return ""


@lru_cache(maxsize=16)
def _forms(patterns: tuple[str, ...], home: str) -> tuple[_Form, ...]:
    return tuple(_form(pattern, home) for pattern in patterns)


def _form(pattern: str, home: str) -> _Form:
    plain = pattern.rstrip("/").removesuffix("/**").casefold()
    if plain.startswith("~/"):
        expression = re.escape(_comparable(home)) + "/" + glob_regex(f"./{plain[2:]}")
        return pattern, _with_content(expression) if home else _NEVER, None
    if plain.startswith("/"):
        return pattern, _with_content("/" + glob_regex(plain)), None
    return pattern, _NEVER, _with_content("/" + glob_regex(plain))


def _with_content(expression: str) -> re.Pattern[str]:
    return re.compile(f"(?:{expression})(?:/.*)?", re.DOTALL)


def _comparable(path: str) -> str:
    return "/".join(folded(name) for name in path.split("/"))
