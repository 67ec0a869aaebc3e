"""Which closed path an action names: `[paths] deny`. Pure.

A word that is a closed path denies its line. What only may name one, as a part of a word does, has it asked:
a commit's message may say the same.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.actions import ReadAction, WriteAction
    from vtcode.policy.shell import ParsedCommand
    from vtcode.system.denied import DeniedPaths
    from vtcode.system.facts import Facts, PartFacts

_BETWEEN_WORDS = re.compile(r"[\s;|&<>(){}$`=]+")
_QUOTES = re.compile(r"\\\n|['\"\\]")
_WITHIN_WORDS = re.compile(r"[=:,@]+")


def rule_for_file(action: ReadAction | WriteAction, denied: DeniedPaths, facts: Facts) -> str:
    """Name the rule that closes the file or folder of a call; empty: none."""
    paths = (_absolute(action.path, facts.workspace, denied.home), facts.path)
    return next((rule for path in paths if path and (rule := denied.rule_for(path, facts.roots))), "")


def rule_for_line(parsed: ParsedCommand, cwd: str, denied: DeniedPaths, facts: Facts) -> str:
    """Name the rule that closes a path which a line names; empty: none.

    A line of which it can't be told what it names, or where it would run, names every word that stands in it.
    """
    if not denied.patterns:
        return ""
    paths = [_absolute(cwd, facts.workspace, denied.home)]
    if parsed.is_exact and all(part.folder for part in facts.parts):
        paths += [path for part in facts.parts for path in _paths_of(part, denied)]
    else:
        words = _BETWEEN_WORDS.split(_QUOTES.sub("", parsed.line))
        paths += [_absolute(word, cwd, denied.home) for word in words if word]
    return next((rule for path in paths if (rule := denied.rule_for(path, facts.roots))), "")


def rule_for_piece(parsed: ParsedCommand, denied: DeniedPaths, facts: Facts) -> str:
    """Name the rule that closes what a part of a word names: `--output=secrets/a`, `HEAD:secrets/a`.

    Where it can't be told where a part would run, any rule may.
    """
    if not denied.patterns or not parsed.is_exact:
        return ""
    for part, known in zip(parsed.parts, facts.parts, strict=False):
        if known.folder is None:
            return "paths.deny"
        for piece in (piece for word in part.words for piece in _pieces(word)):
            if rule := denied.rule_for(_absolute(piece, known.folder, denied.home), facts.roots):
                return rule
    return ""


def _paths_of(part: PartFacts, denied: DeniedPaths) -> Iterator[str]:
    """Yield the paths that a part names, as written and with links followed."""
    folder = part.folder or "/"
    yield folder
    for word, real in part.paths.items():
        yield real
        yield _absolute(word, folder, denied.home)


def _pieces(word: str) -> Iterator[str]:
    pieces = _WITHIN_WORDS.split(word)
    yield from pieces[1:]
    if word.startswith("-") and len(word) > 2:
        yield pieces[0][2:]
    elif len(pieces) > 1:
        yield pieces[0]


def _absolute(path: str, folder: str, home: str) -> str:
    if home and path.startswith("~/"):
        path = home + path[1:]
    return posixpath.normpath(posixpath.join(folder, path))
