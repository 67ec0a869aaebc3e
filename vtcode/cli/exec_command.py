"""`vtcode exec` (the agent, headless) and `vtcode ask` (one answer, no tools, no session)."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import stat
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.bootstrap import open_session
from vtcode.cli.configuration import opening_for
from vtcode.errors import UsageError, UserFacingError
from vtcode.session.secrets import without_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.agent.answer_schema import AnswerSchema
    from vtcode.bootstrap import Opening
    from vtcode.cli.arguments import Arguments
    from vtcode.frontends.jsonl import JsonLines
    from vtcode.frontends.text import TextLines

_EXIT_CODES = {"completed": 0, "failed": 1, "limit": 1, "cancelled": 130}
_STDIN_PATIENCE_S = 1.0


def run_exec(arguments: Arguments) -> int:
    """Run one prompt to its end and return the exit code.

    Raises:
        UserFacingError: It could not begin; with `--json` stdout has got the same as an `error` object.
    """
    _refuse_flags(arguments)
    if not arguments.json:
        from vtcode.frontends.text import TextLines

        # An answer that has to fit a schema is known to do so only when it is whole.
        stream = arguments.command == "ask" and arguments.output_schema is None
        text = TextLines(write=_to_stdout, progress=_to_stderr, stream=stream)
        return _run(arguments, text)
    from vtcode.frontends.jsonl import JsonLines

    lines = JsonLines(write=_to_stdout)
    try:
        return _run(arguments, lines)
    except UserFacingError as error:
        lines.error(without_secrets(error.message), without_secrets(error.hint))
        raise
    finally:
        if lines.last:
            lines.complete()


def _refuse_flags(arguments: Arguments) -> None:
    """Refuse what the command line says and this command can't do.

    Raises:
        UsageError: With the way that there is.
    """
    if arguments.plain:
        raise UsageError(
            f"vtcode {arguments.command} has no --plain.", hint="Its output is plain text already."
        )
    if arguments.command == "ask" and (arguments.continue_last or arguments.resume is not None):
        raise UsageError(
            "vtcode ask keeps no session.", hint='To go on with one: vtcode exec --continue "..."'
        )
    if arguments.resume == "":
        raise UsageError("--resume needs a session's id here.", hint="vtcode sessions list shows them.")


def _run(arguments: Arguments, front_end: JsonLines | TextLines) -> int:
    prompt = _prompt(arguments)
    schema = _answer_schema(arguments.output_schema) if arguments.output_schema else None
    opening = opening_for(arguments, interactive=False, recorded=arguments.command == "exec")
    opening = replace(opening, answer_schema=schema, first_message=prompt)
    try:
        asyncio.run(_one_turn(opening, front_end, prompt))
    except asyncio.CancelledError:  # by SIGTERM; Ctrl-C is a KeyboardInterrupt
        return 128 + signal.SIGTERM
    return _EXIT_CODES[front_end.last.outcome] if front_end.last else 1


async def _one_turn(opening: Opening, front_end: JsonLines | TextLines, prompt: str) -> None:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    session = await open_session(opening, front_end)
    try:
        await session.submit(prompt, await session.attachments.of(prompt, session.model))
    finally:
        await session.close()


def _answer_schema(file: Path) -> AnswerSchema:
    """Return the schema in a file.

    Raises:
        UsageError: The file can't be read, or holds no JSON schema.
    """
    from vtcode.agent.answer_schema import AnswerSchema

    try:
        schema = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"The schema {file} can't be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The schema {file} is not JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise UsageError(f"The schema {file} is not a JSON object.")
    try:
        return AnswerSchema(schema)
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", hint=error.hint) from error


def _prompt(arguments: Arguments) -> str:
    """Return the prompt from the command line, from stdin, or from both, in this order."""
    given = "" if arguments.prompt in (None, "-") else arguments.prompt or ""
    piped = _read_stdin() if not given or _stdin_is_piped() else ""
    prompt = "\n\n".join(part for part in (given, piped.strip("\n")) if part.strip())
    if not prompt:
        command = f"vtcode {arguments.command}"
        raise UsageError(
            "There is no prompt.", hint=f'{command} "PROMPT", or pipe it: echo PROMPT | {command} -'
        )
    return prompt


def _stdin_is_piped() -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _read_stdin() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    if not select.select([sys.stdin], [], [], _STDIN_PATIENCE_S)[0]:
        _to_stderr("vtcode: reading standard input until it ends (</dev/null to skip)\n")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _to_stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
