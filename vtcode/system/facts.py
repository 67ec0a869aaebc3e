"""What the policy must know about the machine before it judges: the only I/O of a judgement.

Collected just before the judgement, never cached between calls: a link may be swapped at any time. What can't
be found out is left out, and the policy takes what is missing as a reason to ask.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from vtcode.system.environment import command_environment
from vtcode.system.exposure import FolderSearch, secret_in_reach
from vtcode.system.git_folders import git_folder_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_MATCHES = 2_000
"""A pattern that stands for more names than this is not followed."""
_MAX_SUBMODULES = 16
_GIT_TIMEOUT_S = 3.0
_SCRATCH_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp")  # noqa: S108


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
    is_git: bool = False
    search: FolderSearch | None = None
    """What it reads in folders; None: it goes through none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """What was found out for one simple command."""

    folder: str | None = None
    """Real path of the folder it would run in; None: it can't be told, and nothing else is known."""
    program: str = ""
    """The file that would run, as found in PATH; empty: none."""
    is_program_trusted: bool = False
    """It lies outside the workspace and scratch folders, where not everybody may write."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Real paths of the asked paths and of all matches of the patterns, links followed."""
    folders: frozenset[str] = frozenset()
    """Those of `paths` that are folders."""
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """At least the names that each pattern stands for; empty: none, the word stays as it is."""
    git_helpers: tuple[str, ...] | None = None
    """Configuration keys and hooks through which a reading git command would run a program; None: unknown."""
    secret_in_reach: str | None = ""
    """A file that may hold secrets and that its search through folders would read; None: there is too much to
    look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found out for one action."""

    workspace: str
    """Real path."""
    added_folders: tuple[str, ...] = ()
    """Real paths of further folders that count as the workspace."""
    parts: tuple[PartFacts, ...] = ()
    """One for each simple command, in order."""
    odd_variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that change what a program makes of its words, and that program."""
    path: str = ""
    """Real path of the file of a read or write; empty: none, or not a path at all."""
    has_other_names: bool = False
    """That file has hard links, so other names, perhaps outside the workspace, hold the same content."""
    git_folder: str = ""
    """Real path of the folder around that file which git would take for a repository; empty: none."""

    @property
    def roots(self) -> tuple[str, ...]:
        """Real paths of all folders that count as the workspace."""
        return (self.workspace, *self.added_folders)


def collect(
    queries: Sequence[PartQuery],
    *,
    cwd: str,
    workspace: str,
    added_folders: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Facts:
    """Find out what the judgement of a command line needs; blocks for some milliseconds, with git for more.

    Args:
        queries: One for each simple command.
        cwd: Where the line starts.
        workspace: The folder that the command is to stay in.
        added_folders: Further folders that it may stay in.
        environ: What the command's environment is made from; None: this process's.
    """
    environ = command_environment(os.environ if environ is None else environ, mark="")
    roots = tuple(os.path.realpath(folder) for folder in (workspace, *added_folders))
    git_helpers: dict[str, tuple[str, ...] | None] = {}
    parts: list[PartFacts] = []
    for query in queries:
        if query.moves is None:
            parts.append(PartFacts())
            continue
        folder = os.path.realpath(os.path.join(cwd, *query.moves))  # noqa: PTH118
        part = _part_facts(query, folder, roots, environ)
        if query.is_git and part.is_program_trusted:
            if folder not in git_helpers:
                git_helpers[folder] = _git_helpers(part.program, folder, environ)
            part = replace(part, git_helpers=git_helpers[folder])
        parts.append(part)
    return Facts(
        workspace=roots[0],
        added_folders=roots[1:],
        parts=tuple(parts),
        odd_variables=_odd_variables(environ, roots),
    )


def collect_path(path: str, *, workspace: str, added_folders: Sequence[str] = ()) -> Facts:
    """Find out where a path, relative to the workspace or absolute, really leads."""
    root, *added = (os.path.realpath(folder) for folder in (workspace, *added_folders))
    facts = Facts(workspace=root, added_folders=tuple(added))
    try:
        real = os.path.realpath(Path(root, path))
        found = (git_folder_around(real, folder) for folder in facts.roots)
        git_folder = next((folder for folder in found if folder), "")
        return replace(facts, path=real, has_other_names=_has_other_names(real), git_folder=git_folder)
    except ValueError:  # a NUL in it, or half a surrogate pair
        return facts


def _has_other_names(path: str) -> bool:
    try:
        state = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(state.st_mode) and state.st_nlink > 1


def _part_facts(query: PartQuery, folder: str, roots: Sequence[str], environ: Mapping[str, str]) -> PartFacts:
    program = _found_in_path(query.program, folder, environ.get("PATH", ""))
    matches = {
        pattern: names
        for pattern in query.patterns
        if (names := _matching_names(pattern, folder)) is not None
    }
    words = {*query.paths, *query.patterns, *(name for names in matches.values() for name in names)}
    paths = {word: os.path.realpath(Path(folder, word)) for word in words}
    secret: str | None = ""
    if query.search:
        starts = [name for word in query.search.operands for name in matches.get(word) or (word,)]
        reals = [paths.get(name, folder) for name in starts] or [folder]
        # The user's own configuration of ripgrep may have it look at hidden files.
        has_own_options = "RIPGREP_CONFIG_PATH" in environ
        search = replace(query.search, skips_hidden=False) if has_own_options else query.search
        secret = secret_in_reach(reals, search)
    return PartFacts(
        folder=folder,
        program=program,
        is_program_trusted=bool(program) and _is_trusted(program, roots),
        paths=paths,
        folders=frozenset(word for word, real in paths.items() if os.path.isdir(real)),  # noqa: PTH112
        matches=matches,
        secret_in_reach=secret,
    )


# Programs


def _found_in_path(name: str, folder: str, search_path: str) -> str:
    """Return what bash would run for `name` in `folder`; empty: nothing."""
    if not name:
        return ""
    if "/" in name:
        candidates: Iterator[Path] = iter([Path(folder, name)])
    else:
        # An empty or relative entry of PATH is meant from the current folder.
        candidates = (Path(folder, entry, name) for entry in search_path.split(":"))
    # os.path, because Path.is_file raises for names that are too long.
    runnable = (str(found) for found in candidates if os.path.isfile(found) and os.access(found, os.X_OK))  # noqa: PTH113
    return next(runnable, "")


def _is_trusted(program: str, roots: Sequence[str]) -> bool:
    real = os.path.realpath(program)
    places = {program, real, os.path.realpath(Path(program).parent)}
    # Texts are compared, because this is where a decision spends its time.
    untrusted = tuple(folder.rstrip("/") + "/" for folder in (*roots, *_SCRATCH_FOLDERS))
    if any(f"{place}/".startswith(untrusted) for place in places):
        return False
    try:
        modes = [os.stat(place).st_mode for place in (real, Path(real).parent, Path(program).parent)]  # noqa: PTH116
    except OSError:
        return False
    return not any(mode & stat.S_IWOTH for mode in modes)


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


# Git

_Setting: TypeAlias = tuple[str, str, str]
"""Scope, key, value."""

_HELPER_KEY = re.compile(
    r"core\.(?:fsmonitor|pager|worktree)|pager\..+|diff\.external|diff\..+\.(?:command|textconv)"
    r"|filter\..+\.(?:clean|smudge|process)|log\.showsignature|gpg\.(?:.+\.)?program"
    r"|remote\..+\.promisor|extensions\.partialclone"
)
_SIGNATURE_KEY = re.compile(r"format\.pretty|pretty\..+|(?:branch|tag)\.sort")
_OFF = frozenset({"", "false", "no", "off", "0"})
_ON = frozenset({"true", "yes", "on", "1"})
_USERS_OWN_SCOPES = frozenset({"global", "system"})
# Helpers that people set for all their repositories, spelled without a path.
_USUAL_HELPER = re.compile(r"(?:git-lfs|difft|delta)(?: [\w%.=+-]+)*")
# In the user's own configuration these are no matter: commands get GIT_PAGER=cat, which beats every pager,
# and nothing that is called read-only checks signatures.
_UNUSED_KEY = re.compile(r"core\.pager|pager\..+|gpg\..+")


def _git_helpers(git: str, folder: str, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """Name everything through which a reading git command in `folder` would run another program."""
    helpers: list[str] = []
    waiting, seen = [folder], 0
    while waiting:
        place = waiting.pop()
        seen += 1
        settings = _git_settings(git, place, environ)
        if settings is None or seen > _MAX_SUBMODULES:
            return None
        # A submodule's own configuration says where its work tree is.
        helpers += [s[1] for s in settings if _is_helper(s) and (place == folder or s[1] != "core.worktree")]
        if helpers:
            return tuple(dict.fromkeys(helpers))
        top = _git(
            git, place, environ, "rev-parse", "--show-toplevel", "--git-path", "hooks/post-index-change"
        )
        if top is None:
            continue
        root, hook = top.splitlines()[:2]
        if Path(place, hook).exists():
            return ("hooks/post-index-change",)
        links = _git_links(git, root, environ)
        if links is None:
            return None
        waiting += links
    return ()


def _git_settings(git: str, folder: str, environ: Mapping[str, str]) -> list[_Setting] | None:
    listing = _git(git, folder, environ, "config", "--list", "--show-scope", "-z")
    if listing is None:
        return None
    fields = listing.split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return [(scope, *_key_and_value(setting)) for scope, setting in pairs]


def _key_and_value(setting: str) -> tuple[str, str]:
    key, newline, value = setting.partition("\n")
    # A key alone means true.
    return key, value if newline else "true"


def _is_helper(setting: _Setting) -> bool:
    scope, key, value = setting
    if _SIGNATURE_KEY.fullmatch(key):
        return "%G" in value or "signature" in value
    if not _HELPER_KEY.fullmatch(key) or value.lower() in _OFF:
        return False
    if key.startswith("pager.") and value.lower() in _ON:
        return False
    if scope not in _USERS_OWN_SCOPES:
        return True
    return not _UNUSED_KEY.fullmatch(key) and not _USUAL_HELPER.fullmatch(value)


def _git_links(git: str, root: str, environ: Mapping[str, str]) -> list[str] | None:
    """Return the folders of submodules that are checked out: git runs itself in these."""
    listing = _git(git, root, environ, "ls-files", "--stage", "-z")
    if listing is None:
        return None
    names = [entry.partition("\t")[2] for entry in listing.split("\0") if entry.startswith("160000 ")]
    folders = (Path(root, name) for name in names)
    return [str(folder) for folder in folders if Path(folder, ".git").exists()]


def _git(git: str, folder: str, environ: Mapping[str, str], *arguments: str) -> str | None:
    """Return what git prints; None if it fails. None of these commands runs a helper."""
    try:
        done = subprocess.run(
            [git, "-c", "core.fsmonitor=false", *arguments],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="surrogateescape")
