"""Which paths are more than ordinary files, because other programs obey what stands in them. Pure."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from vtcode.system.sensitive import folded, names_below

if TYPE_CHECKING:
    from collections.abc import Sequence

PROTECTED_NAMES = frozenset(
    {
        ".git", ".gitconfig", ".githooks", ".husky", "vtcode.toml", ".vtcode", "agents.md", ".envrc",
        ".vscode", ".mcp.json", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout",
        ".bash_aliases", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc",
        ".cshrc", ".tcshrc", ".login", ".inputrc", "config.fish",
    }
)  # fmt: skip
"""Files and folders that other programs obey: writing there is always asked, whatever is allowed."""

_BETWEEN_NAMES = re.compile(r"[/=:,;|&<>(){}'\"`\\]+")
_BETWEEN_WORDS = re.compile(r"[\s/=:,;|&<>(){}'\"`\\]+")
_SHELL_MARKS = re.compile(r"[;|&<>]")


def is_inside(real: str, folder: str) -> bool:
    """Whether the real path `real` is `folder` or lies in it."""
    path = PurePosixPath(real)
    return path.is_absolute() and ".." not in path.parts and path.is_relative_to(folder)


def root_of(real: str, roots: Sequence[str]) -> str:
    """Return the outermost of the folders that the real path `real` is or lies in; empty: none of them.

    The outermost, because every name below it counts in a judgement.
    """
    return min((root for root in roots if is_inside(real, root)), key=len, default="")


def protected_name(path: str, workspace: str = "") -> str:
    """Return the protected file or folder that `path` is or lies in, else an empty text.

    A path inside `workspace` is judged by its part below it.
    """
    names = names_below(path, workspace)
    return next((name for name in names if folded(name) in PROTECTED_NAMES), "")


def protected_mention(text: str, *, is_shell: bool = False) -> str:
    """Return the protected name that a word may name, in whatever form (`--output=.git/x`, `a:.git`).

    With `is_shell`, `text` is a line that could not be read: blanks divide names too, and `.gi?` names what
    it may stand for. Blanks also divide a word that looks like a command of its own.
    """
    divider = _BETWEEN_WORDS if is_shell or _SHELL_MARKS.search(text) else _BETWEEN_NAMES
    for name in divider.split(text):
        for candidate in (name, name[2:] if name.startswith("-") else ""):
            plain = folded(candidate)
            if plain in PROTECTED_NAMES:
                return plain
            if is_shell and (found := _protected_by_pattern(plain)):
                return found
    return ""


def _protected_by_pattern(plain: str) -> str:
    if ("*" in plain or "?" in plain) and plain.strip("*?"):
        return next((name for name in sorted(PROTECTED_NAMES) if fnmatchcase(name, plain)), "")
    return ""
