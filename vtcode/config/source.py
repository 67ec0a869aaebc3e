"""A TOML file read with care: what it says, where each key stands, and a clear error for everything else."""

from __future__ import annotations

import hashlib
import re
import stat
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtcode.errors import ConfigError
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vtcode.config.keys import KeyPath

MAX_BYTES = 1_048_576
"""Far above any real configuration; a larger file is somebody's mistake."""

BOM = b"\xef\xbb\xbf"
"""A byte order mark, which some editors put first and TOML does not know."""

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_UNTOUCHED = "The file was not changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where values come from, for messages: a file with its lines, a variable, a flag."""

    name: str
    text: str = ""
    """The TOML text; empty where there are no lines."""

    def at(self, path: KeyPath, item: int | None = None) -> str:
        """Return `FILE:LINE` of the key, or of the nearest table around it; just the name without a text.

        Args:
            path: The key.
            item: Which item of the array of tables at `path`, from 0; None: it is none.
        """
        line = self.line(path) if item is None else self.item_line(path, item)
        return f"{self.name}:{line}" if line else self.name

    def line(self, path: KeyPath) -> int:
        """Return the key's line, from 1; 0 where it is unknown."""
        # Imported here: only a message needs lines, and finding them parses the file line by line.
        from vtcode.config.statements import key_lines

        if not self.text:
            return 0
        lines = key_lines(self.text)
        return next((lines[path[:size]] for size in range(len(path), 0, -1) if path[:size] in lines), 0)

    def item_line(self, path: KeyPath, item: int) -> int:
        """Return the line of an item's `[[header]]`; that of the key where it has none."""
        from vtcode.config.statements import item_lines

        lines = item_lines(self.text).get(path, ()) if self.text else ()
        return lines[item] if item < len(lines) else self.line(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """A file that parsed."""

    path: Path
    text: str
    """Without a byte order mark; line ends as in the file."""
    has_bom: bool
    table: Mapping[str, Any]
    digest: str
    """SHA-256 of the bytes, in hex."""

    @property
    def place(self) -> Place:
        """The file as a place in messages."""
        return Place(name=shown(self.path), text=self.text)


def shown(path: Path) -> str:
    """Return a path as it may stand on a screen."""
    return revealed(str(path), keep_newlines=False)


def read_toml(path: Path) -> TomlFile | None:
    """Read and parse `path`; None where there is no such file.

    Raises:
        ConfigError: It is no regular file, can't be read, is too large, not UTF-8, or not TOML.
    """
    content = read_bytes(path)
    return None if content is None else parse_toml(path, content)


def read_bytes(path: Path) -> bytes | None:
    """Return the content of a regular file; None where there is no such file.

    Raises:
        ConfigError: It is no regular file, can't be read, or is too large.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode) and is_kept_free(path):
            return None
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise ConfigError(f"{shown(path)}: is {kind}; expected a TOML file.", hint="Move it away.")
        if status.st_size > MAX_BYTES:
            raise ConfigError(f"{shown(path)}: is larger than {MAX_BYTES:,} bytes.", hint=_UNTOUCHED)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{shown(path)}: can't be read: {reason}.", hint="Check the path.") from error


def is_kept_free(path: Path) -> bool:
    """Tell whether a running command, or one that was killed, has an empty folder in the file's place."""
    from vtcode.system.sandbox.protected import is_placeholder

    return is_placeholder(str(path))


def parse_toml(path: Path, content: bytes) -> TomlFile:
    """Parse the `content` of the file `path`.

    Raises:
        ConfigError: It is not UTF-8, or not TOML.
    """
    text = _decoded(path, content.removeprefix(BOM))
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(path, text, error) from error
    return TomlFile(
        path=path,
        text=text,
        has_bom=content.startswith(BOM),
        table=table,
        digest=hashlib.sha256(content).hexdigest(),
    )


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{shown(path)}:{line}: not UTF-8 text; a TOML file has to be.", hint=_UNTOUCHED
        ) from error


def _broken(path: Path, text: str, error: Exception) -> ConfigError:
    message = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    at_line = _AT_LINE.search(message)
    if at_line:
        line = int(at_line.group(1))
        message = message[: at_line.start()]
    else:
        line = text.rstrip().count("\n") + 1
        message = message.removesuffix(" (at end of document)")
    message = revealed(message, keep_newlines=False)
    return ConfigError(f"{shown(path)}:{line}: not valid TOML: {message}", hint=_UNTOUCHED)
