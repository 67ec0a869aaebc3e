"""How a command's shell is started: its settings, its words and its environment, and its terminal."""

from __future__ import annotations

import asyncio
import errno
import os
import termios
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.errors import ToolFailed
from vtcode.system.environment import SecretVariables, command_environment
from vtcode.system.installed import found_in_path
from vtcode.system.sandbox.base import Launch
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.system.sandbox import Containment, Sandbox

_QUIET_FLAGS = {"bash": ("--noprofile", "--norc"), "zsh": ("-f",), "fish": ("--no-config",)}
"""What keeps a shell from running start-up files."""

# A session leader without a controlling terminal gets the terminal that it opens, on Linux and macOS. Done
# after exec, it needs no Python code between fork and exec, which could deadlock beside threads.
_TAKE_TERMINAL = ': <>"$0" && exec "$@"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellSettings:
    """How commands run."""

    program: str = "bash"
    rows: int = 24
    cols: int = 80
    timeout_s: float = 300.0
    """The longest that a command may take; a call may ask for less."""
    max_tail_bytes: int = 1_000_000
    """How much of the end of a command's output is kept."""
    environment: Mapping[str, str] | None = None
    """What a command's environment is made from; None: ours."""
    sandbox: Sandbox | None = None
    """What commands run in; None: in nothing."""
    secrets: SecretVariables = field(default_factory=SecretVariables)
    """What of it commands don't get."""
    interactive: bool = True
    """Somebody can type into a command. False: one that waits for input is ended soon."""
    unattended_s: float = 5.0
    """How long a command may wait for input where nobody can type."""

    @property
    def containment(self) -> Containment | None:
        """What holds for commands; None: nothing was asked for."""
        return self.sandbox.containment if self.sandbox else None


def shell_argv(settings: ShellSettings, command: str, cwd: str) -> list[str]:
    """Return what is executed for a command line in the folder `cwd`.

    Raises:
        ToolFailed: The shell is not installed.
    """
    base = os.environ if settings.environment is None else settings.environment
    program = found_in_path(settings.program, cwd, base.get("PATH", ""))
    if not program:
        raise ToolFailed(
            f"The shell {revealed(settings.program)} was not found, so no command can run.",
            hint="Ask the user to install it, or to set pty.preferred_shell in vtcode.toml.",
        )
    return [program, *_QUIET_FLAGS.get(Path(program).name, ()), "-c", command]


def _environment(settings: ShellSettings, mark: str) -> dict[str, str]:
    """Return the environment that a command gets."""
    base = os.environ if settings.environment is None else settings.environment
    size = {"LINES": str(settings.rows), "COLUMNS": str(settings.cols)}
    return command_environment(base, mark, settings.secrets) | size


async def launch_of(command: str, cwd: str, settings: ShellSettings, mark: str) -> Launch:
    """Return how a command line is started in the folder `cwd`, in the sandbox where there is one.

    Raises:
        ToolFailed: The shell is not installed, or the sandbox can't be made ready.
    """
    argv = shell_argv(settings, command, cwd)
    environment = _environment(settings, mark)
    if settings.sandbox is None:
        return Launch(argv=tuple(argv), environment=environment)
    preparing = asyncio.create_task(
        asyncio.to_thread(settings.sandbox.launch, argv, cwd=cwd, environment=environment)
    )
    try:
        return await asyncio.shield(preparing)
    except asyncio.CancelledError:
        preparing.add_done_callback(_give_back)
        raise
    except OSError as error:
        raise ToolFailed(
            f"The sandbox could not be made ready: {error.strerror}.",
            hint="It can be asked for outside, with outside_sandbox saying why.",
        ) from error


def _give_back(preparing: asyncio.Task[Launch]) -> None:
    """Let go of what was made ready for a command that nobody waits for any more."""
    if not preparing.cancelled() and preparing.exception() is None:
        preparing.result().release()


async def spawned(
    launch: Launch, terminal: tuple[int, int], cwd: str, settings: ShellSettings
) -> asyncio.subprocess.Process:
    """Start a command in a terminal, given by its two ends.

    Raises:
        OSError: It can't be started.
        ValueError: It holds a character that no command line can hold.
    """
    master, slave = terminal
    os.set_blocking(master, False)
    termios.tcsetwinsize(slave, (settings.rows, settings.cols))
    taking_terminal = () if launch.is_wrapped else ("/bin/sh", "-c", _TAKE_TERMINAL, os.ttyname(slave))
    # We hold the slave too until the shell has ended: a command that closes it for a while has not hung up.
    return await asyncio.create_subprocess_exec(
        *taking_terminal,
        *launch.argv,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=cwd,
        env=dict(launch.environment),
        start_new_session=True,
    )


def start_failed(error: OSError | ValueError, cwd: str) -> ToolFailed:
    """Return what the model is told of a command that `spawned` could not start."""
    if isinstance(error, ValueError):
        return ToolFailed("The command holds a character that no command line can hold, such as NUL.")
    if error.errno == errno.E2BIG:
        return ToolFailed("The command is too long to run; write it to a script file and run that.")
    return ToolFailed(f"The command could not be started in {revealed(cwd)}: {error.strerror}.")
