"""The last resort: an error that nobody foresaw becomes one line for the user and a traceback in the log."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from vtcode.visible import plain

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path


class _Redacting(logging.Formatter):
    """Writes records without secrets, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        from vtcode.session.secrets import without_secrets

        return without_secrets(super().format(record))


class _PrivateFile(logging.FileHandler):
    """A log that its user alone can read."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")


def start_logging(state_folder: Path, *, verbose: bool) -> None:
    """Have the program's warnings go to `vtcode.log` in the state folder; where that fails, nowhere."""
    root = logging.getLogger("vtcode")
    root.setLevel(logging.DEBUG if verbose else logging.WARNING)
    root.propagate = False
    formatter = _Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = _PrivateFile(state_folder / "vtcode.log", delay=True)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(formatter)
    root.handlers[:] = [handler]


def report_crash(error: Exception) -> int:
    """Log the traceback, tell the user in one line, and return the exit code."""
    from vtcode.config.locations import find_locations
    from vtcode.session.secrets import without_secrets

    state = find_locations(os.environ).state
    start_logging(state, verbose=False)
    logging.getLogger("vtcode").error("unexpected error", exc_info=error)
    told = without_secrets(plain(f"{type(error).__name__}: {error}"))
    print(f"vtcode: an error that should not happen: {told}", file=sys.stderr)
    print(f"  Details are in {state / 'vtcode.log'}; please report it with them.", file=sys.stderr)
    return 1
