"""run_pty_cmd: a shell command in a pseudo-terminal; the user may type into it, leave it, or kill it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, assert_never

from pydantic import Field, field_validator

from vtcode.actions import CommandAction
from vtcode.details import CommandDetails
from vtcode.errors import BadArguments, FileMissing, FileUnusable, ToolFailed
from vtcode.tools.base import Arguments, Outcome, Prepared
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.system.pty import PtyCommand
    from vtcode.system.shell_start import ShellSettings
    from vtcode.tools.base import Running, ToolContext

_SHOWN_PIDS = 5
_MAX_REASON_CHARS = 300
_DISPLAYED_CHARS = 65_536
"""Of the end of an output, for people and for the record."""
_NO_REASONS = frozenset({"", "no", "none", "null", "false", "n/a"})

_Ending: TypeAlias = Literal["exited", "timed_out", "killed", "unattended", "background"]


class RunPtyCmdArguments(Arguments):
    """A command line, where it runs, and for how long at most."""

    command: str
    timeout_secs: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, json_schema_extra={"brief": None}
    )
    cwd: str | None = Field(default=None, json_schema_extra={"brief": None})
    outside_sandbox: str | None = Field(
        default=None, description="why it can't run in the sandbox", json_schema_extra={"brief": None}
    )
    """The result of a command that the sandbox stopped names it to a model that was not told of it."""

    @field_validator("command", mode="before")
    @classmethod
    def _words_joined(cls, value: Any) -> Any:
        """Take a list of words too, as models used to other tools write it."""
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            return shlex.join(value)
        return value


class RunPtyCmd:
    """Runs a shell command in a pseudo-terminal."""

    name: ClassVar[str] = "run_pty_cmd"
    description: ClassVar[str] = "Run a bash command in the project."
    brief: ClassVar[str] = "Run a bash command."
    arguments = RunPtyCmdArguments
    reads_only: ClassVar[bool] = False

    async def prepare(self, arguments: RunPtyCmdArguments, context: ToolContext) -> Prepared:
        """Describe the command.

        Raises:
            BadArguments: It is empty, or holds what no command line can hold.
            OutsideWorkspace: `cwd` leads out.
            FileMissing: `cwd` does not exist.
            FileUnusable: `cwd` is not a folder.
        """
        _check(arguments.command)
        limit_s = context.shell.timeout_s
        holds = context.shell.containment
        outside = _reason(arguments.outside_sandbox) if holds and holds.back_end else ""
        action = CommandAction(
            command=arguments.command,
            cwd=_folder(arguments.cwd or "", context),
            timeout_s=min(arguments.timeout_secs or limit_s, limit_s),
            contained=bool(holds and holds.is_full and not outside),
            outside_sandbox=outside,
        )

        async def run(running: Running) -> Outcome:
            return await _run(action, context, running)

        return Prepared(action=action, run=run)


def _reason(given: str | None) -> str:
    """Return why a command is to run outside the sandbox; models also fill that in to say that it isn't."""
    reason = (given or "").strip()
    return "" if reason.lower() in _NO_REASONS else reason[:_MAX_REASON_CHARS]


def _check(command: str) -> None:
    if not command.strip():
        raise BadArguments("The command is empty.")
    if "\0" in command:
        raise BadArguments("The command holds a NUL character, which no command line can hold.")
    try:
        os.fsencode(command)
    except UnicodeEncodeError:
        raise BadArguments("The command holds a lone surrogate, which is no character.") from None


def _folder(cwd: str, context: ToolContext) -> str:
    path = context.workspace.resolve(cwd)
    if not path.exists():
        raise FileMissing(f"The folder {context.workspace.display(path)} does not exist.")
    if not path.is_dir():
        raise FileUnusable(f"{context.workspace.display(path)} is not a folder, so nothing can run in it.")
    return str(path)


def _check_unmoved(cwd: str) -> None:
    if os.path.realpath(cwd) != cwd:
        raise ToolFailed(f"{revealed(cwd)} leads elsewhere than before; nothing was run.")


