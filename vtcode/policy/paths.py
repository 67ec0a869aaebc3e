"""Which paths are more than ordinary files, because other programs obey what stands in them. Pure."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from vtcode.system.inside import is_inside
from vtcode.system.sensitive import folded, is_sensitive_name, names_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.system.facts import Facts

# What belongs here is obeyed by a program that nobody asked to run the project's code: by git and what
# hangs on its hooks, a shell or a terminal as it starts, an editor as it opens the folder, a coding agent
# as it reads its instructions, direnv on `cd`, and a CI server, which has rights of its own, on the next
# push. Not here is what runs when somebody builds, tests or runs the project (package.json, Makefile,
# conftest.py, build.rs): it is code like any other, changes every day, and what runs it is judged as a
# command. Nor is `hooks`, an everyday name for source folders. `git~1` is the short name of `.git` on FAT.
PROTECTED_NAMES = frozenset(
    {
        ".git", "git~1", ".gitconfig", ".gitmodules", ".githooks", ".husky", ".lefthook", "lefthook.yml",
        "lefthook.yaml", "lefthook.toml", "lefthook.json", "lefthook-local.yml", ".lefthook.yml",
        ".lefthook.yaml", ".lefthook.toml", ".lefthook-local.yml", ".pre-commit-config.yaml",
        ".hg", ".hgrc", ".jj",
        "vtcode.toml", ".vtcode", "agents.md", "agents.override.md", "claude.md", "claude.local.md",
        "gemini.md", ".agents", ".claude", ".codex", ".gemini", ".mcp.json", ".cursorrules", ".windsurfrules",
        ".clinerules", ".aider.conf.yml", ".opencode", "opencode.json", ".continue", ".roo", ".roorules",
        ".kilocode", ".kiro", ".qwen", "qwen.md", "crush.md", ".junie", ".amazonq", ".rules",
        ".vscode", ".cursor", ".windsurf", ".idea", ".zed", ".fleet", ".devcontainer", ".devcontainer.json",
        ".dir-locals.el", ".emacs", ".emacs.d", ".vim", ".vimrc", ".exrc", ".nvimrc", ".nvim.lua",
        ".lvimrc", ".helix", ".gdbinit", ".lldbinit", ".pdbrc", ".ghci", ".iex.exs", ".octaverc",
        ".ocamlinit", ".rprofile",
        ".github", ".gitlab-ci.yml", ".circleci", ".travis.yml", ".forgejo", ".gitea", ".woodpecker",
        ".woodpecker.yml", ".drone.yml", ".buildkite", "bitbucket-pipelines.yml", "azure-pipelines.yml",
        "jenkinsfile",
        ".envrc", ".mise", ".mise.toml", ".mise.local.toml", "mise.toml", "mise.local.toml",
        ".netrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".ssh",
        ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc",
        ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".cshrc", ".tcshrc", ".login", ".inputrc",
        "config.fish", ".xprofile", ".xinitrc", ".xsession", ".xsessionrc", ".pam_environment", ".tmux.conf",
        ".screenrc",
    }
)  # fmt: skip
"""Files and folders that other programs obey: writing there is always asked, whatever is allowed.

As `folded` returns them.
"""

RESERVED_NAMES = (
    ".git", "vtcode.toml", ".vtcode", "AGENTS.md", ".envrc", ".vscode", ".mcp.json", ".githooks", ".husky",
)  # fmt: skip
"""Those that a command in a sandbox can't create at the top of the workspace, as they are written there.

Few, because each is an empty folder there while a command runs.
"""

_BETWEEN_NAMES = re.compile(r"[/=:,;|&<>(){}'\"`\\]+")
_BETWEEN_WORDS = re.compile(r"[\s/=:,;|&<>(){}'\"`\\]+")
_SHELL_MARKS = re.compile(r"[;|&<>]")


def root_of(real: str, roots: Sequence[str]) -> str:
    """Return the outermost of the folders that the real path `real` is or lies in; empty: none of them.

    The outermost, because every name below it counts in a judgement.
    """
    return min((root for root in roots if is_inside(real, root)), key=len, default="")


def is_obeyed(real: str, facts: Facts) -> bool:
    """Tell whether git obeys what stands at this path, by its configuration."""
    return any(is_inside(real, place) for place in facts.obeyed_by_git)


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
            if is_shell and (found := protected_by_pattern(plain)):
                return found
    return ""


def sensitive_mention(word: str) -> str:
    """Return the name in a command's word, in whatever form, of what is likely to hold secrets."""
    divider = _BETWEEN_WORDS if _SHELL_MARKS.search(word) else _BETWEEN_NAMES
    names = (name.lstrip("@") for name in divider.split(word))
    forms = (form for name in names for form in (name, name[2:] if name[:1] == "-" else ""))
    return next((form for form in forms if form and is_sensitive_name(form)), "")


def protected_by_pattern(pattern: str) -> str:
    """Return a protected name that fits a pattern with `*` or `?`; empty: none, or it fits every name."""
    plain = folded(pattern)
    if ("*" in plain or "?" in plain) and plain.strip("*?"):
        return next((name for name in sorted(PROTECTED_NAMES) if fnmatchcase(name, plain)), "")
    return ""
