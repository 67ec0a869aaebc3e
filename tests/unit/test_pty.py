"""Commands in a real pseudo-terminal: how they start, what they say, and that nothing of them stays."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.commands import is_alive, open_descriptors, own_zombies, until
from vtcode.errors import ToolFailed
from vtcode.system.environment import MARK_VARIABLE, command_environment
from vtcode.system.process import parse_ps
from vtcode.system.pty import PtyCommand
from vtcode.system.shell_start import ShellSettings, shell_argv

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="found by its environment, which Linux shows")


@asynccontextmanager
async def running(
    command: str, cwd: Path, settings: ShellSettings | None = None
) -> AsyncIterator[PtyCommand]:
    started = await PtyCommand.start(command, cwd=str(cwd), settings=settings or ShellSettings())
    try:
        yield started
    finally:
        await started.end()


async def output_of(command: str, cwd: Path, settings: ShellSettings | None = None) -> str:
    async with running(command, cwd, settings) as started:
        await started.wait()
        return started.output.tail().replace("\r\n", "\n")


async def numbers_in(command: PtyCommand, count: int) -> list[int]:
    """Wait until the command has written that many words, and return them as numbers."""
    await until(lambda: len(command.output.tail().split()) >= count)
    return [int(word) for word in command.output.tail().split()[:count]]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("true", 0),
        ("exit 3", 3),
        ("no-such-program", 127),
        ("kill -9 $$", -9),
        ("(kill -9 $BASHPID); exit $?", 137),
    ],
)
async def test_a_command_ends_with_its_exit_code(command: str, code: int, tmp_path: Path) -> None:
    async with running(command, tmp_path) as started:
        await started.wait()
        assert started.exit_code == code


async def test_both_streams_come_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    command = "for i in 1 2 3; do echo out$i; echo err$i >&2; done"
    assert await output_of(command, tmp_path) == "out1\nerr1\nout2\nerr2\nout3\nerr3\n"


async def test_a_command_has_a_terminal_of_the_wanted_size_as_its_own(tmp_path: Path) -> None:
    command = "test -t 0 && test -t 1 && test -t 2 && stty size && echo $COLUMNS && echo mine > /dev/tty"
    settings = ShellSettings(rows=30, cols=100)
    assert await output_of(command, tmp_path, settings) == "30 100\n100\nmine\n"


async def test_a_shell_that_cares_for_no_terminal_has_one_too(tmp_path: Path) -> None:
    # bash would take its terminal by itself
    assert await output_of("echo mine > /dev/tty", tmp_path, ShellSettings(program="sh")) == "mine\n"


async def test_a_command_that_lets_go_of_its_terminal_can_take_it_up_again(tmp_path: Path) -> None:
    command = "exec < /dev/null > /dev/null 2>&1; cat /dev/null; echo back > /dev/tty"
    assert await output_of(command, tmp_path) == "back\n"


async def test_colours_reach_us(tmp_path: Path) -> None:
    assert await output_of(r"printf '\e[31mred\e[0m'", tmp_path) == "\x1b[31mred\x1b[0m"


async def test_a_command_runs_in_its_folder(tmp_path: Path) -> None:
    assert await output_of("pwd -P", tmp_path) == f"{os.path.realpath(tmp_path)}\n"  # noqa: ASYNC240


async def test_no_start_up_code_of_the_environment_runs(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text("echo trapped")
    environment = {
        "PATH": "/usr/bin:/bin",
        "BASH_ENV": str(trap),
        "ENV": str(trap),
        "BASH_FUNC_ls%%": "() { echo trapped; }",
        "SHELLOPTS": "xtrace",
        "PS4": "$(echo trapped)",
        "PROMPT_COMMAND": "echo trapped",
    }
    settings = ShellSettings(environment=environment)
    assert "trapped" not in await output_of("ls /dev/null; sh -c true", tmp_path, settings)


def test_the_environment_keeps_what_is_harmless_and_asks_nobody() -> None:
    environment = command_environment({"HOME": "/h", "PAGER": "less"}, "m")
    assert environment["HOME"] == "/h"
    assert environment["PAGER"] == "cat"
    assert environment["GIT_TERMINAL_PROMPT"] == "0"


@pytest.mark.parametrize(
    "name",
    ["BASH_ENV", "ENV", "BASH_FUNC_ls%%", "PROMPT_COMMAND", "SHELLOPTS", "PS4", "LD_PRELOAD", "CDPATH"],
)
def test_the_environment_loses_what_would_run_or_change_a_command(name: str) -> None:
    assert name not in command_environment({name: "x"}, "m")


def test_a_command_inside_a_command_carries_both_marks() -> None:
    outer = command_environment({}, "outer")
    assert command_environment(outer, "inner")[MARK_VARIABLE] == "outer:inner"


def test_the_listing_of_ps_is_understood() -> None:
    found = parse_ps("    1     0     1 Ss\n  501     1   500 Z+\n")
    assert [(facts.pid, facts.parent, facts.group, facts.is_zombie) for facts in found] == [
        (1, 0, 1, False),
        (501, 1, 500, True),
    ]


@pytest.mark.parametrize(
    ("command", "cwd", "settings", "words"),
    [
        ("true", ".", ShellSettings(program="no-such-shell"), "no-such-shell was not found"),
        ("true", "missing", ShellSettings(), "could not be started in"),
        ("x" * 3_000_000, ".", ShellSettings(), "too long"),
        ("echo \0", ".", ShellSettings(), "no command line can hold"),
    ],
    ids=["no shell", "no folder", "too long", "NUL"],
)
async def test_what_cannot_start_says_why_and_leaves_nothing_open(
    command: str, cwd: str, settings: ShellSettings, words: str, tmp_path: Path
) -> None:
    before = open_descriptors()
    with pytest.raises(ToolFailed, match=words):
        await PtyCommand.start(command, cwd=str(tmp_path / cwd), settings=settings)
    assert open_descriptors() == before


async def test_a_flood_is_bounded_and_leaves_others_their_turn(tmp_path: Path) -> None:
    turns = 0
    async with running("yes", tmp_path, ShellSettings(max_tail_bytes=1_000)) as command:
        pieces = [await command.next_output()]
        while command.output.total_bytes < 5_000_000:
            turns += 1
            await asyncio.sleep(0)
        pieces.append(await command.next_output())
        assert turns > 10
        assert all(piece and len(piece) < 10_000 for piece in pieces)
        assert len(command.output.tail()) <= 1_000
        assert command.output.dropped_bytes > 4_000_000


async def test_all_that_was_written_is_shown_live_before_the_end(tmp_path: Path) -> None:
    shown = ""
    async with running("seq 1 500; printf end", tmp_path) as command:
        while (piece := await command.next_output()) is not None:
            shown += piece
    assert shown.split() == [*map(str, range(1, 501)), "end"]


async def test_a_character_in_two_pieces_is_one_character(tmp_path: Path) -> None:
    async with running(r"stty -echo; printf '\xe2\x82'; read; printf '\xac!'", tmp_path) as command:
        await until(lambda: command.output.total_bytes == 2)
        command.type_text("\n")
        shown = ""
        while (piece := await command.next_output()) is not None:
            shown += piece
    assert shown == "€!"


async def test_much_text_can_be_typed(tmp_path: Path) -> None:
    lines = "x" * 99 + "\n"
    async with running("stty -echo; echo ready; head -c 20000 | wc -c", tmp_path) as command:
        await until(lambda: "ready" in command.output.tail())
        command.type_text(lines * 200)
        await command.wait()
        assert command.output.tail().split() == ["ready", "20000"]


@pytest.mark.parametrize(
    ("command", "count"),
    [
        ("echo $$; sleep 1000; true", 1),
        ("trap '' TERM INT HUP; echo $$; while :; do sleep 1000; done", 1),
        ("sleep 1000 & echo $!; sleep 1001 & echo $!; wait", 2),
        ("(sleep 1000 & echo $!; trap '' TERM HUP; wait); wait", 1),
        ("trap '' HUP; set -m; sleep 1000 & echo $!; wait", 1),
        ("(env -i setsid sh -c 'setsid sleep 1000 & echo $!; wait'; true) & wait", 1),
    ],
    ids=["plain", "resists", "children", "grandchild", "group of its own", "session of its own"],
)
async def test_ending_a_command_ends_all_that_it_started(command: str, count: int, tmp_path: Path) -> None:
    async with running(command, tmp_path) as started:
        pids = await numbers_in(started, count)
        assert all(is_alive(pid) for pid in pids)
        await started.end(grace_s=0.2)
        assert started.exit_code is not None
    await until(lambda: not any(is_alive(pid) for pid in pids) and not started.processes())


async def test_a_stopped_process_is_woken_to_end_politely(tmp_path: Path) -> None:
    stopped = "(trap '' HUP; trap 'touch bye; exit' TERM; touch set; while :; do sleep 0.1; done) &"
    wait = "until [ -e set ]; do sleep 0.01; done; kill -STOP $!; echo ready; wait"
    async with running(f"{stopped} {wait}", tmp_path) as command:
        await until(lambda: "ready" in command.output.tail())
        async with asyncio.timeout(20):
            await command.end(grace_s=1_000)
        assert (tmp_path / "bye").exists()


DAEMON = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        print(os.getpid(), flush=True)\n"
    "        time.sleep(1000)\n"
    "    os._exit(0)\n"
    "os.wait()\n"
    "time.sleep(1000)\n"
)


@on_linux
async def test_a_daemon_that_left_session_and_parent_is_found_and_ended(tmp_path: Path) -> None:
    async with running(f"{sys.executable} -c '{DAEMON}'", tmp_path) as command:
        (pid,) = await numbers_in(command, 1)
        assert pid in {facts.pid for facts in command.processes()}
    await until(lambda: not is_alive(pid))


async def test_a_child_that_keeps_the_terminal_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with running("trap '' HUP; sleep 1000 & echo $!", tmp_path) as command:
        await command.wait()
        (pid,) = await numbers_in(command, 1)
        assert command.exit_code == 0
        assert [facts.pid for facts in await command.left_processes()] == [pid]
    await until(lambda: not is_alive(pid))


async def test_a_cancelled_end_still_kills(tmp_path: Path) -> None:
    async with running("trap '' TERM; echo $$; while :; do sleep 1000; done", tmp_path) as command:
        (pid,) = await numbers_in(command, 1)
        ending = asyncio.create_task(command.end(grace_s=1_000))
        await asyncio.sleep(0)
        ending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ending
    await until(lambda: not is_alive(pid))


async def test_closing_the_terminal_takes_effect_once(tmp_path: Path) -> None:
    async with running("true", tmp_path) as command:
        await command.wait()
        command.close()
        command.close()
        command.type_text("too late")
        assert command.input_count == 0


async def test_many_commands_leave_no_descriptor_and_no_zombie(tmp_path: Path) -> None:
    assert await output_of("echo warm", tmp_path) == "warm\n"
    before, zombies = open_descriptors(), own_zombies()
    for number in range(200):
        assert await output_of(f"echo {number}", tmp_path) == f"{number}\n"
    assert open_descriptors() == before
    assert set(own_zombies()) <= set(zombies)


def test_a_relative_folder_of_the_path_is_meant_from_where_the_command_runs(tmp_path: Path) -> None:
    shell = tmp_path / "bin" / "bash"
    shell.parent.mkdir()
    shell.write_text("#!/bin/sh\n")
    shell.chmod(0o755)
    settings = ShellSettings(environment={"PATH": "bin:/usr/bin:/bin"})
    assert shell_argv(settings, "ls", str(tmp_path))[0] == str(shell)
    assert shell_argv(settings, "ls", str(shell.parent))[0] in ("/usr/bin/bash", "/bin/bash")
