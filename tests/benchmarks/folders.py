"""Work without a model: a thousand decisions of the policy, a search and a listing in a large tree."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from tests.benchmarks.table import Row
from tests.policy.commands import EVERYDAY
from tests.policy.support import TOOL, make_place
from vtcode.policy import Grants, Policy
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge
from vtcode.system.listing import list_below
from vtcode.system.ripgrep import COMMON_OPTIONS, find_ripgrep
from vtcode.system.search import SearchQuery, search

DECISIONS = 1_000
FILES = 50_000
FILES_A_FOLDER = 100
_NEEDLE = "needle_that_few_files_hold"


def policy_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure decisions about everyday commands, facts about the workspace included."""
    place = make_place(folder)
    environ = {**os.environ, **place.environ}
    lines = [line for line in EVERYDAY if "git" not in line]

    def decide(line: str) -> None:
        action = place.action(line)
        judge(TOOL, action, Policy(), Grants(), collect_facts(action, place.root, environ))

    def thousand() -> float:
        before = time.process_time()
        for line in itertools.islice(itertools.cycle(lines), DECISIONS):
            decide(line)
        return time.process_time() - before

    thousand()
    yield Row(what=f"{DECISIONS:,} policy decisions, CPU", unit="s", values=[thousand() for _ in range(runs)])


def tree_rows(runs: int, folder: Path) -> Iterator[Row]:
    """Measure a search and a listing against ripgrep itself."""
    _make_tree(folder)
    ripgrep = find_ripgrep()
    options = [ripgrep, *COMMON_OPTIONS]
    query = SearchQuery(pattern=_NEEDLE)
    yield _against_ripgrep(
        f"a search in {FILES:,} files",
        runs,
        lambda: search(folder, query, ripgrep=ripgrep),
        [*options, "--line-number", _NEEDLE, str(folder)],
    )
    yield _against_ripgrep(
        f"a listing of {FILES:,} files",
        runs,
        lambda: list_below(folder, ripgrep=ripgrep),
        [*options, "--files", str(folder)],
    )


def _against_ripgrep(what: str, runs: int, own: Callable[[], Awaitable[object]], argv: list[str]) -> Row:
    async def timed() -> float:
        begun = time.monotonic()
        await own()
        return time.monotonic() - begun

    def alone() -> float:
        begun = time.monotonic()
        subprocess.run(argv, stdout=subprocess.PIPE, check=True)
        return time.monotonic() - begun

    alone()
    pairs = [(asyncio.run(timed()), alone()) for _ in range(runs)]
    return Row(
        what=what,
        unit="s",
        values=[mine for mine, _ in pairs],
        baseline="rg",
        baseline_values=[others for _, others in pairs],
    )


def _make_tree(root: Path) -> None:
    for number in range(FILES // FILES_A_FOLDER):
        below = root / f"package{number % 10}" / f"module{number}"
        below.mkdir(parents=True)
        for file in range(FILES_A_FOLDER):
            needle = _NEEDLE if file == 0 and number % 10 == 0 else "something"
            (below / f"file{file}.py").write_text(f"def function():\n    return '{needle}'\n")
