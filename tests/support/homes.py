"""Home folders of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def welcomed_home(folder: Path) -> Path:
    """Make `folder` the home of somebody who was welcomed already, and return it."""
    for state in (".local/state", "Library/Application Support"):
        (folder / state / "vtcode").mkdir(parents=True, mode=0o700)
        (folder / state / "vtcode" / "welcomed").touch()
    return folder
