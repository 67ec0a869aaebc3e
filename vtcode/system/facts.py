"""What the policy must know about the machine before it judges: the only I/O of a judgement.

Collected just before each judgement: a link may be swapped at any time. What can't be found out is left out,
and the policy takes what is missing as a reason to ask.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.system.denied import DeniedPaths
from vtcode.system.environment import command_environment
from vtcode.system.exposure import FolderSearch, secret_in_reach
from vtcode.system.git_folders import git_folder_around, obeyed_by_git
from vtcode.system.git_helpers import git_facts
from vtcode.system.git_tracked import tracked_file
from vtcode.system.installed import found_in_path, is_of_the_system

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_MATCHES = 2_000
"""A pattern that stands for more names than this is not followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartQuery:
    """What is to be found out for one simple command."""

    program: str
    """As called: a name looked up in PATH, or a path."""
    paths: tuple[str, ...]
    """Words that name files, relative to where the command would run."""
    patterns: tuple[str, ...] = ()
    """Words with `*` or `?` that bash would expand."""
    moves: tuple[str, ...] | None = ()
    """Operands of the `cd`s before it; None: where it would run can't be told, and nothing is found out."""
    moves_may_fail: bool = False
    """What comes after these `cd`s runs even where one fails, so their folders have to be there."""
    own_moves: tuple[str, ...] = ()
    """Folders that the program itself goes to, one from the other."""
    is_git: bool = False
    may_write: bool = False
    """What git obeys around there is to be found out."""
    wrappers: tuple[str, ...] = ()
    """Programs that run it, as called."""
    search: FolderSearch | None = None
    """What it reads in folders; None: it goes through none."""
    shows_tracked: bool = False
    """It shows the content of files that git tracks without naming them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """What was found out for one simple command."""

    folder: str | None = None
    """Real path of the folder it would run in; None: it can't be told, and nothing else is known."""
    program: str = ""
    """The file that would run, as found in PATH; empty: none."""
    is_program_trusted: bool = False
    """It belongs to the system, or to this program."""
    odd_wrapper: str = ""
    """A program that runs it, as called, of which that can't be said; empty: there is none."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Real paths of the asked paths and of all matches of the patterns, links followed."""
    folders: frozenset[str] = frozenset()
    """Those of `paths` that are folders."""
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """At least the names that each pattern stands for; empty: none, the word stays as it is."""
    git_helpers: tuple[str, ...] | None = None
    """Configuration keys and hooks through which a reading git command would run a program; None: unknown."""
    git_top: str = ""
    """Real path of the work tree that a git command would run in; empty: there is none."""
    secret_in_reach: str | None = ""
    """A file that may hold secrets, or is closed, and that its search through folders would read; None: there
    is too much to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found out for one action."""

    workspace: str
    """Real path."""
    added_folders: tuple[str, ...] = ()
    """Real paths of further folders that count as the workspace."""
    parts: tuple[PartFacts, ...] = ()
    """One for each simple command, in order."""
    shell: str = ""
    """The file of the shell that would run the line; empty: none."""
    is_shell_trusted: bool = False
    """It belongs to the system."""
    odd_variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that change what a program makes of its words, and that program."""
    path: str = ""
    """Real path of the file of a read or write; empty: none, or not a path at all."""
    has_other_names: bool = False
    """That file has hard links, so other names, perhaps outside the workspace, hold the same content."""
    git_folder: str = ""
    """Real path of the folder around that file which git would take for a repository; empty: none."""
    obeyed_by_git: tuple[str, ...] = ()
    """Real paths of further files and folders of the workspace that git obeys; empty for what only reads."""

    @property
    def roots(self) -> tuple[str, ...]:
        """Real paths of all folders that count as the workspace."""
        return (self.workspace, *self.added_folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandPlace:
    """Where a command line is to run."""

    cwd: str
    """Where the line starts."""
    workspace: str
    """The folder that the command is to stay in."""
    added_folders: tuple[str, ...] = ()
    """Further folders that it may stay in."""
    denied: DeniedPaths = field(default_factory=DeniedPaths)
    """What is closed there."""
    shell: str = "bash"
    """What is to run it: a name looked up in PATH, or a path."""


def collect(
    queries: Sequence[PartQuery], place: CommandPlace, *, environ: Mapping[str, str] | None = None
) -> Facts:
    """Find out what the judgement of a command line needs; blocks for some milliseconds, with git for more.

    Args:
        queries: One for each simple command.
        place: Where it is to run.
        environ: What the command's environment is made from; None: this process's.
    """
    environ = _command_environment(tuple((os.environ if environ is None else environ).items()))
    roots = tuple(os.path.realpath(folder) for folder in (place.workspace, *place.added_folders))

    def is_closed(path: str) -> bool:
        return bool(place.denied.rule_for(path, roots))

    parts: list[PartFacts] = []
    obeyed: list[str] = []
    for query in queries:
        start = _folder_after(query, place.cwd)
        if start is None:
            parts.append(PartFacts())
            continue
        folder = os.path.realpath(os.path.join(start, *query.own_moves))  # noqa: PTH118
        part = _part_facts(query, folder, roots, environ, shell_folder=start)
        if query.search:
            secret = _secret_in_reach(
                query.search, part, environ, is_closed if place.denied.patterns else None
            )
            part = replace(part, secret_in_reach=secret)
        if query.is_git and part.is_program_trusted:
            known = git_facts(part.program, folder, environ)
            part = replace(part, git_helpers=known.helpers, git_top=known.top)
            is_open = part.secret_in_reach == "" and known.helpers == ()
            if query.shows_tracked and place.denied.patterns and is_open:
                found = tracked_file(part.program, known.top, environ, is_closed)
                part = replace(part, secret_in_reach=found)
        if query.may_write:
            obeyed += obeyed_by_git(folder, roots, environ)
        parts.append(part)
    shell = found_in_path(place.shell, place.cwd, environ.get("PATH", ""))
    return Facts(
        workspace=roots[0],
        added_folders=roots[1:],
        parts=tuple(parts),
        shell=shell,
        is_shell_trusted=is_of_the_system(shell, roots, home=environ.get("HOME", "")),
        odd_variables=_odd_variables(environ, roots),
        obeyed_by_git=tuple(dict.fromkeys(obeyed)),
    )


def collect_path(
    path: str, *, workspace: str, added_folders: Sequence[str] = (), may_write: bool = False
) -> Facts:
    """Find out where a path, relative to the workspace or absolute, really leads."""
    root, *added = (os.path.realpath(folder) for folder in (workspace, *added_folders))
    facts = Facts(workspace=root, added_folders=tuple(added))
    try:
        real = os.path.realpath(Path(root, path))
        found = (git_folder_around(real, folder) for folder in facts.roots)
        git_folder = next((folder for folder in found if folder), "")
        facts = replace(facts, path=real, has_other_names=_has_other_names(real), git_folder=git_folder)
        return replace(facts, obeyed_by_git=_obeyed_around(real, facts.roots)) if may_write else facts
    except ValueError:  # a NUL in it, or half a surrogate pair
        return facts


@lru_cache(maxsize=4)
def _command_environment(variables: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return what commands get of these variables: each is looked through for secrets, which takes long."""
    return command_environment(dict(variables), mark="")


