"""Through which settings and hooks a git command that reads would run another program, and which files git
obeys.

Git itself is asked, because only it knows what includes, conditions and work trees come to. That takes three
processes, so an answer is kept for as long as every file that it rests on, the missing ones too, holds what
it held: contents are compared, never times. What can't be compared like that is asked anew each time.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_S = 3.0
_MAX_SUBMODULES = 16
_MAX_KEPT = 64
_MAX_FILE_BYTES = 1_000_000
_INDEX = b"DIRC"

_Helpers: TypeAlias = tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """What git says about a folder."""

    helpers: _Helpers
    """Configuration keys and hooks through which a reading git command would run another program; None: they
    can't be found out."""
    top: str = ""
    """Real path of the work tree that the folder lies in; empty: it lies in none."""
    obeyed: tuple[str, ...] = ()
    """Real paths of the files that the configuration stands in, the missing ones that it includes too, and of
    the folder of hooks that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    scope: str
    origin: str
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An answer, and what it rests on."""

    facts: GitFacts
    sources: tuple[str, ...]
    states: tuple[object, ...] | None
    """What the sources held, before and after git was asked; None: that was not looked at, or was not the
    same."""


_kept: dict[tuple[object, ...], _Kept] = {}


def git_helpers(git: str, folder: str, environ: Mapping[str, str]) -> _Helpers:
    """Name everything through which a reading git command in `folder` would run another program.

    Returns:
        As `GitFacts.helpers`.
    """
    return git_facts(git, folder, environ).helpers


def git_facts(git: str, folder: str, environ: Mapping[str, str]) -> GitFacts:
    """Ask git about `folder`.

    Args:
        git: The program.
        folder: A real path.
        environ: The command's environment.
    """
    steering = (
        (n, v) for n, v in environ.items() if n.startswith("GIT_") or n in ("HOME", "XDG_CONFIG_HOME")
    )
    question = (git, folder, *steering)
    kept = _kept.get(question)
    before = tuple(map(_state, kept.sources)) if kept else ()
    if kept and kept.states == before:
        return kept.facts
    look = _Look(git, folder, environ)
    helpers = look.helpers()
    facts = GitFacts(helpers=helpers, top=look.top, obeyed=tuple(dict.fromkeys(look.obeyed)))
    if len(_kept) >= _MAX_KEPT:
        _kept.clear()
    if look.is_repeatable and helpers is not None:
        sources = tuple(dict.fromkeys(look.sources))
        # What was read while it changed must not stay: the same has to be there before and after.
        same = kept is not None and kept.sources == sources and tuple(map(_state, sources)) == before
        _kept[question] = _Kept(facts=facts, sources=sources, states=before if same else None)
    else:
        _kept.pop(question, None)
    return facts


# What an answer rests on


def _state(path: str) -> object:
    """Return what makes a change of a file visible: its content, or that it is missing or no regular file.

    An object that equals nothing, not even itself at another time, stands for what can't be compared.
    """
    if not os.access(path, os.F_OK):
        return None
    try:
        state = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(state.st_mode):
            return stat.S_IFMT(state.st_mode), state.st_uid
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if path.endswith("/index") and os.pread(descriptor, len(_INDEX), 0) == _INDEX:
                return _checksum(descriptor)
            content = os.read(descriptor, _MAX_FILE_BYTES)
            return content if len(content) < _MAX_FILE_BYTES else object()
        finally:
            os.close(descriptor)
    except OSError:
        return object()


def _checksum(index: int) -> object:
    """Return the checksum that an index ends with; git may be told to leave it out."""
    size = os.lseek(index, 0, os.SEEK_END)
    ending = os.pread(index, 32, max(0, size - 32))
    return (size, ending) if any(ending[-20:]) else object()


# Asking git

