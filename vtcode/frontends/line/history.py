"""The prompts typed in a workspace, one JSON string a line, shared by all runs in it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from prompt_toolkit.history import History

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_KEPT = 1_000
_LONGEST = 20_000
"""Characters; a longer prompt is recalled in this run only."""


class PromptHistory(History):
    """Reads the newest prompts; each new one is a single write in append mode, so that runs don't mix.

    A line that is not a JSON string is skipped; a folder that can't be written costs the history alone.
    """

    def __init__(self, file: Path | None) -> None:
        """Without a file, nothing outlives the run."""
        super().__init__()
        self._file = file

    def load_history_strings(self) -> Iterable[str]:
        """Return the prompts, newest first."""
        try:
            lines = self._file.read_bytes().splitlines() if self._file else []
        except OSError:
            return []
        prompts = [prompt for line in lines[-_KEPT:] if (prompt := _prompt(line))]
        return reversed(prompts)

    def store_string(self, string: str) -> None:
        """Add a prompt to the file."""
        if self._file is None or len(string) > _LONGEST:
            return
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            return
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write(json.dumps(string).encode() + b"\n")


def _prompt(line: bytes) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