async def _run(action: CommandAction, context: ToolContext, running: Running) -> Outcome:
    from vtcode.system.pty import PtyCommand
    from vtcode.tools.fitting import fitted
    from vtcode.tools.sandbox_hint import aftermath_notes, bracketed, sandbox_hint
    from vtcode.tools.terminal_text import readable

    _check_unmoved(action.cwd)
    settings = replace(context.shell, sandbox=None) if action.outside_sandbox else context.shell
    command = await PtyCommand.start(action.command, cwd=action.cwd, settings=settings)
    job = None
    try:
        ending = await _until_over(command, running, action.timeout_s, settings)
        left = await command.left_processes() if ending == "exited" else []
        if left or ending == "background":
            job = context.jobs.add(action.command, command)
    finally:
        if job is None:
            await command.end()
    status = _status(ending, command.exit_code, action.timeout_s, context.shell.timeout_s)
    if job:
        pids = ", ".join(str(facts.pid) for facts in left[:_SHOWN_PIDS]) or command.pid
        status += f"\nIt goes on as job {job.number} (pid {pids}) until the session ends."
    head, lost_bytes, tail = command.output.parts()
    beginning, end = await asyncio.to_thread(lambda: (readable(head), readable(tail).strip("\n")))
    if settings.containment and _may_have_failed(action.command, ending, command.exit_code):
        status += sandbox_hint(end, settings.containment)
    notes = aftermath_notes(command.aftermath, context.workspace.display)
    aftermath = bracketed(notes)
    room = context.max_result_chars - len(status) - len(aftermath) - 1
    output = await fitted(end, context, room, head=beginning, lost=lost_bytes)
    whole = command.output.tail()
    return Outcome(
        text=f"{status}\n{output or '(no output)'}{aftermath}",
        details=CommandDetails(
            command=action.command,
            output=whole[-_DISPLAYED_CHARS:] + aftermath,
            exit_code=command.exit_code,
            timed_out=ending == "timed_out",
            dropped_bytes=command.output.dropped_bytes + len(whole[:-_DISPLAYED_CHARS].encode()),
            sandbox_notes=notes,
        ),
        failed=ending != "background" and (ending != "exited" or command.exit_code != 0),
    )


async def _until_over(
    command: PtyCommand, running: Running, timeout_s: float, settings: ShellSettings
) -> _Ending:
    """Return how the command ended, or how it has to be ended; whichever comes first."""
    rivals = [
        asyncio.create_task(_show_output(command, running)),
        asyncio.create_task(_obey(command, running)),
        asyncio.create_task(_tell_of_waits(command, running, settings)),
    ]
    try:
        done, _ = await asyncio.wait(rivals, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for rival in rivals:
            rival.cancel()
        await asyncio.gather(*rivals, return_exceptions=True)
    return done.pop().result() if done else "timed_out"


async def _show_output(command: PtyCommand, running: Running) -> _Ending:
    while (text := await command.next_output()) is not None:
        await running.output(text)
    return "exited"


async def _obey(command: PtyCommand, running: Running) -> _Ending:
    while True:
        control = await running.controls.get()
        match control.kind:
            case "input":
                command.type_text(control.text)
            case "background":
                return "background"
            case "kill":
                return "killed"
            case _:
                assert_never(control.kind)


async def _tell_of_waits(command: PtyCommand, running: Running, settings: ShellSettings) -> _Ending:
    from vtcode.system.terminal_wait import InputWatch

    watch = InputWatch(command)
    while True:
        wait = await watch.next_wait()
        await running.awaiting_input(wait.prompt)
        alone = not settings.interactive and wait.is_certain
        if alone and await watch.lasts(settings.unattended_s):
            return "unattended"


def _status(ending: _Ending, exit_code: int | None, timeout_s: float, limit_s: float) -> str:
    match ending:
        case "exited":
            return _exit_words(exit_code or 0)
        case "timed_out":
            longer = f"timeout_secs (at most {limit_s:g})" if timeout_s < limit_s else "a narrower command"
            return (
                f"Timed out after {timeout_s:g} s and was ended, with everything it started. If it needs"
                f" longer, use {longer}; if it waited for input, use flags that make it non-interactive."
            )
        case "killed":
            return "The user killed this command."
        case "unattended":
            return (
                "The command waited for input that nobody can type here, so it was ended. Use flags that make"
                " it non-interactive (such as -y), or pipe the input into it."
            )
        case "background":
            return "The user put this command into the background."
        case _:
            assert_never(ending)


def _may_have_failed(command: str, ending: _Ending, exit_code: int | None) -> bool:
    """Tell whether a failure is possible: the exit code of a pipe is that of its last program."""
    return ending == "timed_out" or (ending == "exited" and (exit_code != 0 or "|" in command))


def _exit_words(code: int) -> str:
    """Return the exit code in words; a shell reports a signal of its child as 128 plus its number."""
    number = -code if code < 0 else code - 128
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = ""
    if code < 0:
        return f"ended by signal {name or number}"
    return f"exit code {code} ({name})" if name else f"exit code {code}"
