"""The last list of each server, for when the server is away. May be deleted at any time."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
import re
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from vtcode.providers.model_info import ModelInfo
from vtcode.system.owned_file import replace_owned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydantic import TypeAdapter

_VERSION = 1
_SAME_S = 60.0
"""A list that has not changed is not written again for so long: it is asked for before every turn."""
_FOLDER = "model-lists"
KeptList: TypeAlias = tuple[tuple[ModelInfo, ...], float]
"""Models, and when they were listed: seconds since 1970."""


class ModelCache:
    """Lists by the address of their server, a file each.

    Args:
        folder: The program's cache or state folder; None: nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder / _FOLDER if folder else None
        self._written: dict[str, KeptList] = {}

    async def keep(self, address: str, models: Sequence[ModelInfo]) -> None:
        """Keep a list that has just been fetched; where it can't be written, it is not kept."""
        if self._folder is None:
            return
        kept, now = tuple(models), time.time()
        before = self._written.get(address)
        if before and before[0] == kept and 0 <= now - before[1] < _SAME_S:
            return
        self._written[address] = kept, now
        entries = [asdict(model) for model in kept]
        content = {"version": _VERSION, "address": address, "fetched_at": now, "models": entries}
        await asyncio.to_thread(_write, _file(self._folder, address), json.dumps(content).encode())

    def last(self, address: str) -> KeptList | None:
        """Return the last list of a server; None: none was kept, or another version of vtcode kept it."""
        if self._folder is None:
            return None
        try:
            content = json.loads(_file(self._folder, address).read_bytes())
            if content["version"] != _VERSION or content["address"] != address:
                return None
            return tuple(_adapter().validate_python(content["models"])), float(content["fetched_at"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None


def _write(file: Path, data: bytes) -> None:
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_owned(file, data)


def _file(folder: Path, address: str) -> Path:
    """Return a name that a person recognises and no two addresses share."""
    readable = re.sub(r"[^a-z0-9.]+", "-", address.partition("://")[2].lower())[:60].strip("-.")
    return folder / f"{readable}-{hashlib.sha256(address.encode()).hexdigest()[:8]}.json"


@functools.cache
def _adapter() -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(list[ModelInfo])
