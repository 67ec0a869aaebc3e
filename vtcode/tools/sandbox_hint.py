"""What a command's result says of the sandbox: that it may be why the command failed, and what it undid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.system.sandbox import Containment

_SHOWN_PATHS = 5

_WRITING = re.compile(r"read-only file system|EROFS|operation not permitted|EPERM", re.IGNORECASE)
_NETWORK = re.compile(
    r"could ?n[o']t (be )?resolve|temporary failure in name resolution|name or service not known"
    r"|network is unreachable|ENETUNREACH|EAI_AGAIN|ENOTFOUND|nodename nor servname|failed to establish a new"
    r" connection|couldn't connect to server|no such host|dns error",
    re.IGNORECASE,
)


_ASK = " If that is why it failed, call again with outside_sandbox saying why; the user is asked."


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


def undone_note(made: Sequence[str]) -> str:
    """Return a line about what a command made under a protected name, by these paths; empty: nothing."""
    if not made:
        return ""
    shown = ", ".join(revealed(path, keep_newlines=False) for path in sorted(made)[:_SHOWN_PATHS])
    more = f" and {len(made) - _SHOWN_PATHS} more" if len(made) > _SHOWN_PATHS else ""
    return (
        f"\n[Renamed, with .untrusted at its end, because other programs would obey it: {shown}{more}."
        " The user can rename it back; or make it with outside_sandbox.]"
    )
