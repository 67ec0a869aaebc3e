"""Which of the files that git tracks has a certain path."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TIMEOUT_S = 3.0
_LISTINGS = (
    ("ls-files", "-z", "--full-name"),
    ("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD"),
)


def tracked_file(
    git: str, top: str, environ: Mapping[str, str], is_wanted: Callable[[str], bool]
) -> str | None:
    """Return the first wanted file of the index or of the last commit; empty: none; None: unknown.

    Args:
        git: The program, in a place where it runs no helper.
        top: Real path of the work tree; empty: there is none.
        environ: The command's environment.
        is_wanted: Asked with the path where a file lies, or would.
    """
    if not top:
        return None
    for listing in _LISTINGS:
        try:
            done = subprocess.run(
                [git, *listing],
                cwd=top,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        # Without a commit there is no last one.
        paths = (f"{top}/{os.fsdecode(name)}" for name in done.stdout.split(b"\0") if name)
        if found := next((path for path in paths if is_wanted(path)), ""):
            return found
    return ""
