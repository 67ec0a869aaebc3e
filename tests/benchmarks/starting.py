"""Starting: the app's first frame and first key, its memory, what it does while nothing happens; `exec`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.process import Terminal, run_once
from tests.benchmarks.program import scripted, streaming_server
from tests.benchmarks.table import Row, at_most

_FOLDER = Path(__file__).parent
_BARE = "a bare Textual app"
_FIRST_ROW = b"\x1b[1;1H"
"""Textual begins a frame at the top; before the first one nothing is written there."""
_IDLE_S = 10.0


def start_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure the first frame, and the echo of a key that is pressed as soon as it is there."""
    own = ("-m", "vtcode", *scripted(folder))
    bare = (str(_FOLDER / "bare_app.py"),)
    for arguments in (own, bare):
        _start(arguments, folder)
    pairs = [(_start(own, folder), _start(bare, folder)) for _ in range(runs)]
    for place, what, limit in (
        (0, "start to the first frame", 1.1),
        (1, "start to the first key's echo", 1.25),
    ):
        row = Row(
            what=what,
            unit="ms",
            values=[mine[place] * 1e3 for mine, _ in pairs],
            baseline=_BARE,
            baseline_values=[others[place] * 1e3 for _, others in pairs],
        )
        yield at_most(row, ratio=limit)
    ready, key = zip(*[_ready(own, folder) for _ in range(runs)], strict=True)
    yield Row(what="start to a session that is open", unit="ms", values=[value * 1e3 for value in ready])
    yield Row(
        what="longest key echo while the session opens", unit="ms", values=[value * 1e3 for value in key]
    )


def _start(arguments: tuple[str, ...], folder: Path) -> tuple[float, float]:
    with Terminal(*arguments, cwd=folder, home=folder) as app:
        painted = app.wait_for(_FIRST_ROW)
        app.send("Z")
        echoed = app.wait_for(b"Z")
        return painted - app.started_at, echoed - app.started_at


def _ready(arguments: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """Return when the session is open, and the longest time that a key took until then."""
    with Terminal(*arguments, cwd=folder, home=folder) as app:
        app.wait_for(_FIRST_ROW)
        longest, written = 0.0, b""
        while b"ready" not in written:
            pressed = time.monotonic()
            app.send("Z")
            arrived = b""
            while b"Z" not in arrived:
                arrived += app.read()
            longest = max(longest, time.monotonic() - pressed)
            written += arrived
        return time.monotonic() - app.started_at, longest


def idle_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure memory once the session is open, and the CPU that is used while nothing happens."""
    peaks, shares = [], []
    for _ in range(runs):
        with Terminal("-m", "vtcode", *scripted(folder), cwd=folder, home=folder) as app:
            app.wait_for(b"ready")
            app.settle()
            peaks.append(app.peak_mb())
            before, begun = app.cpu_s(), time.monotonic()
            while (left := begun + _IDLE_S - time.monotonic()) > 0:
                app.read(timeout_s=left)
            shares.append((app.cpu_s() - before) / (time.monotonic() - begun) * 100)
    yield at_most(Row(what="memory after the start (peak resident set)", unit="MB", values=peaks), value=80)
    yield at_most(Row(what="CPU while idle", unit="%", values=shares), value=0.5)


def exec_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure one answer of `vtcode exec`."""
    with streaming_server(2) as server:
        own = ("-m", "vtcode", "exec", "hello", *server.flags)
        bare = (str(_FOLDER / "bare_request.py"), server.url)
        for arguments in (own, bare):
            run_once(arguments, cwd=folder, home=folder)
        pairs = [
            (run_once(own, cwd=folder, home=folder), run_once(bare, cwd=folder, home=folder))
            for _ in range(runs)
        ]
    for place, what, seconds in (
        (0, "one answer of `exec`, wall time", 0.7),
        (1, "one answer of `exec`, CPU", None),
    ):
        row = Row(
            what=what,
            unit="s",
            values=[mine[place] for mine, _ in pairs],
            baseline="httpx, pydantic, one request",
            baseline_values=[others[place] for _, others in pairs],
        )
        yield at_most(row, ratio=1.3, value=seconds)
