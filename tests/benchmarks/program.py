"""The program as it is measured: against a server of the benchmark's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCRIPTED = 'turns = [{ text = "Hello." }]\n'


@dataclass(frozen=True)
class Server:
    """A streaming server that runs."""

    url: str
    process: subprocess.Popen[str]

    def sent_at(self) -> list[float]:
        """Return when each token of the last reply was sent."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    @property
    def flags(self) -> tuple[str, ...]:
        """What has the program use it."""
        setting = f"providers.openai_compatible.base_url={self.url}"
        return ("--provider", "openai_compatible", "-c", setting)


@contextmanager
def streaming_server(tokens: int, tokens_per_s: float = 0) -> Iterator[Server]:
    """Run a server whose replies have so many tokens; 0 a second: as fast as they are taken."""
    script = Path(__file__).with_name("streaming_server.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(tokens), str(tokens_per_s)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield Server(f"http://127.0.0.1:{process.stdout.readline().strip()}/v1", process)
    finally:
        process.kill()
        process.wait()


def scripted(folder: Path) -> tuple[str, ...]:
    """Return the flags for a model that is a file."""
    file = folder / "script.toml"
    file.write_text(SCRIPTED)
    return ("--provider", "scripted", "-c", f"providers.scripted.script={file}")
