"""`vtcode dev`: tools for trying the program and for those who work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.cli.arguments import Arguments


def run_dev(arguments: Arguments) -> int:
    """Run the action that was asked for."""
    if arguments.action == "parse":
        from vtcode.cli.parse_command import run_parse

        return run_parse(arguments)
    return _run_emulator(arguments)


def _run_emulator(arguments: Arguments) -> int:
    """Run an LM Studio on loopback that plays a script, until Ctrl-C."""
    from vtcode.emulator import run_emulator

    faults = tuple(fault for _, fault in arguments.faults)
    run_emulator("127.0.0.1", arguments.port, arguments.script, faults)
    return 0