def _obeyed_around(path: str, roots: Sequence[str]) -> tuple[str, ...]:
    folder = next((str(parent) for parent in Path(path).parents if parent.is_dir()), "/")
    return obeyed_by_git(folder, roots, _command_environment(tuple(os.environ.items())))


def _has_other_names(path: str) -> bool:
    try:
        state = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(state.st_mode) and state.st_nlink > 1


def _folder_after(query: PartQuery, cwd: str) -> str | None:
    """Return the real path of the folder that the shell is in after its `cd`s; None: it can't be told."""
    if query.moves is None:
        return None
    places = [os.path.join(cwd, *query.moves[:count]) for count in range(len(query.moves) + 1)]  # noqa: PTH118
    if query.moves_may_fail and not all(os.path.isdir(p) and os.access(p, os.X_OK) for p in places):  # noqa: PTH112
        return None
    real = os.path.realpath(places[-1])
    # Bash takes `..` off the text, the system goes up from where a link leads to.
    return real if real == os.path.realpath(os.path.normpath(places[-1])) else None


def _part_facts(
    query: PartQuery, folder: str, roots: Sequence[str], environ: Mapping[str, str], *, shell_folder: str
) -> PartFacts:
    search_path, home = environ.get("PATH", ""), environ.get("HOME", "")
    program = found_in_path(query.program, shell_folder, search_path)
    wrappers = {name: found_in_path(name, shell_folder, search_path) for name in query.wrappers}
    odd = (name for name, found in wrappers.items() if not is_of_the_system(found, roots, home=home))
    matches = {
        pattern: names
        for pattern in query.patterns
        if (names := _matching_names(pattern, folder)) is not None
    }
    words = {*query.paths, *query.patterns, *(name for names in matches.values() for name in names)}
    paths = {word: os.path.realpath(f"{folder}/{word}" if word[:1] != "/" else word) for word in words}
    return PartFacts(
        folder=folder,
        program=program,
        is_program_trusted=is_of_the_system(program, roots, home=home),
        odd_wrapper=next(odd, ""),
        paths=paths,
        folders=frozenset(word for word, real in paths.items() if os.path.isdir(real)),  # noqa: PTH112
        matches=matches,
    )


