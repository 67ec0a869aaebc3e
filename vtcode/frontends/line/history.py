"""The prompts of a workspace, as prompt-toolkit wants its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.history import History

from vtcode.session.prompts import append_prompt, read_prompts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class PromptHistory(History):
    """Past prompts; without a file nothing outlives the run."""

    def __init__(self, file: Path | None) -> None:
        super().__init__()
        self._file = file

    def load_history_strings(self) -> Iterable[str]:
        """Return the prompts, newest first."""
        return reversed(read_prompts(self._file))

    def store_string(self, string: str) -> None:
        """Add a prompt to the file."""
        append_prompt(self._file, string)
