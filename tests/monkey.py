"""Use the app at random, the same way for the same seed: `python -m tests.monkey --events 10000 --seed 1`."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.support.monkey import let_loose
from tests.support.monkey.run import stay_away_from_home


def main() -> None:
    """Make the moves, and print what they came to; what must hold and does not is raised."""
    parser = argparse.ArgumentParser(prog="python -m tests.monkey")
    parser.add_argument("--events", type=int, default=10_000, help="how many moves are made (10000)")
    parser.add_argument("--seed", type=int, default=1, help="which moves these are (1)")
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        stay_away_from_home(home)
        found = asyncio.run(let_loose(home, arguments.events, arguments.seed))
    print(f"{arguments.events} events, seed {arguments.seed}, {time.monotonic() - started:.0f} s: all held")
    print(f"moves: {dict(found.moves)}")
    print(f"the session's events: {dict(found.events)}")
    print(f"questions: {dict(found.questions)}; words looked for: {found.words}; starts: {found.starts}")


if __name__ == "__main__":
    main()
