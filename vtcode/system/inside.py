"""Whether one path lies in another: texts are compared, because that is where a decision spends its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_inside(path: str, folder: str) -> bool:
    """Tell whether a path is `folder` or lies in it.

    Args:
        path: A real path; one with `..` in it lies in nothing.
        folder: A real path; empty: nothing lies in it.
    """
    return is_inside_any(path, (folder,)) and ".." not in path.split("/")


def is_inside_any(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is one of `folders`, or lies in one of them going by its text."""
    return f"{path}/".startswith(tuple(folder.rstrip("/") + "/" for folder in folders if folder))
