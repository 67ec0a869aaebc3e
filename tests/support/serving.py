"""`vtcode serve` as a process with a home of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.program import HERE

TIMEOUT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A running server."""

    url: str
    process: subprocess.Popen[str]

    def interrupt(self) -> int:
        """Do what Ctrl-C does, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(TIMEOUT_S)


@contextmanager
def serving(
    *flags: str, cwd: Path, home: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Serving]:
    """Run it until the context is left."""
    variables = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": HERE}
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "vtcode", "serve", *flags],
        cwd=cwd,
        env=variables | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/[\w-]{43}/$", said.strip())
            assert found, (said, process.communicate(timeout=TIMEOUT_S))
            yield Serving(url=found.group(), process=process)
        finally:
            process.kill()