_HELPER_KEY = re.compile(
    r"core\.(?:fsmonitor|pager|worktree)|pager\..+|diff\.external|diff\..+\.(?:command|textconv)"
    r"|filter\..+\.(?:clean|smudge|process)|log\.showsignature|gpg\.(?:.+\.)?program"
    r"|remote\..+\.promisor|extensions\.partialclone"
)
_SIGNATURE_KEY = re.compile(r"format\.pretty|pretty\..+|(?:branch|tag)\.sort")
_SIGNATURE = re.compile(r"%[-+ ]?G|signature")
_INCLUDING_KEY = re.compile(r"include\.path|includeif\..+\.path", re.DOTALL)
_OFF = frozenset({"", "false", "no", "off", "0"})
_ON = frozenset({"true", "yes", "on", "1"})
_USERS_OWN_SCOPES = frozenset({"global", "system"})
# Helpers that people set for all their repositories, spelled without a path.
_USUAL_HELPER = re.compile(r"(?:git-lfs|difft|delta)(?: [\w%.=+-]+)*")
# In the user's own configuration these are no matter: commands get GIT_PAGER=cat, which beats every pager,
# and nothing that is called read-only checks signatures.
_UNUSED_KEY = re.compile(r"core\.pager|pager\..+|gpg\..+")
_HOOK = "hooks/post-index-change"
_OF_REPOSITORY = ("HEAD", "commondir", "config", "config.worktree", "index", "objects", "refs")
_PATHS_OF_REPOSITORY = (
    "rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir", "--git-path", _HOOK,
)  # fmt: skip
_MOVING_VARIABLES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE"})


