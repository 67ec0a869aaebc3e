"""Measure everything and print one table: `python -m tests.benchmarks [PART ...] [--runs N]`.

On Linux: CPU time and memory of the program come from /proc.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tests.benchmarks.folders import policy_rows, tree_rows
from tests.benchmarks.sessions import key_rows, resume_rows
from tests.benchmarks.starting import exec_rows, idle_rows, start_rows
from tests.benchmarks.streams import flood_rows, steady_rows
from tests.benchmarks.table import print_head, print_row

PARTS = {
    "start": start_rows,
    "idle": idle_rows,
    "flood": flood_rows,
    "steady": steady_rows,
    "keys": key_rows,
    "exec": exec_rows,
    "resume": resume_rows,
    "policy": policy_rows,
    "tree": tree_rows,
}


def main() -> None:
    """Measure the parts that were asked for, each in a folder of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (5)")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} cores, {arguments.runs} runs each\n")
    print_head()
    for name in arguments.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            for row in PARTS[name](arguments.runs, Path(folder).resolve()):
                print_row(row)


if __name__ == "__main__":
    main()
