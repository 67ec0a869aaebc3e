"""Which protected file a command may write to, by its words alone. Pure.

Read generously: a command that names such a file, in whatever form, is taken to write it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from vtcode.policy.inner_commands import inner_commands, inner_texts
from vtcode.policy.paths import protected_by_pattern, protected_mention
from vtcode.policy.readonly_programs import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIT = ".git"
_WRITERS_OF_GIT = (
    ("git", "config"), ("git", "init"), ("git", "submodule", "add"), ("git", "worktree", "add"),
    ("pre-commit", "install"), ("husky",), ("lefthook", "install"), ("overcommit", "--install"),
    ("simple-git-hooks",),
)  # fmt: skip
"""Commands that change what git obeys without a word that says so."""
_SHOWS_SETTINGS = frozenset({"--get", "--get-all", "--get-regexp", "--get-urlmatch", "--list", "-l"})
_FIND_PATTERNS = frozenset({"-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename", "-lname"})
_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_WRITES = frozenset({"-delete", "-fls", "-fprint", "-fprint0", "-fprintf"})
_LOOKS_LIKE_SHELL = re.compile(r"[\s;|&<>()$]")
_QUOTES = re.compile(r"['\"\\]")


def protected_write(words: tuple[str, ...]) -> str:
    """Return the protected name that the command `words`, which does not only read, may write to."""
    if found := next((found for word in words if (found := protected_mention(word))), ""):
        return found
    for text in inner_texts(words):
        if _LOOKS_LIKE_SHELL.search(text) and (found := protected_mention(_unquoted(text), is_shell=True)):
            return found
    for command in inner_commands(words):
        if command[:2] == ("git", "config") and not _SHOWS_SETTINGS.isdisjoint(command):
            continue
        if any(command[: len(writer)] == writer for writer in _WRITERS_OF_GIT):
            return _GIT
    return next((found for pattern in _found_to_write(words) if (found := protected_by_pattern(pattern))), "")


def _unquoted(text: str) -> str:
    return _QUOTES.sub("", text)


def _found_to_write(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the patterns of names that a `find` deletes, or hands to a program that may write."""
    if words[0].rpartition("/")[2] != "find":
        return
    run = {behind for word, behind in pairwise(words) if word in _FIND_RUNS}
    writing = any(name not in PROGRAMS or name == "sed" for name in run)
    if writing or not _FIND_WRITES.isdisjoint(words):
        for word, pattern in pairwise(words):
            if word in _FIND_PATTERNS:
                yield pattern.rpartition("/")[2]
