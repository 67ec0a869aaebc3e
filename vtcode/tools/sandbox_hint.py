"""What the model is told where a command failed and the sandbox looks like the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.system.sandbox import Containment

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
