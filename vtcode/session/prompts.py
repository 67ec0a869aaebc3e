"""The prompts typed in a workspace: one JSON string a line, shared by all runs and all front ends.

Each new one is a single write in append mode, so that runs do not mix. What is not a JSON string is passed
over. A file that can't be read or written costs the history and nothing else.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 1_000
_LONGEST = 20_000
"""Characters; a longer prompt (a pasted file) is recalled in its own run only."""


def read_prompts(file: Path | None) -> list[str]:
    """Return the newest prompts, oldest first; none where there is no file.

    A file of twice as many is cut to these; a prompt that another run adds in that very instant may be lost.
    """
    if file is None:
        return []
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return []
    prompts = [prompt for line in lines if (prompt := _prompt(line))][-KEPT:]
    if len(lines) >= 2 * KEPT:
        _rewrite(file, prompts)
    return prompts


def append_prompt(file: Path | None, prompt: str) -> None:
    """Add a prompt to the file, where there is one."""
    if file is None or len(prompt) > _LONGEST:
        return
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as opened:
            opened.write(_line(prompt))
    except OSError:
        return


def _prompt(line: bytes) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def _line(prompt: str) -> bytes:
    return json.dumps(prompt).encode() + b"\n"


def _rewrite(file: Path, prompts: list[str]) -> None:
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.touch(0o600)
        temporary.write_bytes(b"".join(map(_line, prompts)))
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