class _Look:
    """One look at a folder's repository and at its submodules, with git, and what it rests on."""

    def __init__(self, git: str, folder: str, environ: Mapping[str, str]) -> None:
        self._git_program = git
        self._folder = folder
        self._environ = environ
        self.sources: list[str] = []
        """Files that take part, or would if they were there."""
        self.is_repeatable = not any(name in environ for name in _MOVING_VARIABLES)
        """`sources` is all that the answer rests on, beside the environment."""
        self.top = ""
        self.obeyed: list[str] = []

    def helpers(self) -> _Helpers:
        """Name the helpers; None: unknown."""
        self._note_users_files()
        waiting, seen = [self._folder], 0
        while waiting:
            place = waiting.pop()
            seen += 1
            settings = self._settings(place)
            if settings is None or seen > _MAX_SUBMODULES:
                return None
            paths = self._git(place, *_PATHS_OF_REPOSITORY)
            top, git_folder, common, hook = _joined(place, paths) if paths else ("", "", "", "")
            self._note_discovery(place, top)
            self._note_settings(settings, top)
            if place == self._folder:
                self.top = os.path.realpath(top) if top else ""
                self.obeyed += [os.path.realpath(path) for path in self._hooks_folders(settings, top)]
            # A submodule's own configuration says where its work tree is.
            own = place == self._folder
            if found := [s.key for s in settings if _is_helper(s) and (own or s.key != "core.worktree")]:
                return tuple(dict.fromkeys(found))
            if not paths:
                continue
            if not top:
                return None
            self.sources += [f"{parent}/{name}" for parent in (git_folder, common) for name in _OF_REPOSITORY]
            self.sources.append(hook)
            if Path(hook).exists():
                return (_HOOK,)
            links = self._submodules(top)
            if links is None:
                return None
            waiting += links
        return ()

    def _settings(self, folder: str) -> list[_Setting] | None:
        listing = self._git(folder, "config", "--list", "--show-scope", "--show-origin", "-z")
        if listing is None:
            return None
        fields = listing.split("\0")
        triples = zip(fields[::3], fields[1::3], fields[2::3], strict=False)
        return [_setting(scope, origin, text) for scope, origin, text in triples]

    def _submodules(self, root: str) -> list[str] | None:
        """Return the folders of submodules that are checked out: git runs itself in these."""
        listing = self._git(root, "ls-files", "--stage", "-z")
        if listing is None:
            return None
        names = [entry.partition("\t")[2] for entry in listing.split("\0") if entry.startswith("160000 ")]
        marks = [f"{root}/{name}/.git" for name in names]
        self.sources += marks
        return [mark.removesuffix("/.git") for mark in marks if os.path.lexists(mark)]

    def _note_users_files(self) -> None:
        """Note where git looks for the user's and the system's configuration."""
        home = self._environ.get("HOME", "")
        xdg = self._environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
        prefixes = {
            Path(git).parent.parent for git in (self._git_program, os.path.realpath(self._git_program))
        }
        self.sources += [f"{home}/.gitconfig", f"{xdg}/git/config", "/etc/gitconfig"]
        self.sources += [str(prefix / "etc/gitconfig") for prefix in sorted(prefixes)]
        self.sources += [
            os.path.join(self._folder, self._environ[name])  # noqa: PTH118
            for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")
            if name in self._environ
        ]

    def _note_discovery(self, folder: str, top: str) -> None:
        """Note what would make git find another repository than that of `top`; empty: it found none."""
        for parent in (Path(folder), *Path(folder).parents):
            mark = parent / ".git"
            self.sources += [str(mark), str(parent / "HEAD")]
            # What only looks like a repository may yet become one.
            self.is_repeatable &= not (mark.is_symlink() or os.path.lexists(parent / "HEAD"))
            if str(parent) == top:
                return
            self.is_repeatable &= not os.path.lexists(mark)

    def _note_settings(self, settings: list[_Setting], top: str) -> None:
        """Note the files that settings come from, and those that they include, there or not."""
        for setting in settings:
            if setting.scope == "command":
                continue
            # Git tells paths as seen from the top of the work tree.
            origin = os.path.join(top, setting.origin)  # noqa: PTH118
            self.sources.append(origin)
            self.obeyed.append(os.path.realpath(origin))
            self.is_repeatable &= (
                origin.startswith("/") and bool(setting.origin) and os.access(origin, os.R_OK)
            )
            if _INCLUDING_KEY.fullmatch(setting.key):
                self._note_included(setting, origin)

    def _note_included(self, setting: _Setting, origin: str) -> None:
        home, path = self._environ.get("HOME", ""), setting.value
        if home and path.startswith("~/"):
            path = home + path[1:]
        # Which branch is checked out is not always in a file of its own.
        is_known = not path.startswith(("~", "%(")) and ".onbranch:" not in setting.key
        self.is_repeatable &= is_known
        included = str(Path(origin).parent / path)
        self.sources.append(included)
        self.obeyed.append(os.path.realpath(included))

    def _hooks_folders(self, settings: list[_Setting], top: str) -> list[str]:
        home = self._environ.get("HOME", "")
        values = [setting.value for setting in settings if setting.key == "core.hookspath" and setting.value]
        return [f"{home}{value[1:]}" if value[:2] == "~/" else str(Path(top, value)) for value in values]

    def _git(self, folder: str, *arguments: str) -> str | None:
        """Return what git prints; None if it fails. None of these commands runs a helper."""
        try:
            done = subprocess.run(
                [self._git_program, "-c", "core.fsmonitor=false", *arguments],
                cwd=folder,
                env=dict(self._environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.decode(errors="surrogateescape")


def _joined(folder: str, paths: str) -> tuple[str, str, str, str]:
    """Return the four paths that git told, from `folder`, in lines; all empty if a line break is in one."""
    lines = [os.path.normpath(f"{folder}/{path}" if path[:1] != "/" else path) for path in paths.splitlines()]
    return (lines[0], lines[1], lines[2], lines[3]) if len(lines) == 4 else ("", "", "", "")


def _setting(scope: str, origin: str, text: str) -> _Setting:
    key, newline, value = text.partition("\n")
    file = origin.removeprefix("file:") if origin.startswith("file:") else ""
    # A key alone means true.
    return _Setting(scope=scope, origin=file, key=key, value=value if newline else "true")


def _is_helper(setting: _Setting) -> bool:
    key, value = setting.key, setting.value
    if _SIGNATURE_KEY.fullmatch(key):
        return _SIGNATURE.search(value) is not None
    if not _HELPER_KEY.fullmatch(key) or value.lower() in _OFF:
        return False
    if key.startswith("pager.") and value.lower() in _ON:
        return False
    if setting.scope not in _USERS_OWN_SCOPES:
        return True
    return not _UNUSED_KEY.fullmatch(key) and not _USUAL_HELPER.fullmatch(value)
