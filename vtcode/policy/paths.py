"""Which paths are more than ordinary files: those that steer programs, and those that hold secrets. Pure.

Names are compared as the laxest file system would: without case, compatibility forms, invisible characters
and trailing dots.
"""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

PROTECTED_NAMES = frozenset(
    {
        ".git", ".gitconfig", ".githooks", ".husky", "vtcode.toml", ".vtcode", "agents.md", ".envrc",
        ".vscode", ".mcp.json", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout",
        ".bash_aliases", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc",
        ".cshrc", ".tcshrc", ".login", ".inputrc", "config.fish",
    }
)  # fmt: skip
"""Files and folders that other programs obey: writing there is always asked, whatever is allowed."""

_SENSITIVE_NAMES = frozenset(
    {
        ".git", ".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure", ".env", ".envrc", ".netrc",
        ".npmrc", ".pypirc", ".git-credentials", ".htpasswd", ".pgpass", "id_rsa", "id_dsa", "id_ecdsa",
        "id_ed25519",
    }
)  # fmt: skip
_SENSITIVE_PATTERNS = (".env.*", "*.pem", "*.key", "*.p12", "*.pfx", "*.kdbx", "*.keystore")
_HARMLESS_ENV_FILES = frozenset({".env.example", ".env.sample", ".env.template", ".env.dist"})

_BETWEEN_NAMES = re.compile(r"[/=:,;|&<>(){}'\"`\\]+")
_BETWEEN_WORDS = re.compile(r"[\s/=:,;|&<>(){}'\"`\\]+")
_SHELL_MARKS = re.compile(r"[;|&<>]")


def is_inside(real: str, folder: str) -> bool:
    """Whether the real path `real` is `folder` or lies in it."""
    path = PurePosixPath(real)
    return path.is_absolute() and ".." not in path.parts and path.is_relative_to(folder)


def protected_name(path: str, workspace: str = "") -> str:
    """Return the protected file or folder that `path` is or lies in, else an empty text.

    A path inside `workspace` is judged by its part below it.
    """
    names = _names_below(path, workspace)
    return next((name for name in names if _folded(name) in PROTECTED_NAMES), "")


def protected_mention(text: str, *, is_shell: bool = False) -> str:
    """Return the protected name that a word may name, in whatever form (`--output=.git/x`, `a:.git`).

    With `is_shell`, `text` is a line that could not be read: blanks divide names too, and `.gi?` names what
    it may stand for. Blanks also divide a word that looks like a command of its own.
    """
    divider = _BETWEEN_WORDS if is_shell or _SHELL_MARKS.search(text) else _BETWEEN_NAMES
    for name in divider.split(text):
        for candidate in (name, name[2:] if name.startswith("-") else ""):
            folded = _folded(candidate)
            if folded in PROTECTED_NAMES:
                return folded
            if is_shell and (found := _protected_by_pattern(folded)):
                return found
    return ""


def is_sensitive(path: str, workspace: str) -> bool:
    """Whether `path` is, or lies in, something that is likely to hold secrets."""
    return any(_is_sensitive_name(_folded(name)) for name in _names_below(path, workspace))


def _protected_by_pattern(folded: str) -> str:
    if ("*" in folded or "?" in folded) and folded.strip("*?"):
        return next((name for name in sorted(PROTECTED_NAMES) if fnmatchcase(name, folded)), "")
    return ""


def _is_sensitive_name(folded: str) -> bool:
    if folded in _HARMLESS_ENV_FILES:
        return False
    return folded in _SENSITIVE_NAMES or any(fnmatchcase(folded, form) for form in _SENSITIVE_PATTERNS)


def _names_below(path: str, workspace: str) -> list[str]:
    below = PurePosixPath(path)
    if workspace and below.is_relative_to(workspace):
        below = below.relative_to(workspace)
    # `HEAD:.env` names a file to git.
    return [name for part in below.parts for name in {part, *part.split(":")}]


def _folded(name: str) -> str:
    visible = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    folded = visible.casefold()
    return folded.rstrip(". ") or folded
