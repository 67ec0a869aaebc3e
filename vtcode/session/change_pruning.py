"""How long contents are kept for `/undo`: the oldest sessions' go first, never the present one's."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from vtcode.session.change_log import ChangeLog

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.system.kept_files import KeptFiles

MAX_BYTES = 200_000_000
MAX_AGE_S = 30 * 24 * 3600.0
_JUST_NOW_S = 3600.0
"""A content this young may belong to a record that is just being written."""


def prune(
    folder: Path,
    kept: KeptFiles,
    present: str,
    *,
    max_bytes: int = MAX_BYTES,
    max_age_s: float = MAX_AGE_S,
) -> None:
    """Drop the records of sessions that are too old, or of which there are too many, and what they kept.

    Args:
        folder: Of the records.
        kept: The contents.
        present: The id of the session that goes on.
        max_bytes: What all contents may take on the disk.
        max_age_s: Since a session's last change.
    """
    now = time.time()
    contents = {digest: (size, kept_at) for digest, size, kept_at in kept.sizes()}
    total, needed = 0, set[str]()
    for file in sorted(folder.glob("*.jsonl"), key=_changed_at, reverse=True):
        own = {change.before for change in ChangeLog(file).standing()} & contents.keys()
        more = sum(contents[digest][0] for digest in own - needed)
        is_old = now - _changed_at(file) > max_age_s
        if file.stem != present and (is_old or total + more > max_bytes):
            with suppress(OSError):
                file.unlink()
            continue
        total, needed = total + more, needed | own
    for digest, (_, kept_at) in contents.items():
        if digest not in needed and now - kept_at > _JUST_NOW_S:
            kept.drop(digest)


def _changed_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
