"""How the subcommands print what they check."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from vtcode.commands.checks import lines_of

if TYPE_CHECKING:
    from vtcode.commands.checks import Check


def print_check(check: Check) -> None:
    """Print what a check found, at the terminal's width where there is one."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(lines_of(check, width), flush=True)
