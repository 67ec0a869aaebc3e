"""`vtcode` as a process with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import vtcode

TIMEOUT_S = 180
HERE = str(Path(vtcode.__file__).parents[1])
"""Where the tests' own vtcode lies, which need not be the one that is installed."""


def run_vtcode(
    *arguments: str,
    cwd: Path,
    home: Path,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end; its standard input is `stdin`, or empty."""
    return subprocess.run(
        [sys.executable, "-m", "vtcode", *arguments],
        cwd=cwd,
        env={
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": HERE,
            **(environment or {}),
        },
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
