"""Streaming, from a socket on loopback through the whole program to the bytes that a terminal gets."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.process import Terminal, plain
from tests.benchmarks.program import streaming_server
from tests.benchmarks.table import Row, at_most

FLOOD_TOKENS = 6_000
STEADY_TOKENS = 600
STEADY_TOKENS_PER_S = 60.0
_WORD = re.compile(rb"w(\d{4})")


def flood_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure a reply that comes as fast as it is taken."""
    costs, walls, peaks = [], [], []
    with streaming_server(FLOOD_TOKENS) as server:
        for _ in range(runs):
            with Terminal("-m", "vtcode", *server.flags, cwd=folder, home=folder) as app:
                _ask(app)
                before, begun = app.cpu_s(), time.monotonic()
                app.send("\r")
                _shown_at(app, FLOOD_TOKENS)
                walls.append(time.monotonic() - begun)
                app.settle()
                costs.append((app.cpu_s() - before) / FLOOD_TOKENS * 1e3)
                peaks.append(app.peak_mb())
            server.sent_at()
    cost = Row(what=f"CPU a token, {FLOOD_TOKENS:,} tokens at once", unit="ms", values=costs)
    yield at_most(cost, value=0.10)
    yield Row(what=f"wall time of {FLOOD_TOKENS:,} tokens at once", unit="s", values=walls)
    peak = Row(what=f"memory after {FLOOD_TOKENS:,} tokens (peak resident set)", unit="MB", values=peaks)
    yield at_most(peak, value=100)


def steady_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure how long after it was sent a token is written to the terminal, at a usual speed."""
    medians, late, shares = [], [], []
    with streaming_server(STEADY_TOKENS, STEADY_TOKENS_PER_S) as server:
        for _ in range(runs):
            with Terminal("-m", "vtcode", *server.flags, cwd=folder, home=folder) as app:
                _ask(app)
                before, begun = app.cpu_s(), time.monotonic()
                app.send("\r")
                shown = _shown_at(app, STEADY_TOKENS)
                shares.append((app.cpu_s() - before) / (time.monotonic() - begun) * 100)
            delays = [(seen - sent) * 1e3 for seen, sent in zip(shown, server.sent_at(), strict=True)]
            medians.append(statistics.median(delays))
            late.append(statistics.quantiles(delays, n=20)[-1])
    pace = f"{STEADY_TOKENS_PER_S:.0f} tokens/s"
    yield at_most(Row(what=f"sent to shown at {pace}, median", unit="ms", values=medians), value=12)
    yield at_most(Row(what=f"sent to shown at {pace}, 95th of 100", unit="ms", values=late), value=30)
    yield at_most(Row(what=f"CPU at {pace}", unit="%", values=shares), value=20)


def _ask(app: Terminal) -> None:
    """Have a message in the prompt of an app that does nothing else."""
    app.wait_for(b"ready")
    app.send("go")
    app.settle()


def _shown_at(app: Terminal, tokens: int) -> list[float]:
    """Return when each token was written to the terminal; one that scrolled by unseen: with the next one."""
    shown: list[float] = []
    while len(shown) < tokens:
        written = app.read()
        now = time.monotonic()
        assert written, f"only {len(shown)} tokens were shown"
        newest = max((int(word) for word in _WORD.findall(plain(written))), default=-1)
        shown += [now] * (newest + 1 - len(shown))
    return shown
