"""`vtcode init`: a commented vtcode.toml in the workspace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vtcode.config.source import is_kept_free, shown
from vtcode.config.template import template
from vtcode.errors import UnwritableFolder, UsageError

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
    try:
        if force and path.is_file():
            _replace(path)
        else:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(template())
    except FileExistsError as error:
        if is_kept_free(path):
            raise UsageError(
                f"{shown(path)} is kept free while a command runs, which must not create it.",
                hint="End that command, and try again.",
            ) from error
        hint = "Overwrite it with --force." if path.is_file() else "Move it away."
        raise UsageError(f"{shown(path)} is there already; it was not changed.", hint=hint) from error
    except OSError as error:
        raise UnwritableFolder(
            f"Can't write {shown(path)}: {error.strerror or error}.", hint="Check the folder's permissions."
        ) from error
    print(shown(path))
    return 0


def _replace(path: Path) -> None:
    """Write the template over a file, at once; through a symlink, over what it leads to."""
    from vtcode.system.atomic import replace_file

    target = path.resolve()
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        replace_file(target.name, template().encode(), folder=folder, check=target.stat)
    finally:
        os.close(folder)
