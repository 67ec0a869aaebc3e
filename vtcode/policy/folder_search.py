"""What a searching program reads in the folders that it goes through. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.system.exposure import FolderSearch

if TYPE_CHECKING:
    from vtcode.policy.options import Reading

_GREPS = frozenset({"grep", "egrep", "fgrep"})
_RECURSION = frozenset({"-r", "--recursive"})
_RG_WITHOUT_CONTENT = frozenset({"--files", "--type-list", "--version", "--help"})
_RG_SHOWS_HIDDEN = frozenset({"-.", "--hidden", "-u", "--unrestricted"})
_RG_GLOBS = frozenset({"-g", "--glob", "--iglob"})
# Other globs (`{a,b}`, `src/*`, `[ab]`) are read differently by different programs.
_SIMPLE_GLOB = re.compile(r"[\w.*?-]+")


def folder_search(program: str, wanted: Reading) -> FolderSearch | None:
    """Return what `wanted`, a call of `program`, reads in folders; None: it goes through none."""
    if program in _GREPS and wanted.options & _RECURSION:
        # With an `--exclude` before them, files that fit no `--include` are read too.
        includes = _values(wanted, {"--include"}) if "--exclude" not in wanted.options else ()
        return FolderSearch(operands=wanted.operands, only=_if_simple(includes))
    if program == "rg" and not wanted.options & _RG_WITHOUT_CONTENT:
        # A glob that lets a name in does so for hidden files, too.
        globs = _values(wanted, _RG_GLOBS)
        letting_in = tuple(glob for glob in globs if not glob.startswith("!"))
        return FolderSearch(
            operands=wanted.operands,
            only=_if_simple(letting_in),
            skips_hidden=not letting_in and not wanted.options & _RG_SHOWS_HIDDEN,
        )
    if program == "git grep" and "--untracked" in wanted.options:
        return FolderSearch(operands=())
    return None


def _values(wanted: Reading, names: set[str] | frozenset[str]) -> tuple[str, ...]:
    return tuple(value for name, value in wanted.texts if name in names)


def _if_simple(globs: tuple[str, ...]) -> tuple[str, ...]:
    return globs if all(_SIMPLE_GLOB.fullmatch(glob) for glob in globs) else ()
