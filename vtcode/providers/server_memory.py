"""What is remembered of a server between runs: how fast models load there, which downloads run.

Kept in one file of the program's own for all servers. Where it can't be read or written, nothing is lost but
an estimate or a job's number: then it is as if nothing had been remembered.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vtcode.errors import UnwritableFolder
from vtcode.providers.fields import object_in, objects_in, text_in
from vtcode.providers.lifecycle import DownloadJob
from vtcode.system.owned_file import read_owned, update_owned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FILE = "servers.toml"
_VERSION = 1
_GB = 1e9
_MAX_JOBS = 50
log = logging.getLogger(__name__)


class ServerMemory:
    """What is remembered of one server.

    Args:
        folder: The program's state folder; None: nothing outlives the process.
        address: Which server.
    """

    def __init__(self, folder: Path | None, address: str) -> None:
        self._file = folder / _FILE if folder else None
        self._address = address
        self._unsaved: dict[str, Any] = {}

    def expected_load_s(self, key: str, size_bytes: int | None) -> float | None:
        """Return how long a model will probably load; None: there is nothing to tell it from.

        By its own last load there; else, for its size, by the last load of any model there.
        """
        seconds_per_gb = object_in(self._known().get("load_s_per_gb"))
        candidates = (seconds_per_gb.get(key), *reversed(seconds_per_gb.values()))
        measured = [one for one in candidates if isinstance(one, int | float) and one > 0]
        return measured[0] * size_bytes / _GB if measured and size_bytes else None

    def note_load(self, key: str, size_bytes: int | None, load_s: float) -> None:
        """Remember how long a model took to load."""
        if not size_bytes or load_s <= 0:
            return

        def change(known: dict[str, Any]) -> None:
            times = object_in(known.get("load_s_per_gb"))
            times.pop(key, None)
            known["load_s_per_gb"] = times | {key: round(load_s * _GB / size_bytes, 4)}

        self._update(change)

    def downloads(self) -> tuple[DownloadJob, ...]:
        """Return the downloads that were begun and whose end nobody has seen yet, the oldest first."""
        entries = objects_in(self._known().get("downloads"))
        return tuple(
            DownloadJob(
                job_id=text_in(entry.get("job_id")),
                name=text_in(entry.get("name")),
                quantization=text_in(entry.get("quantization")),
            )
            for entry in entries
            if text_in(entry.get("job_id"))
        )

    def note_download(self, job: DownloadJob) -> None:
        """Remember a download that runs."""

        def change(known: dict[str, Any]) -> None:
            others = _without(known, job.job_id)
            known["downloads"] = [*others, asdict(job)][-_MAX_JOBS:]

        self._update(change)

    def forget_download(self, job_id: str) -> None:
        """Forget a download that has ended."""

        def change(known: dict[str, Any]) -> None:
            known["downloads"] = _without(known, job_id)

        self._update(change)

    def _known(self) -> dict[str, Any]:
        if self._file is None:
            return self._unsaved
        content, problem = read_owned(self._file)
        if problem:
            log.warning("%s %s", self._file, problem)
        return object_in(object_in(content.get("servers")).get(self._address)) if _is_usable(content) else {}

    def _update(self, change: Callable[[dict[str, Any]], None]) -> None:
        if self._file is None:
            change(self._unsaved)
            return

        def changed(content: dict[str, Any]) -> dict[str, Any]:
            servers = object_in(content.get("servers"))
            known = object_in(servers.get(self._address))
            change(known)
            return {"version": _VERSION, "servers": servers | {self._address: known}}

        try:
            update_owned(self._file, changed, is_usable=_is_usable)
        except UnwritableFolder as problem:
            log.warning("%s", problem.message)


def _is_usable(content: dict[str, Any]) -> bool:
    return bool(content.get("version", _VERSION) == _VERSION)


def _without(known: dict[str, Any], job_id: str) -> list[dict[str, Any]]:
    return [entry for entry in objects_in(known.get("downloads")) if entry.get("job_id") != job_id]
