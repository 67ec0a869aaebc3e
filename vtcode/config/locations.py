"""Where the program keeps what is the user's: configuration, state (sessions, grants, trust) and cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.errors import UnwritableFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

_APP = "vtcode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locations:
    """The program's folders. None of them needs to exist; all are absolute."""

    config: Path
    """The user's vtcode.toml."""
    state: Path
    """Sessions, grants and trust: must survive, is not edited by hand."""
    cache: Path
    """Models that were fetched: may be deleted at any time."""

    @property
    def user_file(self) -> Path:
        """The user's vtcode.toml."""
        return self.config / "vtcode.toml"

    @property
    def log_file(self) -> Path:
        """Where the program logs what should not have happened."""
        return self.state / "vtcode.log"


def find_locations(environ: Mapping[str, str]) -> Locations:
    """Return the platform's folders for the program.

    `XDG_CONFIG_HOME`, `XDG_STATE_HOME` and `XDG_CACHE_HOME` count on every platform where they hold an
    absolute path, as their specification says.

    Raises:
        UnwritableFolder: There is no home folder to derive them from.
    """
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(_APP, appauthor=False)
    return Locations(
        config=_folder(environ, "XDG_CONFIG_HOME", dirs.user_config_dir),
        state=_folder(environ, "XDG_STATE_HOME", dirs.user_state_dir),
        cache=_folder(environ, "XDG_CACHE_HOME", dirs.user_cache_dir),
    )


def ensure_folder(path: Path) -> Path:
    """Create `path`, readable by its owner only, unless it is there; return it.

    Raises:
        UnwritableFolder: It can't be created, is no folder, or can't be written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise _unwritable(path, "Permission denied")
    return path


def _folder(environ: Mapping[str, str], variable: str, default: str) -> Path:
    wanted = Path(environ.get(variable, ""))
    folder = wanted / _APP if wanted.is_absolute() else Path(default)
    if not folder.is_absolute():
        raise UnwritableFolder(
            f"No folder for {_APP}'s files: there is no home folder.", hint=f"Set HOME or {variable}."
        )
    return folder


def _unwritable(path: Path, reason: str) -> UnwritableFolder:
    return UnwritableFolder(
        f"Can't write to the folder {path}: {reason}.",
        hint="Make it writable, or point XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_CACHE_HOME elsewhere.",
    )
