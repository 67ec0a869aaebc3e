"""The tool that runs commands: what it announces, what the model reads, what the user may do meanwhile."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.commands import Listener, is_alive, until
from vtcode.actions import CommandAction
from vtcode.details import CommandDetails
from vtcode.errors import BadArguments, FileMissing, FileUnusable, OutsideWorkspace, ToolFailed
from vtcode.frontend import Control
from vtcode.system.files import Workspace
from vtcode.system.shell_start import ShellSettings
from vtcode.tools.base import Outcome, Prepared, ToolContext
from vtcode.tools.run_pty_cmd import RunPtyCmd, RunPtyCmdArguments

INPUT_IS_SEEN = sys.platform == "linux"


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    (tmp_path / "project").mkdir()
    return ToolContext(workspace=Workspace(tmp_path / "project"), shell=ShellSettings(timeout_s=20))


async def prepared(context: ToolContext, command: str | list[str], **arguments: object) -> Prepared:
    return await RunPtyCmd().prepare(
        RunPtyCmdArguments.model_validate({"command": command, **arguments}), context
    )


async def run(
    context: ToolContext, command: str, listener: Listener | None = None, **arguments: object
) -> Outcome:
    call = await prepared(context, command, **arguments)
    return await call.run(listener or Listener())


def details(outcome: Outcome) -> CommandDetails:
    assert isinstance(outcome.details, CommandDetails)
    return outcome.details


async def test_the_action_is_the_exact_command_in_its_real_folder(context: ToolContext) -> None:
    (context.workspace.root / "sub").mkdir()
    (context.workspace.root / "link").symlink_to("sub")
    call = await prepared(context, "echo  'a'\n", cwd="link", timeout_secs=5)
    assert call.action == CommandAction(
        command="echo  'a'\n", cwd=str(context.workspace.root / "sub"), timeout_s=5
    )


async def test_a_list_of_words_is_quoted_for_the_shell(context: ToolContext) -> None:
    call = await prepared(context, ["echo", "a b", "$HOME"])
    assert isinstance(call.action, CommandAction)
    assert call.action.command == "echo 'a b' '$HOME'"


@pytest.mark.parametrize(("wanted", "given"), [(None, 20), (5, 5), (1_000, 20)])
async def test_a_timeout_stays_within_the_settings(
    wanted: float | None, given: float, context: ToolContext
) -> None:
    call = await prepared(context, "true", timeout_secs=wanted)
    assert isinstance(call.action, CommandAction)
    assert call.action.timeout_s == given


@pytest.mark.parametrize(
    ("command", "cwd", "error"),
    [
        (" \n", None, BadArguments),
        ("echo \0", None, BadArguments),
        ("echo \ud800", None, BadArguments),
        ("true", "..", OutsideWorkspace),
        ("true", "missing", FileMissing),
        ("true", "file", FileUnusable),
    ],
)
async def test_what_can_not_run_is_refused_before_anybody_is_asked(
    command: str, cwd: str | None, error: type[ToolFailed], context: ToolContext
) -> None:
    (context.workspace.root / "file").touch()
    with pytest.raises(error):
        await prepared(context, command, cwd=cwd)


async def test_a_folder_that_was_swapped_for_a_link_meanwhile_is_refused(context: ToolContext) -> None:
    folder = context.workspace.root / "sub"
    folder.mkdir()
    call = await prepared(context, "touch made", cwd="sub")
    folder.rmdir()
    folder.symlink_to("/tmp")
    with pytest.raises(ToolFailed, match="leads elsewhere"):
        await call.run(Listener())


async def test_a_shell_that_is_not_there_is_named(context: ToolContext) -> None:
    context.shell = ShellSettings(program="no-such-shell")
    with pytest.raises(ToolFailed, match="no-such-shell was not found"):
        await run(context, "true")


@pytest.mark.parametrize(
    ("command", "text", "failed"),
    [
        ("echo one; echo two >&2", "exit code 0\none\ntwo", False),
        ("true", "exit code 0\n(no output)", False),
        ("echo no; exit 1", "exit code 1\nno", True),
        ("kill -TERM $$", "ended by signal SIGTERM\n(no output)", True),
        ("exit 137", "exit code 137 (SIGKILL)\n(no output)", True),
        (r"printf '\e[32mgreen\e[0m 10%%\r\e[Kdone\n'", "exit code 0\ndone", False),
    ],
)
async def test_the_model_reads_exit_code_and_plain_output(
    command: str, text: str, failed: bool, context: ToolContext
) -> None:
    outcome = await run(context, command)
    assert outcome.text == text
    assert outcome.failed is failed


async def test_people_see_the_output_live_with_its_colours(context: ToolContext) -> None:
    listener = Listener()
    outcome = await run(context, r"printf '\e[31mred\e[0m'", listener)
    assert listener.heard == "\x1b[31mred\x1b[0m"
    assert details(outcome) == CommandDetails(
        command=r"printf '\e[31mred\e[0m'", output="\x1b[31mred\x1b[0m", exit_code=0
    )


async def test_output_is_heard_while_the_command_runs(context: ToolContext) -> None:
    listener = Listener()
    running = asyncio.create_task(run(context, "echo started; read answer", listener))
    await listener.until(lambda: "started" in listener.heard)
    assert not running.done()
    listener.want(Control(kind="input", text="\n"))
    await running


async def test_a_long_output_keeps_head_and_tail_within_the_limit(context: ToolContext) -> None:
    context.max_result_chars = 1_000
    outcome = await run(context, "seq 1 100000")
    assert len(outcome.text) <= 1_000
    assert outcome.text.startswith("exit code 0\n1\n2\n3\n")
    assert "characters cut ...]\n" in outcome.text
    assert outcome.text.endswith("99999\n100000")
    assert details(outcome).dropped_bytes == len("".join(f"{n}\r\n" for n in range(1, 100_001))) - 65_536


async def test_a_command_that_takes_too_long_is_ended_and_the_model_told_what_to_do(
    context: ToolContext,
) -> None:
    outcome = await run(context, "echo $$; sleep 1000; true", timeout_secs=0.3)
    assert outcome.failed
    assert details(outcome).timed_out
    first, pid = outcome.text.split("\n")
    assert first.startswith("Timed out after 0.3 s")
    assert "timeout_secs (at most 20)" in first
    assert not is_alive(int(pid))


async def test_a_command_that_waits_says_so_and_reads_what_the_user_types(context: ToolContext) -> None:
    listener = Listener()
    running = asyncio.create_task(run(context, "read -p 'name? ' name; echo hello $name", listener))
    await listener.until(lambda: bool(listener.prompts))
    listener.want(Control(kind="input", text="Ada\n"))
    outcome = await running
    assert listener.prompts == ["name? "]
    assert outcome.text == "exit code 0\nname? Ada\nhello Ada"


@pytest.mark.skipif(not INPUT_IS_SEEN, reason="a certain wait is seen on Linux only")
async def test_where_nobody_can_type_a_command_that_waits_is_ended(context: ToolContext) -> None:
    context.shell = ShellSettings(interactive=False, unattended_s=0.2)
    outcome = await run(context, "read -p 'name? ' name")
    assert outcome.failed
    assert "waited for input" in outcome.text
    assert "-y" in outcome.text
    assert outcome.text.endswith("\nname? ")


async def test_where_nobody_can_type_a_command_that_looks_like_waiting_goes_on(context: ToolContext) -> None:
    context.shell = ShellSettings(interactive=False, unattended_s=0)
    listener = Listener()
    command = "printf 'Working: '; while [ ! -e go ]; do sleep 0.05; done; echo done"
    running = asyncio.create_task(run(context, command, listener))
    await listener.until(lambda: bool(listener.prompts))
    (context.workspace.root / "go").touch()
    assert (await running).text == "exit code 0\nWorking: done"
    assert listener.prompts == ["Working: "]


async def test_a_command_that_the_user_kills_is_dead_and_the_model_knows(context: ToolContext) -> None:
    listener = Listener()
    running = asyncio.create_task(run(context, "echo $$; sleep 1000; true", listener))
    await listener.until(lambda: bool(listener.heard.strip()))
    listener.want(Control(kind="kill"))
    outcome = await running
    assert outcome.failed
    assert outcome.text.startswith("The user killed this command.\n")
    assert not is_alive(int(listener.heard))


async def test_a_command_in_the_background_goes_on_until_the_session_ends(context: ToolContext) -> None:
    listener = Listener()
    command = "echo $$; read x; yes | head -c 100000; echo filled; sleep 1000"
    running = asyncio.create_task(run(context, command, listener))
    await listener.until(lambda: bool(listener.heard.strip()))
    listener.want(Control(kind="background"))
    outcome = await running
    pid = int(listener.heard)
    assert outcome.text == (
        "The user put this command into the background.\n"
        f"It goes on as job 1 (pid {pid}) until the session ends.\n{pid}"
    )
    assert not outcome.failed
    assert details(outcome).exit_code is None
    (job,) = context.jobs.listed()
    assert (job.number, job.command_line, job.command.pid, job.is_running) == (1, command, pid, True)
    job.command.type_text("\n")
    await until(lambda: "filled" in job.command.output.tail())
    await context.jobs.close()
    assert not is_alive(pid)
    assert context.jobs.listed() == ()


async def test_what_a_command_leaves_running_becomes_a_job(context: ToolContext) -> None:
    outcome = await run(context, "trap '' HUP; sleep 1000 & echo $!")
    pid = int(outcome.text.split()[-1])
    assert outcome.text == f"exit code 0\nIt goes on as job 1 (pid {pid}) until the session ends.\n{pid}"
    assert is_alive(pid)
    assert await context.jobs.end(1)
    assert not await context.jobs.end(1)
    assert not is_alive(pid)


async def test_a_cancelled_call_ends_its_command(context: ToolContext) -> None:
    listener = Listener()
    command = "sleep 1000 & echo $!; trap '' TERM; echo $$; while :; do sleep 1000; done"
    running = asyncio.create_task(run(context, command, listener))
    await listener.until(lambda: listener.heard.count("\n") == 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not [pid for pid in listener.heard.split() if is_alive(int(pid))]


async def test_a_listener_that_fails_does_not_leave_the_command_behind(context: ToolContext) -> None:
    class Deaf(Listener):
        async def output(self, text: str) -> None:
            await super().output(text)
            raise ConnectionError

    listener = Deaf()
    with pytest.raises(ConnectionError):
        await run(context, "echo $$; sleep 1000; true", listener)
    assert not is_alive(int(listener.heard))
