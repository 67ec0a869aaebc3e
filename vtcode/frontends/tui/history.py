"""The prompts typed in a workspace, kept in a file from one run to the next."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from vtcode.questions import PickQuestion, PickRow

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 1_000
_LONGEST = 20_000
"""Characters; a longer prompt (a pasted file) is recalled in this run only."""


class PromptHistory:
    """Prompts, oldest first, and a place in them that Up and Down move.

    The file holds one JSON string a line. Several programs may add to it at once: each entry is one write
    in append mode. What is not a JSON string is skipped. The file is cut to its newest entries when it is
    read at twice their number; an entry that another program adds in that very instant may be lost.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Without a file, nothing outlives the run."""
        self._file = file
        self._entries = _read(file) if file else []
        self._place: int | None = None
        self._draft = ""

    @property
    def entries(self) -> tuple[str, ...]:
        """All prompts, oldest first."""
        return tuple(self._entries)

    def add(self, text: str, *, keep: bool = True) -> None:
        """Remember a prompt, unless it repeats the last one; `keep=False`: in this run only."""
        self._place = None
        if not text.strip() or (self._entries and self._entries[-1] == text):
            return
        self._entries.append(text)
        if keep and self._file and len(text) <= _LONGEST:
            _append(self._file, text)

    def older(self, draft: str) -> str | None:
        """Return the prompt before the current place, None at the oldest; `draft` is what stands there."""
        if self._place is None:
            self._draft = draft
        place = len(self._entries) if self._place is None else self._place
        if place == 0:
            return None
        self._place = place - 1
        return self._entries[self._place]

    def newer(self) -> str | None:
        """Return the prompt after the current place, at last the draft; None while at the draft."""
        if self._place is None:
            return None
        self._place += 1
        if self._place < len(self._entries):
            return self._entries[self._place]
        self._place = None
        return self._draft


def history_question(prompts: tuple[str, ...]) -> PickQuestion:
    """Return the question which of these prompts to take again, the newest first; a row's id is its index."""
    rows = tuple(
        PickRow(id=str(index), label=" ".join(prompts[index].split()))
        for index in reversed(range(len(prompts)))
    )
    return PickQuestion(title="Earlier prompts", rows=rows, notice="" if rows else "There is none yet.")


def _read(file: Path) -> list[str]:
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return []
    entries = [entry for line in lines if (entry := _entry(line)) is not None]
    if len(lines) >= 2 * _KEPT:
        _rewrite(file, entries[-_KEPT:])
    return entries[-_KEPT:]


def _entry(line: bytes) -> str | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _append(file: Path, text: str) -> None:
    line = json.dumps(text).encode() + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return
    try:
        os.write(descriptor, line)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _rewrite(file: Path, entries: list[str]) -> None:
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.touch(0o600)
        temporary.write_bytes(b"".join(json.dumps(entry).encode() + b"\n" for entry in entries))
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