def _secret_in_reach(
    search: FolderSearch, part: PartFacts, environ: Mapping[str, str], is_closed: Callable[[str], bool] | None
) -> str | None:
    folder = part.folder or ""
    starts = [name for word in search.operands for name in part.matches.get(word) or (word,)]
    reals = [part.paths.get(name, folder) for name in starts] or [folder]
    # The user's own configuration of ripgrep may have it look at hidden files.
    if "RIPGREP_CONFIG_PATH" in environ:
        search = replace(search, skips_hidden=False)
    return secret_in_reach(reals, search, is_closed=is_closed)


# Patterns


def _matching_names(pattern: str, folder: str) -> tuple[str, ...] | None:
    """Return at least the names that bash would put in place of `pattern`; None: too many, or unreadable.

    Every `?` is taken for `*`, since what one character is depends on the locale, as does how other letters
    than ASCII's compare.
    """
    if not pattern.isascii():
        return None
    prefixes = ["/" if pattern.startswith("/") else ""]
    names = [name for name in pattern.split("/") if name]
    for place, name in enumerate(names):
        slash = "/" if place + 1 < len(names) else ""
        if "*" not in name and "?" not in name:
            prefixes = [prefix + name + slash for prefix in prefixes]
            continue
        prefixes = [
            prefix + match + slash
            for prefix in prefixes
            for match in _entries(folder, prefix, name, bool(slash))
        ]
        if len(prefixes) > MAX_MATCHES:
            return None
    return tuple(prefix for prefix in prefixes if os.path.lexists(Path(folder, prefix)))


def _entries(folder: str, prefix: str, pattern: str, folders_only: bool) -> list[str]:
    form = pattern.replace("?", "*")
    try:
        with os.scandir(Path(folder, prefix)) as entries:
            return [
                entry.name
                for entry in entries
                if fnmatchcase(entry.name, form)
                and (pattern.startswith(".") or not entry.name.startswith("."))
                and (not folders_only or entry.is_dir())
            ]
    except OSError:
        return []


# The environment

EVERY_PROGRAM = "*"
"""Stands for all programs in `Facts.odd_variables`."""
_ODD_VARIABLES = {"GIT_EXTERNAL_DIFF": "git", "POSIXLY_CORRECT": EVERY_PROGRAM}


def _odd_variables(environ: Mapping[str, str], roots: Sequence[str]) -> dict[str, str]:
    odd = {name: program for name, program in _ODD_VARIABLES.items() if name in environ}
    ripgrep = environ.get("RIPGREP_CONFIG_PATH", "")
    if ripgrep and any(Path(os.path.realpath(ripgrep)).is_relative_to(root) for root in roots):
        odd["RIPGREP_CONFIG_PATH"] = "rg"
    return odd
