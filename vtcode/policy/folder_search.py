"""What a searching program reads in the folders that it goes through. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.policy.options import NotReadOnly
from vtcode.system.exposure import FolderSearch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.policy.options import Reading

_GREPS = frozenset({"grep", "egrep", "fgrep"})
_RECURSION = frozenset({"-r", "--recursive"})
_RG_WITHOUT_CONTENT = frozenset({"--files", "--type-list", "--version", "--help"})
_RG_SHOWS_HIDDEN = frozenset({"-.", "--hidden", "-u", "--unrestricted"})
_RG_GLOBS = frozenset({"-g", "--glob", "--iglob"})
_RG_TYPES = frozenset({"-t", "--type"})
# At least what ripgrep takes for these, up to version 15.
_GLOBS_OF_TYPES: Mapping[str, tuple[str, ...]] = {
    "c": ("*.c*", "*.h*", "*.H*"),
    "cpp": ("*.c*", "*.C*", "*.h*", "*.H*", "*.inl*"),
    "css": ("*.css", "*.scss"),
    "go": ("*.go",),
    "html": ("*.htm*", "*.ejs"),
    "java": ("*.java", "*.jsp*", "*.properties"),
    "js": ("*.js*", "*.vue", "*.cjs*", "*.mjs*"),
    "json": ("*.json*", "composer.lock", "*.sarif"),
    "md": ("*.markdown", "*.md*", "*.mkd*"),
    "py": ("*.py*",),
    "rust": ("*.rs",),
    "toml": ("*.toml", "Cargo.lock"),
    "ts": ("*.ts*", "*.cts*", "*.mts*"),
    "yaml": ("*.y*ml",),
}
_GIT_SHOWS = frozenset({"cat-file", "diff", "show"})
_GIT_MAY_SHOW = frozenset({"log", "reflog", "reflog show", "stash list", "stash show"})
_GIT_NAMES_ONLY = frozenset(
    {"--stat", "--shortstat", "--numstat", "--dirstat", "--summary", "--compact-summary", "--name-only",
     "--name-status", "--raw", "-s", "--no-patch", "--quiet", "-t", "-e"}
)  # fmt: skip
_GIT_CONTENT = frozenset(
    {"-p", "-u", "-U", "-W", "-L", "-S", "-G", "-c", "-m", "--patch", "--unified", "--patch-with-stat",
     "--cc", "--binary", "--function-context", "--word-diff", "--word-diff-regex", "--color-words",
     "--diff-merges"}
)  # fmt: skip
_GIT_STATUS_CONTENT = frozenset({"-v", "--verbose"})
# Other globs (`{a,b}`, `src/*`, `[ab]`) are read differently by different programs.
_SIMPLE_GLOB = re.compile(r"[\w.*?-]+")


def folder_search(program: str, wanted: Reading) -> FolderSearch | None:
    """Return what `wanted`, a call of `program`, reads in folders; None: it goes through none.

    Raises:
        NotReadOnly: Which folders it goes through can't be told.
    """
    if program in _GREPS and wanted.options & _RECURSION:
        # With an `--exclude` before them, files that fit no `--include` are read too.
        includes = _values(wanted, {"--include"}) if "--exclude" not in wanted.options else ()
        return FolderSearch(operands=wanted.operands, only=_if_simple(includes))
    if program == "rg" and not wanted.options & _RG_WITHOUT_CONTENT:
        # A glob or a type that lets a name in does so for hidden files, too.
        globs = _values(wanted, _RG_GLOBS)
        letting_in = tuple(glob for glob in globs if not glob.startswith("!")) or _of_types(wanted)
        return FolderSearch(
            operands=wanted.operands,
            only=_if_simple(letting_in),
            skips_hidden=not letting_in and not wanted.options & _RG_SHOWS_HIDDEN,
        )
    if program == "git grep" and "--untracked" in wanted.options:
        if odd := [word for word in wanted.operands if word[:1] in ("/", ":") or ".." in word.split("/")]:
            raise NotReadOnly(f"`git grep --untracked` in `{odd[0]}` is not known to stay in the folder")
        return FolderSearch(operands=())
    return None


def shows_tracked(subcommand: str, wanted: Reading) -> bool:
    """Tell whether a git command shows content of tracked files that none of its words names."""
    if subcommand == "grep":
        return True
    if subcommand == "status":
        return not wanted.options.isdisjoint(_GIT_STATUS_CONTENT)
    if subcommand not in _GIT_SHOWS | _GIT_MAY_SHOW:
        return False
    if subcommand in ("cat-file", "show") and wanted.operands and all(map(_names_a_file, wanted.operands)):
        return False
    if not wanted.options.isdisjoint(_GIT_CONTENT - ({"-p"} if subcommand == "cat-file" else set())):
        return True
    return subcommand in _GIT_SHOWS and wanted.options.isdisjoint(_GIT_NAMES_ONLY)


def _names_a_file(operand: str) -> bool:
    """Tell whether an operand of git is a path of a revision (`HEAD:a`), whole."""
    return ":" in operand[1:] and "{" not in operand and operand[0] != ":"


def _of_types(wanted: Reading) -> tuple[str, ...]:
    """Return patterns of the names that the given types let in; empty: no type is given."""
    types = _values(wanted, _RG_TYPES)
    if "--type-add" in wanted.options or any(name not in _GLOBS_OF_TYPES for name in types):
        return ("*",)
    return tuple(glob for name in types for glob in _GLOBS_OF_TYPES[name])


def _values(wanted: Reading, names: set[str] | frozenset[str]) -> tuple[str, ...]:
    return tuple(value for name, value in wanted.texts if name in names)


def _if_simple(globs: tuple[str, ...]) -> tuple[str, ...]:
    return globs if all(_SIMPLE_GLOB.fullmatch(glob) for glob in globs) else ()
