"""Which states are kept in which forms: as text for the tests, as pictures for the documentation."""

from __future__ import annotations

from pathlib import Path

from tests.support.screen_capture import Rows, as_svg, as_text, rows_of
from tests.support.states import ALL, State, staged, still
from tests.support.tui_app import Bench

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "tests" / "tui" / "snapshots"
SCREENSHOTS = ROOT / "docs" / "screenshots"

AT_EVERY_SIZE = ("answer", "keys", "model-picker", "permission-diff", "queue", "status")
"""These are kept in light and at larger sizes, too."""
LARGER = ((120, 40), (200, 50))
IN_DOCUMENTS = (
    "answer",
    "completions",
    "context",
    "empty",
    "files",
    "keys",
    "model-picker",
    "opening-failed",
    "palette",
    "permission-command",
    "permission-diff",
    "plan-question",
    "queue",
    "search",
    "tool-calls",
    "welcome",
)
WIDE_IN_DOCUMENTS = "permission-diff"
_WIDE = (140, 28)


def expected_files() -> set[Path]:
    """Return every file that `taken` makes of all states."""
    larger = [f"{columns}x{rows}" for columns, rows in LARGER]
    text = [SNAPSHOTS / f"{name}.txt" for name in ALL]
    text += [SNAPSHOTS / f"{name}-{form}.txt" for name in AT_EVERY_SIZE for form in ("light", *larger)]
    pictures = [SCREENSHOTS / f"{name}.svg" for name in (*IN_DOCUMENTS, f"{WIDE_IN_DOCUMENTS}-wide")]
    return {*text, *pictures}


async def taken(state: State) -> dict[Path, str]:
    """Return what a state looks like, by the files that it is kept in."""
    files: dict[Path, str] = {}
    async with staged(state) as bench:
        rows = rows_of(bench.app)
        files[SNAPSHOTS / f"{state.name}.txt"] = as_text(rows)
        if state.name in IN_DOCUMENTS:
            files[SCREENSHOTS / f"{state.name}.svg"] = as_svg(rows, state.about)
        if state.name in AT_EVERY_SIZE:
            files |= await _other_forms(state, bench)
    return files


async def _other_forms(state: State, bench: Bench) -> dict[Path, str]:
    files: dict[Path, str] = {}
    bench.app.theme = "vtcode-light"
    await still(bench)
    files[SNAPSHOTS / f"{state.name}-light.txt"] = as_text(rows_of(bench.app))
    bench.app.theme = "vtcode-dark"
    for columns, height in LARGER:
        rows = await _at_size(bench, columns, height)
        files[SNAPSHOTS / f"{state.name}-{columns}x{height}.txt"] = as_text(rows)
    if state.name == WIDE_IN_DOCUMENTS:
        files[SCREENSHOTS / f"{state.name}-wide.svg"] = as_svg(await _at_size(bench, *_WIDE), state.about)
    return files


async def _at_size(bench: Bench, columns: int, height: int) -> Rows:
    await bench.pilot.resize_terminal(columns, height)
    await still(bench)
    return rows_of(bench.app)
