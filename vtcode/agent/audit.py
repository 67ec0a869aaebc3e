"""The record of every decision of the gate: one JSON object a line, for the user's eyes alone.

A record that can't be written keeps nothing from being decided: that it failed is told once.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vtcode.actions import Action

FILE_NAME = "audit.jsonl"
"""In the state folder."""
MAX_BYTES = 8_000_000
"""A file that has grown to this becomes the older one, in the place of the one before."""

AnsweredBy: TypeAlias = Literal[
    "rule", "full_auto", "user_once", "user_session", "user_always", "user_workspace", "user", "nobody"
]
"""What decided: a rule; the user, as far as the answer reaches (`user`: by a no); or, where the decision is
`deny` or `cancelled`, nobody who could have said yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One decision."""

    session: str
    """The session's id; empty: it is not recorded."""
    workspace: str
    tool: str
    action: Action
    """Exactly what was decided about, but for secrets."""
    decision: Literal["allow", "deny", "cancelled"]
    rule: str
    """The rule that allowed or denied it, or had it asked."""
    reason: str
    answered_by: AnsweredBy
    left_out: tuple[int, ...] = ()
    """The hunks of the action's diff, numbered from 1, that the user took out before allowing the rest."""

    def line(self, at: datetime) -> bytes:
        """Return it as a line of JSON; what is no text survives as an escape."""
        record = {"time": at.isoformat(timespec="milliseconds"), **asdict(self)}
        return json.dumps(record).encode() + b"\n"


class AuditLog:
    """Appends decisions to a file that several programs may share."""

    def __init__(self, file: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._told = False

    def write(self, record: DecisionRecord) -> str:
        """Append a record; returns what keeps it from being written, the first time that something does."""
        try:
            self._append(record.line(datetime.now(UTC)))
        except OSError as error:
            if self._told:
                return ""
            self._told = True
            return f"Decisions are not recorded: {self._file}: {error.strerror or error}"
        return ""

    def _append(self, line: bytes) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._opened() as descriptor:
            if os.fstat(descriptor).st_size + len(line) <= self._max_bytes:
                _write_all(descriptor, line)
                return
            self._rotate(descriptor)
        with self._opened() as descriptor:
            _write_all(descriptor, line)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._file, flags, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
            yield descriptor
        finally:
            os.close(descriptor)

    def _rotate(self, descriptor: int) -> None:
        """Put the full file aside, unless another program is at it, or has done so already."""
        with suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(self._file)):  # noqa: PTH116
                self._file.replace(self._file.with_name(f"{self._file.name}.1"))


def _write_all(descriptor: int, line: bytes) -> None:
    while line:
        line = line[os.write(descriptor, line) :]
