"""`vtcode`: from argv to an exit code, and the one place where an error becomes words on a terminal."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import TYPE_CHECKING, assert_never

from vtcode.cli.arguments import Arguments, parse
from vtcode.errors import UserFacingError
from vtcode.system.finding import take_no_program_from
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 usage or config, 130 interrupted."""
    debug = False
    # Imports make much and drop next to nothing: looking for garbage meanwhile is an eighth of the start. It
    # is looked for again once a session is open.
    gc.disable()
    try:
        _never_fail_to_print()
        arguments = parse(sys.argv[1:] if argv is None else argv)
        debug = arguments.debug
        if arguments.no_color:
            os.environ["NO_COLOR"] = "1"
        return _run(arguments)
    except UserFacingError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of stdout went away (`vtcode sessions list | head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            raise
        from vtcode.cli.crash import report_crash

        return report_crash(error)


def _never_fail_to_print() -> None:
    """Have characters that the terminal's encoding lacks replaced."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def complain(error: UserFacingError) -> None:
    """Print an error with its next step, in at most a few readable lines, on stderr."""
    from vtcode.session.secrets import without_secrets

    print(f"vtcode: {without_secrets(plain(error.message))}", file=sys.stderr)
    if error.hint:
        print(f"  {without_secrets(plain(error.hint))}", file=sys.stderr)


def _run(arguments: Arguments) -> int:
    take_no_program_from(arguments.workspace)
    match arguments.command:
        case "chat":
            from vtcode.cli.interactive import run_interactive

            return run_interactive(arguments)
        case "exec" | "ask":
            from vtcode.cli.exec_command import run_exec

            return run_exec(arguments)
        case "sessions":
            from vtcode.cli.sessions_command import run_sessions

            return run_sessions(arguments)
        case "models":
            from vtcode.cli.models_command import run_models

            return run_models(arguments)
        case "local":
            from vtcode.cli.local_command import run_local

            return run_local(arguments)
        case "doctor":
            from vtcode.cli.doctor_command import run_doctor

            return run_doctor(arguments)
        case "config":
            from vtcode.cli.config_command import run_show
            from vtcode.cli.configuration import load_configuration

            return run_show(load_configuration(arguments), arguments.json)
        case "policy":
            from vtcode.cli.policy_command import run_policy

            return run_policy(arguments)
        case "init":
            from vtcode.cli.init_command import run_init

            return run_init(arguments.workspace, arguments.force)
        case "serve":
            from vtcode.cli.serve_command import run_serve

            return run_serve(arguments)
        case "dev":
            from vtcode.cli.dev_command import run_dev

            return run_dev(arguments)
        case _:
            assert_never(arguments.command)
