"""A command that waits for input is noticed, once, and one that is merely silent is not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.commands import until
from vtcode.system.pty import PtyCommand
from vtcode.system.shell_start import ShellSettings
from vtcode.system.terminal_wait import InputWatch, input_wait, last_line

LIMIT_S = 20
CERTAIN = sys.platform == "linux"
PYTHON = sys.executable


@asynccontextmanager
async def running(command: str, cwd: Path) -> AsyncIterator[PtyCommand]:
    started = await PtyCommand.start(command, cwd=str(cwd), settings=ShellSettings())
    try:
        async with asyncio.timeout(LIMIT_S):
            yield started
    finally:
        await started.end(grace_s=0)


@pytest.mark.parametrize(
    ("command", "prompt"),
    [
        ("read -p 'Your name? ' name", "Your name? "),
        (f"{PYTHON} -c 'import getpass; getpass.getpass()'", "Password: "),
        ("printf 'Continue? [y/N] '; head -n 1 | sort", "Continue? [y/N] "),
        (f"{PYTHON} -c 'import threading as t; t.Thread(target=input, args=[\"> \"]).start()'", "> "),
        ("echo Enter the code:; read", ""),
    ],
    ids=["read", "hidden", "in a pipeline", "in a thread", "without a prompt"],
)
@pytest.mark.skipif(not CERTAIN, reason="only Linux shows what a process sleeps in")
async def test_a_read_of_the_terminal_is_a_certain_wait(command: str, prompt: str, tmp_path: Path) -> None:
    async with running(command, tmp_path) as started:
        wait = await InputWatch(started).next_wait()
    assert wait.is_certain
    assert wait.prompt == prompt


@pytest.mark.parametrize(
    "command",
    [
        "printf 'Overwrite? '; sleep 1000",
        f"{PYTHON} -c 'import select, tty; tty.setcbreak(0); print(\"Pick\"); select.select([0], [], [])'",
    ],
    ids=["prompt", "single keys"],
)
async def test_what_looks_like_a_wait_is_an_uncertain_one(command: str, tmp_path: Path) -> None:
    async with running(command, tmp_path) as started:
        wait = await InputWatch(started).next_wait()
    assert not wait.is_certain
    assert wait.prompt in {"Overwrite? ", ""}


@pytest.mark.parametrize("command", ["echo working; sleep 1000", "sleep 1000 | cat", "yes > /dev/null"])
async def test_a_silent_command_does_not_wait(command: str, tmp_path: Path) -> None:
    async with running(command, tmp_path) as started:
        await until(lambda: started.quiet_s > 1)
        assert input_wait(started) is None


async def test_each_wait_is_told_once(tmp_path: Path) -> None:
    async with running("read -p 'first? ' a; read -s -p 'second? ' b; sleep 1000", tmp_path) as command:
        watch = InputWatch(command)
        assert (await watch.next_wait()).prompt == "first? "
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await watch.next_wait()
        command.type_text("x\n")
        assert (await watch.next_wait()).prompt == "second? "


async def test_a_wait_lasts_until_somebody_types(tmp_path: Path) -> None:
    async with running("read -p 'name? ' a; sleep 1000", tmp_path) as command:
        watch = InputWatch(command)
        await watch.next_wait()
        assert await watch.lasts(0.2)
        command.type_text("x\n")
        assert not await watch.lasts(LIMIT_S)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("one\r\ntwo: ", "two: "),
        ("one\r\n", ""),
        ("10%\r20%\r", ""),
        ("old\r\x1b[K\x1b[1mnew?\x1b[0m ", "new? "),
        ("\x1b]0;title\x07$ ", "$ "),
    ],
)
def test_the_prompt_is_the_last_unfinished_line_made_plain(raw: str, line: str) -> None:
    assert last_line(raw) == line
