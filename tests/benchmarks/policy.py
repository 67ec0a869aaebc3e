"""What a decision costs: a thousand of them, in CPU time of this process and of the git commands it asks.

Run with `python -m tests.benchmarks.policy`.
"""

from __future__ import annotations

import itertools
import os
import resource
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.policy.commands import EVERYDAY, TRICKS
from tests.policy.support import TOOL, Place, make_place
from vtcode.policy import CommandRules, Grants, Policy
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge

if TYPE_CHECKING:
    from collections.abc import Callable

DECISIONS = 1_000
RUNS = 5
FILES = 10_000
WARMING_ROUNDS = 3
"""What git says is kept once it was asked twice."""


def cpu_s() -> float:
    """Return the CPU time of this process and of the processes that it has waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def measure(title: str, lines: tuple[str, ...], decide: Callable[[str], object]) -> None:
    """Print what a thousand decisions cost, the lines taken in turn: median and spread of some runs."""
    for line in lines * WARMING_ROUNDS:
        decide(line)
    costs: list[float] = []
    for _ in range(RUNS):
        before = cpu_s()
        for line in itertools.islice(itertools.cycle(lines), DECISIONS):
            decide(line)
        costs.append(cpu_s() - before)
    print(f"{title:<58} {statistics.median(costs):6.3f}  {min(costs):.3f} to {max(costs):.3f}")


def main() -> None:
    """Measure in a workspace of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = make_place(Path(folder).resolve())
        rules = CommandRules(
            allow_list=("npm test", "cargo check"),
            ask_glob=("git push*",),
            deny_regex=(r"\bcurl\b",),
        )
        policy, grants = Policy(commands=rules), Grants()
        tricks = tuple(line for rows in TRICKS.values() for line, _wanted, _why in rows)
        lines = (*EVERYDAY, *tricks)
        known = {line: place.facts(line) for line in lines}
        git = tuple(line for line in EVERYDAY if "git" in line)
        without_git = tuple(line for line in EVERYDAY if line not in git)

        def judged(line: str) -> object:
            return judge(TOOL, place.action(line), policy, grants, known[line])

        def whole(line: str) -> object:
            """Decide as the gate does: facts first."""
            action = place.action(line)
            facts = collect_facts(action, place.root, environ, denied=policy.paths)
            return judge(TOOL, action, policy, grants, facts)

        environ = {**os.environ, **place.environ}
        print(f"CPU time of {DECISIONS:,} decisions, in seconds".ljust(58), "median  spread")
        measure(f"judgement alone, {len(EVERYDAY)} everyday commands", EVERYDAY, judged)
        measure(f"judgement alone, the whole table of {len(lines)}", lines, judged)
        measure(f"with facts, {len(without_git)} everyday commands without git", without_git, whole)
        measure(f"with facts, {len(git)} everyday commands with git", git, whole)
        measure(f"with facts, {len(EVERYDAY)} everyday commands, git among them", EVERYDAY, whole)
        _measure_search(place, whole)


def _measure_search(place: Place, whole: Callable[[str], object]) -> None:
    """Print what it costs to look whether a search through folders would reach secrets."""
    for number in range(FILES):
        file = place.root / "many" / f"folder{number % 100}" / f"some_module_{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    before = cpu_s()
    whole("grep -rn TODO many")
    print(f"\nA search through {FILES:,} files: {(cpu_s() - before) / FILES * 1e6:.1f} microseconds a file")


if __name__ == "__main__":
    main()
