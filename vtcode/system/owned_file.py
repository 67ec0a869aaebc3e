"""Small TOML files that belong to the program: read without trust in their content, changed as a whole.

Two programs may change one at the same time: each reads it anew under a lock, adds its own, and renames. The
kernel frees the lock when its holder dies.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vtcode.errors import UnwritableFolder
from vtcode.system.atomic import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

_NOTE = "# Written by vtcode.\n"


def read_owned(file: Path) -> tuple[dict[str, Any], str]:
    """Return the content and, in words, why it can't be used; a missing file is empty, and no problem."""
    import tomllib

    try:
        return tomllib.loads(file.read_bytes().decode()), ""
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return {}, f"can't be read ({reason})"


def update_owned(
    file: Path,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    is_usable: Callable[[dict[str, Any]], bool],
) -> None:
    """Replace the content by `change(content)`, readable for the user alone.

    A file that is broken, or not usable, is kept under another name and counts as empty.

    Raises:
        UnwritableFolder: The file can't be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(file):
            content, problem = read_owned(file)
            if problem or not is_usable(content):
                _keep_aside(file)
                content = {}
            _write(file, change(content))
    except OSError as error:
        raise UnwritableFolder(
            f"{file} can't be written: {error.strerror}",
            hint="Check who owns the folder, and its free space.",
        ) from error


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    import fcntl

    with file.with_name(file.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep_aside(file: Path) -> None:
    for number in range(1, 1_000):
        kept = file.with_name(f"{file.name}.broken-{number}")
        if not os.path.lexists(kept):
            file.rename(kept)
            return
    raise OSError(f"too many broken copies of {file.name}")


def _write(file: Path, content: dict[str, Any]) -> None:
    import tomli_w

    replace_owned(file, (_NOTE + tomli_w.dumps(content)).encode())


def replace_owned(file: Path, data: bytes) -> None:
    """Put `data` in the place of the file, readable for the user alone; its folder is there already.

    Raises:
        OSError: Nothing was changed.
    """
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Nothing of the old file is kept: also one that others could read becomes the user's alone.
        replace_file(file.name, data, folder=folder, check=lambda: None, mode=0o600)
    finally:
        os.close(folder)
