"""The commented vtcode.toml that `vtcode init` writes; vtcode.toml.example in the sources is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.config.source import is_kept_free, shown
from vtcode.errors import UnwritableFolder, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def template() -> str:
    """Return the text: every key with its default, commented out."""
    from importlib.resources import files

    return files("vtcode.config").joinpath("vtcode.toml.example").read_text(encoding="utf-8")


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        UsageError: Something is there; it was not changed.
        UnwritableFolder: The folder can't be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        if is_kept_free(path):
            raise UsageError(
                f"{shown(path)} is kept free while a command runs, which must not create it.",
                hint="End that command, and try again.",
            ) from error
        raise UsageError(f"{shown(path)} is there already; it was not changed.") from error
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> UnwritableFolder:
    """Return what to raise where the system refuses to write `path`."""
    return UnwritableFolder(
        f"Can't write {shown(path)}: {error.strerror or error}.", hint="Check the folder's permissions."
    )
