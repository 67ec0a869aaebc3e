"""What a command's result says of the sandbox: that it may be why the command failed, and what it did to
protected names.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vtcode.system.sandbox import Aftermath, Containment

_SHOWN_PATHS = 5

_WRITING = re.compile(r"read-only file system|EROFS|operation not permitted|EPERM", re.IGNORECASE)
_NETWORK = re.compile(
    r"could ?n[o']t (be )?resolve|temporary failure in name resolution|name or service not known"
    r"|network is unreachable|ENETUNREACH|EAI_AGAIN|ENOTFOUND|nodename nor servname|failed to establish a new"
    r" connection|couldn't connect to server|no such host|dns error",
    re.IGNORECASE,
)


_ASK = " If that is why it failed, call again with outside_sandbox saying why; the user is asked."


_NOTES = (
    "Renamed, with .untrusted at its end, because other programs would obey it: {paths}."
    " The user can rename it back; or make it with outside_sandbox.",
    "Made meanwhile under a name that other programs obey: {paths}. The user should look at it first.",
    "Put back as the link that it was: {paths}. What the command put there has .untrusted at its end.",
    "Changed, replaced or removed while the command ran, which could write it from then on: {paths}."
    " The user should look at it, because other programs obey it.",
)


def sandbox_hint(output: str, containment: Containment) -> str:
    """Return a line that says how to ask for the command outside; empty: it is not the sandbox's doing."""
    if containment.back_end is None:
        return ""
    if not containment.network and _NETWORK.search(output):
        return f"\nThe sandbox has no network.{_ASK}"
    if _WRITING.search(output):
        where = "nothing" if containment.policy == "read_only" else "only the project, without its .git,"
        return f"\nIn the sandbox {where} can be written.{_ASK}"
    return ""


def aftermath_notes(aftermath: Aftermath, shown: Callable[[Path], str]) -> tuple[str, ...]:
    """Return sentences about what became of protected names while a command ran; empty: nothing.

    Args:
        aftermath: What was found.
        shown: How a path is told.
    """
    groups = zip(
        (aftermath.renamed, aftermath.left, aftermath.restored, aftermath.changed), _NOTES, strict=True
    )
    return tuple(note.format(paths=_listed(paths, shown)) for paths, note in groups if paths)


def bracketed(notes: Sequence[str]) -> str:
    """Return the notes as they stand after what a command said: a line each."""
    return "".join(f"\n[{note}]" for note in notes)


def _listed(paths: Sequence[str], shown: Callable[[Path], str]) -> str:
    more = f" and {len(paths) - _SHOWN_PATHS} more" if len(paths) > _SHOWN_PATHS else ""
    return ", ".join(shown(Path(path)) for path in sorted(paths)[:_SHOWN_PATHS]) + more
