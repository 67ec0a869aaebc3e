"""`vtcode init`: a commented vtcode.toml in the workspace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vtcode.config.source import shown
from vtcode.config.template import template, unwritable, write_new
from vtcode.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def run_init(workspace: Path, force: bool) -> int:
    """Write the template as the workspace's vtcode.toml and print its path; return the exit code.

    Args:
        workspace: An existing folder.
        force: Overwrite the file that is there.

    Raises:
        UsageError: There is one, and `force` is False.
        UnwritableFolder: The workspace can't be written.
    """
    path = workspace / "vtcode.toml"
    if force and path.is_file():
        _replace(path)
    else:
        try:
            write_new(path, template())
        except UsageError as error:
            hint = error.hint or ("Overwrite it with --force." if path.is_file() else "Move it away.")
            raise UsageError(error.message, hint=hint) from error
    print(shown(path))
    return 0


def _replace(path: Path) -> None:
    """Write the template over a file, at once; through a symlink, over what it leads to.

    Raises:
        UnwritableFolder: Nothing was changed.
    """
    from vtcode.system.atomic import replace_file

    target = path.resolve()
    try:
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            replace_file(target.name, template().encode(), folder=folder, check=target.stat)
        finally:
            os.close(folder)
    except OSError as error:
        raise unwritable(path, error) from error
