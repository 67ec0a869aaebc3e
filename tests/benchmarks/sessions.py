"""Sessions of any length: a key press below them, their memory, and how long it takes to go on with one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.process import Terminal
from tests.benchmarks.program import scripted
from tests.benchmarks.table import Row, at_most
from vtcode.event_json import to_json
from vtcode.events import Event, ReplyCompleted, SessionStarted, TurnEnded, TurnStarted
from vtcode.messages import AssistantMessage, Usage
from vtcode.session.store import SessionStore

LENGTHS = (10, 1_000, 5_000)
RESUMED_BYTES = 10_000_000
KEYS = 40
_PARAGRAPH = (
    "The parser **splits** on blanks, so `a b` becomes two words; see [the docs](https://example.com/p).\n\n"
    "- first, the reader is told what stands in the line\n- second, why\n\n"
    "```python\ndef parse(text: str) -> list[str]:\n    return text.split(',')  # commas\n```\n"
)


def key_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure the CPU of a key in the prompt, and of a page up or down, below sessions of some lengths."""
    costs: dict[int, list[tuple[float, float, float]]] = {length: [] for length in LENGTHS}
    for length in LENGTHS:
        _record(folder / str(length), messages=length)
    for _ in range(runs):
        for length in LENGTHS:
            costs[length].append(_key_costs(folder / str(length)))
    for place, what in ((0, "a key in the prompt"), (1, "a page up or down")):
        for length in LENGTHS:
            row = Row(
                what=f"{what}, {length:,} messages, CPU",
                unit="ms",
                values=[cost[place] for cost in costs[length]],
                baseline="with 10 messages" if length != LENGTHS[0] else "",
                baseline_values=[cost[place] for cost in costs[LENGTHS[0]]] if length != LENGTHS[0] else (),
            )
            yield at_most(row, ratio=1.3) if length == LENGTHS[-1] else row
    for length in LENGTHS:
        peaks = [cost[2] for cost in costs[length]]
        yield Row(what=f"memory with {length:,} messages (peak resident set)", unit="MB", values=peaks)


def resume_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure going on with a large session: until its end is shown and the next message can be sent."""
    home = folder / "resumed"
    size = _record(home, at_least_bytes=RESUMED_BYTES)
    walls, peaks = [], []
    for _ in range(runs):
        with _resumed(home) as app:
            app.wait_for(b"ready")
            walls.append(time.monotonic() - app.started_at)
            peaks.append(app.peak_mb())
    yield Row(what=f"going on with a session of {size / 1e6:.0f} MB", unit="s", values=walls)
    yield Row(
        what=f"memory with a session of {size / 1e6:.0f} MB (peak resident set)", unit="MB", values=peaks
    )


def _key_costs(home: Path) -> tuple[float, float, float]:
    """Return CPU milliseconds of a key in the prompt and of a page, and megabytes."""
    with _resumed(home) as app:
        app.wait_for(b"ready")
        app.settle(0.3)
        typing = statistics.median(_cost(app, "Z") for _ in range(KEYS))
        paging = statistics.median(_cost(app, key) for key in ("\x1b[5~", "\x1b[6~") * (KEYS // 2))
        return typing * 1e3, paging * 1e3, app.peak_mb()


def _cost(app: Terminal, keys: str) -> float:
    """Return the CPU seconds of a key, with what it has drawn."""
    before = app.cpu_s()
    app.send(keys)
    app.read()
    app.settle(0.05)
    return app.cpu_s() - before


def _resumed(home: Path) -> Terminal:
    return Terminal("-m", "vtcode", "--continue", *scripted(home), cwd=home, home=home)


def _record(home: Path, *, messages: int = 0, at_least_bytes: int = 0) -> int:
    """Record a session with so many messages, or of such a size; return its size."""
    home.mkdir()
    path = SessionStore(home / ".local/state/vtcode").new_path(home)
    path.parent.mkdir(parents=True)
    started = SessionStarted(
        session_id=path.stem,
        workspace=str(home),
        provider="scripted",
        model="scripted",
        window_tokens=None,
        system_prompt="You are a coding agent.",
        tools=(),
    )
    written, turn = 0, 0
    with path.open("wb") as file:
        written += file.write(_line(started))
        while 2 * turn < messages or written < at_least_bytes:
            turn += 1
            written += sum(file.write(_line(event)) for event in _turn(turn))
    return written


def _turn(turn: int) -> Iterator[Event]:
    yield TurnStarted(turn=turn, text=f"Question {turn}: what does the parser do with blanks?")
    yield ReplyCompleted(message=AssistantMessage(text=_PARAGRAPH), finish="stop", usage=Usage())
    yield TurnEnded(turn=turn, outcome="completed", usage=Usage(), duration_s=1.0)


def _line(event: Event) -> bytes:
    return to_json(event).encode() + b"\n"
