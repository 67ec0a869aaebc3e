"""The door to the user's own editor, which gets this terminal while it runs."""

from __future__ import annotations

import asyncio
import shlex
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from vtcode.errors import EditorFailed
from vtcode.system.finding import find_program
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_VARIABLES: Final = ("VISUAL", "EDITOR")
_USUAL: Final = ("nano", "vi")
"""Taken where the user has chosen none."""
_HINT: Final = "Set VISUAL or EDITOR to an editor that waits until the file is closed: code --wait, vim."


def editor_command(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words of the command that starts the user's editor: of VISUAL, else EDITOR.

    Raises:
        EditorFailed: There is none, or the variable can't be understood.
    """
    for name in _VARIABLES:
        value = environment.get(name, "").strip()
        if not value:
            continue
        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            shown = revealed(value, keep_newlines=False)
            raise EditorFailed(f"{name} is no command: {shown} ({error})", hint=_HINT) from None
    for name in _USUAL:
        if program := find_program(name):
            return (program,)
    raise EditorFailed("There is no editor: neither VISUAL nor EDITOR is set.", hint=_HINT)


def started_as(command: Sequence[str]) -> list[str]:
    """Return the words that start an editor, its program by its path: none of the workspace's under its name.

    Raises:
        EditorFailed: It is not there.
    """
    name, *rest = command
    if program := name if "/" in name else find_program(name):
        return [program, *rest]
    raise EditorFailed(f"{revealed(name, keep_newlines=False)} is not on the PATH.", hint=_HINT)


async def edit_file(command: Sequence[str], file: Path) -> None:
    """Run the editor on a file, in this terminal, until it ends; the caller has left the screen to it.

    Cancelling kills it.

    Raises:
        EditorFailed: It can't be started, or ends with an error.
    """
    name = revealed(command[0].rpartition("/")[2], keep_newlines=False)
    with _ctrl_c_is_the_editors():
        try:
            process = await asyncio.create_subprocess_exec(*started_as(command), str(file))
        except OSError as error:
            raise EditorFailed(f"{name} can't be started: {error.strerror}.", hint=_HINT) from None
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if code:
        raise EditorFailed(f"{name} ended with {code}.", hint="What was written in it is not taken.")


@contextmanager
def _ctrl_c_is_the_editors() -> Iterator[None]:
    """Let Ctrl+C pass us by: it reaches every program in the terminal's foreground."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
