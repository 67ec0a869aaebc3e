"""Write what the app's states look like: `python -m tests.snapshots [STATE ...]`.

Text for the tests goes to tests/tui/snapshots, pictures for the documentation to docs/screenshots. Look at
the difference (`git diff`) before it is committed: it is what users will see.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from tests.support.snapshots import SCREENSHOTS, SNAPSHOTS, expected_files, taken
from tests.support.states import ALL


async def write(names: list[str]) -> None:
    """Write the files of some states, and remove those that belong to none any more."""
    for name in names:
        for file, content in (await taken(ALL[name])).items():
            is_new = not file.exists() or file.read_text(encoding="utf-8") != content
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            print(f"{'written  ' if is_new else 'as before'}  {file.name}")
    for file in {*SNAPSHOTS.glob("*.txt"), *SCREENSHOTS.glob("*.svg")} - expected_files():
        file.unlink()
        print(f"removed    {file.name}")


def main() -> None:
    """Write the states that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.snapshots")
    parser.add_argument("states", nargs="*", metavar="STATE", help=f"of {', '.join(ALL)}; default: all")
    names = parser.parse_args().states
    if unknown := set(names) - set(ALL):
        parser.error(f"there is no state {', '.join(sorted(unknown))}")
    os.environ["COLORTERM"] = "truecolor"  # whatever this runs in
    asyncio.run(write(names or list(ALL)))


if __name__ == "__main__":
    main()
