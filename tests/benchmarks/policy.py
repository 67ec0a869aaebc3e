"""What a decision costs: a thousand of them, in CPU time of this process and of the git commands it asks.

Run with `python -m tests.benchmarks.policy`.
"""

from __future__ import annotations

import itertools
import resource
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.policy.commands import EVERYDAY, TRICKS
from tests.policy.support import TOOL, Place, make_place
from vtcode.policy import CommandRules, Grants, Policy, collect_facts, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DECISIONS = 1_000


def cpu_s() -> tuple[float, float]:
    """Return the CPU time of this process, and of the processes that it has waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def measure(title: str, lines: Sequence[str], decide: Callable[[str], object]) -> None:
    """Print what a thousand decisions cost, the lines taken in turn."""
    for line in lines:
        decide(line)
    before = cpu_s()
    for line in itertools.islice(itertools.cycle(lines), DECISIONS):
        decide(line)
    own, children = (after - start for start, after in zip(before, cpu_s(), strict=True))
    print(f"{title:<48} {own:6.3f} s, git {children:6.3f} s")


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
        tricks = [line for rows in TRICKS.values() for line, _wanted, _why in rows]
        lines = [*EVERYDAY, *tricks]
        facts = {line: place.facts(line) for line in lines}
        without_git = [line for line in EVERYDAY if "git" not in line]

        def judged(line: str) -> object:
            return judge(TOOL, place.action(line), policy, grants, facts[line])

        print(f"{DECISIONS} decisions")
        measure("judgement alone, everyday commands", EVERYDAY, judged)
        measure("judgement alone, the whole table", lines, judged)
        measure("with facts, everyday commands without git", without_git, lambda line: whole(place, line))
        measure("with facts, everyday commands", EVERYDAY, lambda line: whole(place, line))


def whole(place: Place, line: str) -> object:
    """Decide as the gate does: facts first."""
    action = place.action(line)
    return judge(TOOL, action, Policy(), Grants(), collect_facts(action, place.root, place.environ))


if __name__ == "__main__":
    main()
