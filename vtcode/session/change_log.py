"""The record of what a session's tools did to files: a fold over its lines, to which lines are only added.

Beside the session's log, because it speaks of files and not of the conversation; a torn line is passed over.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write to one file."""

    number: int
    """From 0, within the session."""
    turn: int
    path: str
    """A real path."""
    before: str
    """The digest of what it held; empty: it was not there."""
    after: str
    mode: int = 0
    """Its permissions before."""
    new_folders: int = 0
    """How many folders the write made around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTraces:
    """What commands of a turn changed besides the tools for files."""

    turn: int
    paths: tuple[str, ...] | None
    """Relative to the workspace; None: it is not known (without git, or where the turn was killed)."""


class ChangeLog:
    """The changes of one session, in their order."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changes: list[Change] = []
        self._gone: set[int] = set()
        """Numbers of changes that were taken back, or never came to be."""
        self.traces: dict[int, CommandTraces] = {}
        """By turn; of what was recorded of a turn the last counts."""
        self.taken_back: list[tuple[int, tuple[str, ...]]] = []
        """After which turn the user had which files go back, where the model has to be told."""
        self._read()

    def standing(self) -> tuple[Change, ...]:
        """Return the changes that were not taken back, in their order."""
        return tuple(change for change in self._changes if change.number not in self._gone)

    def add(self, turn: int, path: str, before: str, after: str, mode: int, new_folders: int) -> Change:
        """Record a write that is about to be made.

        Raises:
            OSError: It can't be recorded.
        """
        change = Change(
            number=len(self._changes),
            turn=turn,
            path=path,
            before=before,
            after=after,
            mode=mode,
            new_folders=new_folders,
        )
        self._record({"change": asdict(change)})
        return change

    def add_traces(self, traces: CommandTraces) -> None:
        """Record what commands did.

        Raises:
            OSError: It can't be recorded.
        """
        self._record({"traces": asdict(traces)})

    def take_back(self, numbers: Iterable[int], *, turn: int = 0, told: Iterable[str] = ()) -> None:
        """Have changes no longer stand.

        Args:
            numbers: Of the changes.
            turn: The last one so far.
            told: Names of files that the model has to hear of.

        Raises:
            OSError: It can't be recorded.
        """
        self._record({"gone": list(numbers), "turn": turn, "told": list(told)})

    def _record(self, entry: dict[str, Any]) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._file, flags, 0o600)
        try:
            os.write(descriptor, json.dumps(entry).encode() + b"\n")
        finally:
            os.close(descriptor)
        self._take(entry)

    def _read(self) -> None:
        try:
            lines = self._file.read_bytes().splitlines()
        except OSError:
            return
        for line in lines:
            try:
                self._take(json.loads(line))
            except (ValueError, TypeError, KeyError):
                continue  # torn, or of another version

    def _take(self, entry: dict[str, Any]) -> None:
        if "change" in entry:
            self._changes.append(Change(**entry["change"]))
        elif "traces" in entry:
            traces = entry["traces"]
            paths = traces["paths"]
            self.traces[traces["turn"]] = CommandTraces(
                turn=traces["turn"], paths=None if paths is None else tuple(paths)
            )
        else:
            self._gone |= set(entry["gone"])
            if entry["told"]:
                self.taken_back.append((entry["turn"], tuple(entry["told"])))
