"""Texts that are too long for the window, kept whole in files that only the user can read.

The model knows a text by its name (`output:3`), which is no path: no file of the user's can be read so, and
nothing outside this folder.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NAME = re.compile(r"output:([1-9][0-9]{0,5})")
_MOST_TEXTS = 500


class Spool:
    """The long texts of one session."""

    def __init__(self, folder: Path, redact: Callable[[str], str]) -> None:
        """Keep texts in `folder`, which is made when the first one comes.

        Args:
            folder: Outside of every workspace.
            redact: Takes secrets out of what reaches the disk.
        """
        self._folder = folder
        self._redact = redact
        self._count = 0

    def keep(self, text: str) -> str:
        """Keep a text and return its name; empty: it can't be kept."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            data = self._redact(text).encode(errors="replace")
            with os.fdopen(self._new_file(), "wb") as file:
                file.write(data)
        except OSError:  # a full disk costs the long text and nothing else
            return ""
        return f"output:{self._count}"

    def read(self, name: str) -> str | None:
        """Return the text that is kept under a name; None: none is."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        try:
            return self._file(int(match[1])).read_text(encoding="utf-8")
        except OSError:
            return None

    def _new_file(self) -> int:
        """Create the next file, after those of earlier runs of the session."""
        while self._count < _MOST_TEXTS:
            self._count += 1
            try:
                return os.open(self._file(self._count), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
        raise OSError(f"{_MOST_TEXTS} texts are kept already")

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.txt"
