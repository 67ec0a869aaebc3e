"""What of a command's doing in bubblewrap is undone, ended or cleared away once it is over, and told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.commands import Listener, until
from tests.support.sandboxed import Place, request_for
from vtcode.cli.init_command import run_init
from vtcode.config.edit import append_to_list
from vtcode.config.source import read_toml
from vtcode.details import CommandDetails
from vtcode.errors import ConfigError, FileUnusable, UsageError
from vtcode.frontend import Control
from vtcode.policy.paths import RESERVED_NAMES
from vtcode.system.files import Workspace
from vtcode.system.sandbox import open_sandbox
from vtcode.system.sandbox.protected import Placeholders, sweep_placeholders
from vtcode.system.sandbox.scratch import ScratchFolder, sweep
from vtcode.system.versioned import unversioned

HELPER = "git config core.fsmonitor 'touch ran; false'"


@pytest.mark.parametrize(
    ("attempt", "made"),
    [
        (f"git init -q sub && cd sub && {HELPER}", "sub/.git"),
        ("mkdir sub && echo 'gitdir: ../elsewhere' > sub/.git", "sub/.git"),
        ("mkdir sub && ln -s .. sub/.vscode", "sub/.vscode"),
        ("mkdir -p a/b/c/.vtcode", "a/b/c/.vtcode"),
        ("mkdir sub && echo x > sub/vtcode.toml", "sub/vtcode.toml"),
        ("mkdir sub && echo x > sub/AGENTS.MD", "sub/AGENTS.MD"),
        ("mv old away && mkdir -p old/.git && echo x > old/.git/config", "old/.git"),
        ("echo x > CLAUDE.md", "CLAUDE.md"),
        ("echo x > hidden && mv hidden .gitmodules", ".gitmodules"),
        ("mkdir -p away && mv old away && mkdir old && echo 'gitdir: ../x' > old/.git", "old/.git"),
    ],
)
async def test_what_is_made_under_a_protected_name_is_renamed_and_told(
    attempt: str, made: str, place: Place
) -> None:
    (place.workspace / "old" / ".git").mkdir(parents=True)
    outcome = await place.run(attempt)
    there = {str(path.relative_to(place.workspace)) for path in place.workspace.rglob("*")}
    assert made not in there
    assert f"{made}.untrusted" in there
    assert isinstance(outcome.details, CommandDetails)
    for told in (outcome.text, outcome.details.output):
        assert f"other programs would obey it: {made}." in told


async def test_what_was_there_before_keeps_its_name_also_when_it_is_moved(place: Place) -> None:
    for name in ("kept/AGENTS.md", "moved/AGENTS.md"):
        (place.workspace / name).parent.mkdir()
        (place.workspace / name).write_text("as it was")
    assert (await place.run("mv moved elsewhere")).text == "exit code 0\n(no output)"
    assert (place.workspace / "kept" / "AGENTS.md").exists()
    assert (place.workspace / "elsewhere" / "AGENTS.md").read_text() == "as it was"


async def test_a_second_one_takes_no_name_that_is_taken(place: Place) -> None:
    for text in ("first", "second"):
        await place.run(f"echo {text} > CLAUDE.md")
    assert (place.workspace / "CLAUDE.md.untrusted").read_text() == "first\n"
    assert (place.workspace / "CLAUDE.md.untrusted-2").read_text() == "second\n"


async def test_what_an_interrupted_command_made_is_renamed_too(place: Place) -> None:
    listener = Listener()
    running = asyncio.create_task(place.run("mkdir -p sub/.git; echo made; sleep 1000", listener))
    await listener.until(lambda: "made" in listener.heard)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await until(lambda: (place.workspace / "sub" / ".git.untrusted").is_dir())


async def test_what_was_made_while_a_command_ran_in_the_background_is_left_to_the_user(place: Place) -> None:
    listener = Listener()
    running = asyncio.create_task(place.run("echo started; sleep 1000", listener))
    await listener.until(lambda: "started" in listener.heard)
    listener.want(Control(kind="background"))
    await running
    (place.workspace / "cloned" / ".git").mkdir(parents=True)
    await place.context.jobs.close()
    assert (place.workspace / "cloned" / ".git").is_dir()


@pytest.mark.parametrize(
    "attempt",
    [
        f"git init -q sub && cd sub && {HELPER}",
        f"git init -q --bare . && {HELPER}",
        "git init -q --bare sub && git -C sub config core.fsmonitor 'touch ran; false'",
    ],
)
async def test_no_git_of_ours_obeys_a_repository_that_a_command_made(attempt: str, place: Place) -> None:
    await place.run(f"{attempt}; echo x > file")
    for asked in (place.workspace, place.workspace / "sub"):
        unversioned(asked, [".", "file"])
    assert not list(place.workspace.rglob("ran"))


@pytest.mark.parametrize("start", ["sleep 1000 &", "nohup sleep 1000 &> file &", "setsid sleep 1000 &"])
async def test_a_process_left_in_the_background_is_ended_and_that_is_told(start: str, place: Place) -> None:
    outcome = await place.run(f"{start} echo started")
    assert "started\n\n[Still running in the background, and ended with the command: sleep]" in outcome.text


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [("exit 3", "3"), ("kill -9 $$", "137 (SIGKILL)"), ("sleep 0.01 & wait", "0"), ("true", "0")],
)
async def test_a_command_that_leaves_nothing_running_is_told_as_it_ended(
    command: str, exit_code: str, place: Place
) -> None:
    assert (await place.run(command)).text == f"exit code {exit_code}\n(no output)"


async def test_what_still_writes_at_a_commands_end_may_finish(place: Place) -> None:
    outcome = await place.run("echo all of it > >(sleep 0.05; cat > file)")
    assert outcome.text == "exit code 0\n(no output)"
    assert (place.workspace / "file").read_text() == "all of it\n"


async def test_a_job_that_has_ended_by_itself_keeps_no_name_free(place: Place) -> None:
    listener = Listener()
    running = asyncio.create_task(place.run("echo started; read line", listener))
    await listener.until(lambda: "started" in listener.heard)
    listener.want(Control(kind="background"))
    await running
    assert (place.workspace / ".git").is_dir()
    (job,) = place.context.jobs.listed()
    job.command.type_text("\n")
    await until(lambda: not list(place.workspace.iterdir()))
    await place.context.jobs.close()


def killed(code: str, *arguments: str) -> None:
    """Run a few lines that leave what they made behind."""
    ended = subprocess.run([sys.executable, "-c", f"{code}; os._exit(9)", *arguments], check=False)
    assert ended.returncode == 9


LEAVE_PLACES = (
    "import os, pathlib, sys; from vtcode.system.sandbox.protected import Placeholders;"
    "held = Placeholders([pathlib.Path(sys.argv[1])], ['.git', 'AGENTS.md'])"
)


@pytest.mark.parametrize("policy", ["workspace_write", "read_only", "off"])
def test_a_session_removes_the_places_that_a_killed_one_left(policy: str, folder: Path) -> None:
    (folder / "home").mkdir()
    workspace = Workspace(folder)
    killed(LEAVE_PLACES, str(folder))
    assert (folder / "AGENTS.md").is_dir()
    open_sandbox(request_for(folder, workspace, policy=policy)).close()
    assert [path.name for path in folder.iterdir()] == ["home"]


def test_places_that_a_command_still_keeps_are_not_removed(folder: Path) -> None:
    held = Placeholders([folder], RESERVED_NAMES)
    sweep_placeholders([folder], RESERVED_NAMES)
    assert {path.name for path in folder.iterdir()} == set(RESERVED_NAMES)
    held.release()
    assert not list(folder.iterdir())


def test_a_kept_name_is_no_broken_setting_and_no_folder(folder: Path) -> None:
    held = Placeholders([folder], RESERVED_NAMES)
    assert read_toml(folder / "vtcode.toml") is None
    with pytest.raises(ConfigError, match="kept free while a command runs"):
        append_to_list(folder / "vtcode.toml", ("commands", "allow_glob"), "make *")
    with pytest.raises(UsageError, match="kept free while a command runs"):
        run_init(folder, force=False)
    with pytest.raises(FileUnusable, match="kept free while a command runs"):
        Workspace(folder).read(folder / "AGENTS.md")
    held.release()
    (folder / "vtcode.toml").mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        read_toml(folder / "vtcode.toml")


def test_a_users_empty_folder_is_not_swept(folder: Path) -> None:
    (folder / ".vscode").mkdir()
    sweep_placeholders([folder], RESERVED_NAMES)
    assert (folder / ".vscode").is_dir()


def test_a_place_in_a_folder_that_hands_its_group_down_is_known_again(folder: Path) -> None:
    folder.chmod(0o2775)
    Placeholders([folder], [".git"]).release()
    assert not (folder / ".git").exists()


@pytest.fixture
def temporary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def test_a_killed_sessions_temporary_folder_is_removed_by_a_later_one(temporary: Path) -> None:
    leave = "import os; from vtcode.system.sandbox.scratch import ScratchFolder; kept = ScratchFolder()"
    killed(f"{leave}; os.makedirs(kept.path + '/a/b'); os.chmod(kept.path + '/a', 0o500)")
    (left,) = temporary.iterdir()
    sweep()
    assert not left.exists()


def test_a_living_sessions_temporary_folder_stays(temporary: Path) -> None:
    kept = ScratchFolder()
    sweep()
    assert Path(kept.path).is_dir()
    kept.close()
    assert not list(temporary.iterdir())


def test_a_link_that_is_called_like_a_temporary_folder_is_not_followed(temporary: Path) -> None:
    (temporary / "mine").mkdir()
    (temporary / "mine" / "file").touch()
    (temporary / "vtcode-sandbox-x").symlink_to("mine")
    sweep()
    assert (temporary / "mine" / "file").exists()
