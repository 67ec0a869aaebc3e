"""Files of the workspace that a text names, and opening them in the user's own editor."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vtcode.errors import UsageError
from vtcode.system.editor import editor_command
from vtcode.system.editor_lines import Place, has_window, open_place
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Place", "edit_place", "needs_terminal", "place_at", "place_named", "places_in"]

_MAX_LOOKED_UP: Final = 500
"""Of a text's words; each costs a look at the disk."""
_MAX_TEXT: Final = 200_000
_NAMED = re.compile(
    r"""["'](?P<quoted>[^"'\n]{1,300})["'],\ line\ (?P<quoted_line>\d{1,7})"""  # Python's tracebacks
    r"""|(?P<path>[^\s"'`<>|()\[\]{},;:*?!=]{1,300})"""
    r"""(?::(?P<line>\d{1,7})(?::(?P<column>\d{1,5}))?|\((?P<in_brackets>\d{1,7})(?:,\d+)?\))?""",
    re.VERBOSE,
)


def places_in(text: str, roots: Sequence[Path]) -> tuple[Place, ...]:
    """Return the places in files of the workspace that a text names, each once, in order.

    Args:
        text: Untrusted; `path`, `path:line`, `path:line:column`, `path(line)` and Python's
            `"path", line 3` count where the file is there.
        roots: The real paths of the workspace's folders; relative paths start at the first.
    """
    found: dict[Place, None] = {}
    files: dict[str, Path | None] = {}
    for match in _NAMED.finditer(text[:_MAX_TEXT]):
        if place := _place_of(match, roots, files):
            found.setdefault(place)
        if len(files) >= _MAX_LOOKED_UP:
            break
    return tuple(found)


def place_at(text: str, offset: int, roots: Sequence[Path]) -> Place | None:
    """Return the place that a line of text names at a character; None: none there."""
    for match in _NAMED.finditer(text):
        if match.start() <= offset < match.end():
            return _place_of(match, roots, {})
    return None


def place_named(typed: str, roots: Sequence[Path]) -> Place:
    """Return the place that a user means by `FILE`, `FILE:LINE` or `FILE:LINE:COLUMN`; it need not exist.

    Raises:
        UsageError: It is a folder, can't be a path, leads out of the workspace, or is a file that is there
            with a line that is none.
    """
    whole, match = typed, re.fullmatch(r"(.+?):(\d{1,7})(?::(\d{1,5}))?", typed, re.DOTALL)
    line = column = None
    if match and not _inside(whole, roots, existing=True):
        whole, line, column = match[1], int(match[2]), int(match[3]) if match[3] else None
    path = _inside(whole, roots, existing=False)
    if path is not None and not path.exists():
        _check_line(whole, roots)
    shown = revealed(whole, keep_newlines=False)
    if path is None:
        raise UsageError(f"{shown} is not in the workspace.", hint="/add-dir PATH opens another folder.")
    if path.is_dir():
        raise UsageError(f"{shown} is a folder.", hint="/edit opens a file.")
    return Place(path=path, line=line or None, column=column)


def _check_line(typed: str, roots: Sequence[Path]) -> None:
    """Take no file that is not there for one that is, with a line that is none.

    Raises:
        UsageError: That is what was typed.
    """
    before, colon, _ = typed.partition(":")
    if colon and _inside(before, roots, existing=True):
        shown, file = revealed(typed, keep_newlines=False), revealed(before, keep_newlines=False)
        raise UsageError(f"{shown} names no line of {file}.", hint=f"/edit {file}:12 opens it at line 12.")


def needs_terminal(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether the user's editor takes the terminal, so that nothing else may draw on it.

    Raises:
        EditorFailed: There is none.
    """
    return not has_window(editor_command(environment))


async def edit_place(place: Place, environment: Mapping[str, str] = os.environ) -> None:
    """Open a place in the user's editor; returns when one of the terminal is done.

    Raises:
        EditorFailed: There is no editor, or it failed.
    """
    await open_place(editor_command(environment), place)


def _place_of(match: re.Match[str], roots: Sequence[Path], files: dict[str, Path | None]) -> Place | None:
    named = (match["quoted"] or match["path"]).rstrip(".")
    if named not in files:
        files[named] = _inside(named, roots, existing=True) if named else None
    path = files[named]
    if path is None:
        return None
    line = match["quoted_line"] or match["line"] or match["in_brackets"]
    column = match["column"]
    return Place(path=path, line=int(line) or None if line else None, column=int(column) if column else None)


def _inside(named: str, roots: Sequence[Path], *, existing: bool) -> Path | None:
    """Return the real path of what is named, where it lies in one of the roots; None: it does not."""
    try:
        path = Path(os.path.realpath(roots[0] / os.path.expanduser(named)))  # noqa: PTH111 - never raises
        wanted = path.is_file() or not existing
    except (OSError, ValueError):  # a name that is too long, a NUL
        return None
    return path if wanted and any(path.is_relative_to(root) for root in roots) else None
