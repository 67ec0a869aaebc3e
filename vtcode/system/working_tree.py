"""What git says is changed in a folder since the last commit; only asked where git runs no other program."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.errors import NoWorkingTree
from vtcode.system.environment import command_environment
from vtcode.system.finding import find_program
from vtcode.system.git_helpers import git_facts

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 20.0
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "core.quotePath=false")
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""Git's name for a tree without files, in repositories by SHA-1."""
_STATUS = ("--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=all", "--untracked-files=all")
_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all", "--relative")
_MOST_CHARACTERS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTree:
    """What differs from the last commit."""

    files: tuple[str, ...]
    """A mark of git's and a path each, relative to the folder: `M src/a.py`, `?? new.py`."""
    diff: str
    """Of files that git keeps; the others are only listed."""


def working_tree(folder: Path) -> WorkingTree:
    """Return what is changed in `folder`; blocks for as long as git takes.

    Raises:
        NoWorkingTree: There is no git or no repository, git fails, or it would run another program.
    """
    git = find_program("git", outside=(os.path.realpath(folder),))
    environment = command_environment(os.environ, mark="") | {"GIT_OPTIONAL_LOCKS": "0"}
    if not git:
        raise NoWorkingTree("git is not installed, so nobody knows what was changed.")
    facts = git_facts(git, os.path.realpath(folder), environment)
    if not facts.top:
        raise NoWorkingTree(f"{folder} is in no git repository, so there is no diff to look at.")
    if facts.helpers is None or facts.helpers:
        named = ", ".join(facts.helpers or ("unknown",))
        raise NoWorkingTree(
            f"To compare files, git would run programs that this repository names: {named}.",
            hint="If you trust them, run !git diff yourself.",
        )

    def ask(*arguments: str) -> str:
        return _answer([git, *_SAFE, *arguments], folder, environment)

    status = ask("status", *_STATUS, "--", ".")
    prefix = ask("rev-parse", "--show-prefix").removesuffix("\n")
    base = "HEAD" if _has_commits(git, folder, environment) else _EMPTY_TREE
    files = (f"{entry[:2].strip()} {entry[3:].removeprefix(prefix)}" for entry in status.split("\0") if entry)
    return WorkingTree(files=tuple(files), diff=ask("diff", *_DIFF, base, "--", "."))


def _has_commits(git: str, folder: Path, environment: dict[str, str]) -> bool:
    try:
        _answer([git, *_SAFE, "rev-parse", "--verify", "--quiet", "HEAD"], folder, environment)
    except NoWorkingTree:
        return False
    return True


def _answer(argv: list[str], folder: Path, environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoWorkingTree("git can't tell what was changed.", hint="Try !git status.") from error
    return done.stdout.decode(errors="replace")[:_MOST_CHARACTERS]
