"""The embedded engine: one child process with one model in it, and how to reach it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import secrets
import sys
from pathlib import Path

from vtcode.errors import EngineFailed
from vtcode.system.child import Child, start_child
from vtcode.visible import plain

_CHILD_SCRIPT = Path(__file__).with_name("embedded_child.py")
_LOAD_ERROR = re.compile(r"error loading model: (.+)")
_LAST_WORDS_S = 2.0


def check_engine_is_installed() -> None:
    """Make sure that the engine's package is there, without importing it.

    Raises:
        EngineFailed: It is not.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise EngineFailed(
            "The embedded engine is not installed.", hint="Install it with `pip install 'vtcode[embedded]'`."
        )


class Engine:
    """A model being served on a loopback port, to those who know its path and its key."""

    def __init__(self, child: Child, model_path: Path, base_url: str, key: str) -> None:
        self._child = child
        self.model_path = model_path
        self.base_url = base_url
        self.key = key

    @property
    def pid(self) -> int:
        """The process that holds the model."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs, as far as is known."""
        return self._child.exit_code is None

    async def cause_of_death(self) -> str:
        """Return how the process ended, in words; empty: it is alive.

        A socket breaks before the process's end is known, so this waits a moment for it.
        """
        return _ending(self._child) if await self._child.ends_within(_LAST_WORDS_S) else ""

    async def stop(self) -> None:
        """End the process. Idempotent."""
        await self._child.stop()


async def start_engine(model_path: Path, *, alias: str, window_tokens: int) -> Engine:
    """Load a model into a new child process; takes as long as loading does.

    Args:
        model_path: A GGUF file.
        alias: The model's id, as requests name it.
        window_tokens: How large a context to allocate; llama.cpp takes less where the model knows less.

    Raises:
        EngineFailed: The engine is missing, or the model can't be loaded.
    """
    check_engine_is_installed()
    key, prefix = secrets.token_urlsafe(32), f"/{secrets.token_urlsafe(16)}"
    settings = {
        "model_path": str(model_path),
        "alias": alias,
        "window_tokens": window_tokens,
        "threads": max(1, (os.cpu_count() or 2) - 1),  # with all of them, a busy machine stalls it
        "key": key,
        "prefix": prefix,
    }
    try:
        argv = [sys.executable, "-P", str(_CHILD_SCRIPT)]
        child = await start_child(argv, cwd=model_path.parent, environment=os.environ)
    except OSError as error:
        raise EngineFailed(f"The embedded engine can't be started: {error}.", hint="Try again.") from error
    try:
        await child.write_line(json.dumps(settings).encode())  # not argv, which every user can read
        address = _address(await child.read_line(), child, model_path)
    except BaseException:
        await child.stop()
        raise
    return Engine(child, model_path, f"{address}{prefix}/v1", key)


def _address(line: bytes, child: Child, model_path: Path) -> str:
    """Return the address that the child answered with."""
    answer = json.loads(line) if line else {}
    if "address" in answer:
        return str(answer["address"])
    log = plain(child.log_tail())
    reasons = _LOAD_ERROR.findall(log) or [answer.get("error", "") or log[-300:].strip() or "no reason given"]
    raise EngineFailed(
        f"The embedded engine could not load {model_path}: {reasons[-1]}.",
        hint="The file may be damaged, of an unknown kind, or too large for this machine's memory: "
        "try another one, or a smaller window.",
    )


def _ending(child: Child) -> str:
    code = child.exit_code or 0
    if code == 0:
        return "ended"
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
