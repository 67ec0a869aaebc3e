"""What a full sandbox holds, tried out by commands that attempt it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Listener, is_alive, until
from tests.support.sandboxed import Place, open_place
from vtcode.actions import CommandAction
from vtcode.frontend import Control
from vtcode.policy.paths import RESERVED_NAMES
from vtcode.system.denied import DeniedPaths
from vtcode.system.process import processes
from vtcode.system.sandbox.base import SandboxPolicy
from vtcode.system.sandbox.protected import Placeholders
from vtcode.tools.run_pty_cmd import RunPtyCmd, RunPtyCmdArguments

FULL = ("bubblewrap", "Seatbelt")
PASSWD = Path("/etc/passwd").read_text(encoding="utf-8")
LINUX = sys.platform == "linux"


@pytest.fixture
def place(folder: Path) -> Iterator[Place]:
    place = open_place(folder, needs=FULL)
    yield place
    place.sandbox.close()


async def test_all_is_readable_but_what_holds_secrets(place: Place) -> None:
    (place.folder / "note").write_text("of the outside")
    (place.folder / "home" / ".ssh" / "id_rsa").write_text("secret")
    (place.folder / "home" / ".netrc").write_text("secret")
    (place.folder / "state" / "session").write_text("secret")
    assert await place.says(f"cat {place.folder}/note") == "of the outside"
    assert await place.says("head -c 5 /etc/passwd") == PASSWD[:5]
    assert "secret" not in await place.says(
        f"cat ~/.ssh/id_rsa; cat ~/.netrc; cat {place.folder}/state/session"
    )


@pytest.mark.parametrize("policy", ["workspace_write", "read_only"])
async def test_what_is_closed_to_the_model_is_closed_to_commands(policy: SandboxPolicy, folder: Path) -> None:
    patterns = ("secrets", "*.sqlite", "config/prod", "~/notes", ".npmrc", "/etc", "project", "more")
    denied = DeniedPaths(patterns=patterns, home=str(folder / "home"))
    place = open_place(folder, needs=FULL, policy=policy, denied=denied)
    files = ("secrets/.git/a", "src/secrets/a", "src/a.SQLite", "config/prod/a", ".npmrc", "project/a")
    for name in (*(f"project/{name}" for name in files), "home/notes/a", "away/a"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("closed")
    (place.workspace / "more").symlink_to(place.workspace / "config" / "prod")
    (place.workspace / "open").write_text("open")
    reading = "python3 -c 'import sys; [print(open(f).read()) for f in sys.argv[1:]]' open"
    try:
        assert await place.says(f"{reading}; head -c 5 /etc/passwd") == f"open\n{PASSWD[:5]}"
        for name in (*files, "more/a", f"{folder}/home/notes/a"):
            assert "closed" not in await place.says(f"cat {name}; {reading} {name}; tail -n 9 */* */*/*")
            assert "closed" not in await place.says(f"cp -r . /tmp/copy; cat /tmp/copy/{name}")
            assert "closed" not in await place.says(f"ln {name} hard; mv {name} moved; cat hard moved")
        await place.run("touch secrets/b src/secrets/b; rm -rf secrets")
        later = place.workspace / "later"
        (later / "secrets").mkdir(parents=True)
        (later / "secrets" / "a").write_text("closed")
        assert "closed" not in await place.says("cat later/secrets/a")
    finally:
        place.sandbox.close()
    assert all((place.workspace / name).read_text() == "closed" for name in files)
    assert [file.name for file in (place.workspace / "secrets").iterdir()] == [".git"]


async def test_an_added_folder_is_closed_to_commands_by_the_same_names(folder: Path) -> None:
    place = open_place(folder, needs=FULL, denied=DeniedPaths(patterns=("config/prod",)))
    (folder / "added" / "config" / "prod").mkdir(parents=True)
    (folder / "added" / "config" / "prod" / "a").write_text("shown")
    try:
        assert await place.says(f"cat {folder}/added/config/prod/a") == "shown"
        place.context.workspace.added = (folder / "added",)
        assert "shown" not in await place.says(f"cat {folder}/added/config/prod/a")
    finally:
        place.sandbox.close()


@pytest.mark.skipif(not LINUX, reason="elsewhere the name can't be created at all")
async def test_a_closed_name_is_no_place_to_make_a_repository_in(folder: Path) -> None:
    place = open_place(folder, needs=FULL, denied=DeniedPaths(patterns=("secrets",)))
    try:
        await place.run("mkdir -p a/secrets/.git")
    finally:
        place.sandbox.close()
    assert [file.name for file in (place.workspace / "a" / "secrets").iterdir()] == [".git.untrusted"]


async def test_the_workspace_can_be_written(place: Place) -> None:
    outcome = await place.run("mkdir sub && echo made > sub/file && mv sub/file . && rmdir sub")
    assert not outcome.failed
    assert (place.workspace / "file").read_text() == "made\n"


async def test_a_folder_that_the_user_added_can_be_written_and_is_protected_too(place: Place) -> None:
    added = place.folder / "added"
    (added / ".git").mkdir(parents=True)
    assert (await place.run(f"touch {added}/file")).failed
    place.context.workspace.added = (added,)
    assert not (await place.run(f"touch {added}/file")).failed
    assert (await place.run(f"touch {added}/.git/config")).failed
    assert (await place.run(f"touch {added}/AGENTS.md")).failed


@pytest.mark.parametrize(
    "attempt",
    [
        "echo x > {outside}/file",
        "mkdir {outside}/made",
        "rm {outside}/there",
        "mv {outside}/there {outside}/moved",
        "chmod 777 {outside}/there",
        "touch {outside}/there",
        "ln {outside}/there hard && echo x > hard",
        "ln -s {outside}/there soft && echo x > soft",
        "echo x > /proc/self/root{outside}/there",
        "echo x > ~/.bashrc",
        "echo x > ~/.ssh/authorized_keys",
        "echo x > {outside}/config/vtcode.toml",
        "echo x > {outside}/state/grants.toml",
        "mv {outside}/project {outside}/away",
        "mount -o remount,rw /; mount -o remount,bind,rw /; echo x > {outside}/there",
        "umount {outside}/project; echo x > {outside}/there",
        "unshare -Urm sh -c 'mount -o remount,bind,rw /; echo x > {outside}/there'",
        "sudo -n touch {outside}/there",
    ],
)
async def test_nothing_outside_the_workspace_can_be_changed(attempt: str, place: Place) -> None:
    (place.folder / "there").write_text("as it was")
    before = contents(place.folder)
    mode = (place.folder / "there").stat()
    await place.run(attempt.format(outside=place.folder))
    shutil.rmtree(place.workspace)
    place.workspace.mkdir()
    assert contents(place.folder) == before
    after = (place.folder / "there").stat()
    assert (after.st_mode, after.st_mtime_ns) == (mode.st_mode, mode.st_mtime_ns)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


def is_there(path: Path) -> bool:
    return os.path.lexists(path)


PROTECTED = ("vtcode.toml", "AGENTS.md", ".envrc", ".mcp.json", ".bashrc", ".git")
ATTEMPTS = (
    "echo x >> {name}",
    "rm -rf {name}",
    "mv {name} elsewhere",
    "touch other && mv -f other {name}",
    "ln -sf other {name}",
    "ln {name} hard && echo x > hard",
    "sed -i s/as/x/ {name}",
    "chmod 777 {name}",
    "python3 -c 'import os; os.truncate(\"{name}\", 0)'",
    "unshare -Urm sh -c 'umount {name}; echo x > {name}'",
)


@pytest.mark.parametrize("name", PROTECTED)
async def test_a_protected_file_can_not_be_changed_or_replaced(name: str, place: Place) -> None:
    path = place.workspace / name
    path.write_text("as it was")
    before = path.stat()
    for attempt in ATTEMPTS:
        assert (await place.run(attempt.format(name=name))).failed, attempt
    after = path.stat()
    assert path.read_text() == "as it was"
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


@pytest.mark.parametrize("name", [".git", ".vscode", ".vtcode", "deep/inside/.git", "deep/.husky"])
@pytest.mark.parametrize(
    "attempt",
    [
        "echo x > {name}/config",
        "echo x > {name}/new",
        "mkdir {name}/hooks",
        "rm {name}/config",
        "mv {name} moved",
        "rm -rf {name}",
    ],
)
async def test_a_protected_folder_can_not_be_changed_or_replaced(
    name: str, attempt: str, place: Place
) -> None:
    folder = place.workspace / name
    folder.mkdir(parents=True)
    (folder / "config").write_text("as it was")
    assert (await place.run(attempt.format(name=name))).failed
    assert contents(folder) == {str(folder / "config"): b"as it was"}


async def test_the_target_of_a_protected_link_can_not_be_changed(place: Place) -> None:
    (place.workspace / "CLAUDE_NOTES").write_text("as it was")
    (place.workspace / "AGENTS.md").symlink_to("CLAUDE_NOTES")
    assert (await place.run("echo x > CLAUDE_NOTES")).failed
    assert (await place.run("echo x > AGENTS.md")).failed


@pytest.mark.parametrize("name", RESERVED_NAMES)
@pytest.mark.parametrize(
    "attempt",
    [
        "echo x > {name}",
        "mkdir {name} && echo x > {name}/config",
        "ln -s . {name}",
        "touch other; mv -fT other {name}",
        "mkdir other; mv -fT other {name}",
        "rmdir {name}; mkdir {name}; echo x > {name}/config",
        "git init -q .; test -e .git/config",
    ],
)
async def test_what_is_protected_and_missing_can_not_be_created(
    name: str, attempt: str, place: Place
) -> None:
    assert (await place.run(attempt.format(name=name))).failed
    assert not is_there(place.workspace / name)


async def test_the_places_of_missing_names_are_kept_until_the_last_command_is_done(place: Place) -> None:
    first, second = Listener(), Listener()
    running = [
        asyncio.create_task(place.run("read line", listener, timeout_secs=20)) for listener in (first, second)
    ]
    await first.until(lambda: bool(first.prompts))
    await second.until(lambda: bool(second.prompts))
    first.want(Control(kind="input", text="\n"))
    await running[0]
    assert (place.workspace / ".git").is_dir()
    second.want(Control(kind="input", text="\n"))
    await running[1]
    assert list(place.workspace.iterdir()) == []


def test_a_place_that_a_killed_process_left_is_taken_over(folder: Path) -> None:
    die = (
        "import os, pathlib, sys; from vtcode.system.sandbox.protected import Placeholders;"
        "held = Placeholders([pathlib.Path(sys.argv[1])], ['.git']); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", die, str(folder)], check=False).returncode == 9
    assert (folder / ".git").exists()
    Placeholders([folder], [".git"]).release()
    assert not (folder / ".git").exists()


def test_an_empty_folder_of_the_users_own_is_left_alone(folder: Path) -> None:
    (folder / ".vscode").mkdir()
    Placeholders([folder], [".vscode"]).release()
    assert (folder / ".vscode").is_dir()


def test_what_somebody_put_into_a_kept_place_is_left_alone(folder: Path) -> None:
    held = Placeholders([folder], [".git"])
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main")
    held.release()
    assert (folder / ".git" / "HEAD").exists()


@pytest.fixture
def listening() -> Iterator[int]:
    """A port of this machine that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server.getsockname()[1]
        with pytest.raises(BlockingIOError):
            server.accept()  # nobody ever came


@pytest.mark.parametrize(
    "attempt",
    [
        "curl -sS -m 5 http://127.0.0.1:{port}/",
        "exec 3<>/dev/tcp/127.0.0.1/{port}",
        "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 5)'",
    ],
)
async def test_no_connection_can_be_made(attempt: str, listening: int, place: Place) -> None:
    assert (await place.run(attempt.format(port=listening))).failed


async def test_no_packet_gets_out_so_no_name_can_be_asked_for(place: Place) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        port = server.getsockname()[1]
        await place.run(f"echo hello > /dev/udp/127.0.0.1/{port}")
        with pytest.raises(BlockingIOError):
            server.recv(10)
    assert (await place.run("getent hosts example.com || exit 1")).failed


@pytest.mark.skipif(not LINUX, reason="abstract sockets are Linux's own")
async def test_a_service_of_the_system_can_not_be_reached_by_its_abstract_socket(place: Place) -> None:
    name = f"vtcode-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen()
        connect = f'import socket; socket.socket(socket.AF_UNIX).connect("\\0{name}")'
        assert (await place.run(f"python3 -c '{connect}'")).failed


@pytest.mark.skipif(not LINUX, reason="as /run and its sockets are")
async def test_the_sockets_of_services_are_not_to_be_seen(place: Place) -> None:
    assert await place.says("ls -A /run") == ""
    assert await place.says('echo "${SSH_AUTH_SOCK-}${DBUS_SESSION_BUS_ADDRESS-}${DOCKER_HOST-}"') == ""


@pytest.mark.skipif(not LINUX, reason="folders of services are hidden on Linux only")
async def test_folders_of_services_are_empty(folder: Path) -> None:
    place = open_place(folder, needs=FULL, services=(str(folder / "services"),))
    (folder / "services").mkdir()
    (folder / "services" / "socket").touch()
    assert await place.says(f"ls -A {folder}/services") == ""
    place.sandbox.close()


@pytest.mark.skipif(not LINUX, reason="macOS has no such namespaces")
@pytest.mark.parametrize("kind", ["ipc", "mnt", "net", "pid"])
async def test_a_command_shares_no_memory_folders_network_or_processes_with_others(
    kind: str, place: Place
) -> None:
    assert await place.says(f"readlink /proc/self/ns/{kind}") != namespace(kind)


def namespace(kind: str) -> str:
    return str(Path(f"/proc/self/ns/{kind}").readlink())


async def test_folders_of_the_programs_own_stay_read_only_inside_the_workspace(folder: Path) -> None:
    own = folder / "project" / "settings"
    place = open_place(folder, needs=FULL, read_only=(own,))
    own.mkdir()
    (own / "vtcode").write_text("as it was")
    assert (await place.run("echo x > settings/vtcode")).failed
    assert (own / "vtcode").read_text() == "as it was"
    place.sandbox.close()


@pytest.mark.skipif(not LINUX, reason="Seatbelt's patterns hold for what does not exist, too")
def test_a_workspace_that_holds_the_home_folder_does_not_count_as_full(folder: Path) -> None:
    place = open_place(folder, needs=FULL, home=folder / "project" / "home")
    holds = place.sandbox.containment
    assert holds.gaps == ("the workspace holds your home folder, where start-up files can be created",)
    assert not holds.is_full
    place.sandbox.close()


@pytest.mark.skipif(not LINUX, reason="macOS has neither")
async def test_a_command_has_no_capability_and_gains_no_privilege(place: Place) -> None:
    status = dict(
        line.split(":\t", 1)
        for line in (await place.says("cat /proc/self/status")).splitlines()
        if ":\t" in line
    )
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapAmb"], 16) == 0
    assert status["NoNewPrivs"] == "1"


@pytest.mark.skipif(not LINUX, reason="macOS has neither")
@pytest.mark.parametrize("name", ["kernel/core_pattern", "kernel/hostname", "vm/drop_caches"])
async def test_the_kernels_settings_can_not_be_changed_by_root_either(name: str, place: Place) -> None:
    assert (await place.run(f"test -e /proc/sys/{name} && : >> /proc/sys/{name}")).failed


@pytest.mark.skipif(not LINUX, reason="macOS has none of these folders")
async def test_of_the_systems_own_folders_only_harmless_devices_can_be_written(place: Place) -> None:
    listed = await place.says(
        "find /proc /sys /run /etc /dev -maxdepth 4 -path '/proc/[0-9]*' -prune"
        " -o -writable -not -type l -print 2>/dev/null"
    )
    rest = [path for path in listed.splitlines() if not path.startswith(("/dev", "/proc/pressure/"))]
    assert [path for path in rest if not path.startswith(("/proc/self", "/proc/thread-self"))] == []


@pytest.mark.skipif(not LINUX, reason="macOS has no process namespaces")
async def test_a_command_sees_and_signals_its_own_processes_alone(place: Place) -> None:
    assert int((await place.says("ps -e | wc -l")).split()[-1]) < 8
    assert (await place.run(f"kill -0 {os.getpid()}")).failed


async def test_tmp_is_private_and_stays_for_the_session(place: Place) -> None:
    name = f"vtcode-test-{os.getpid()}"
    assert not (await place.run(f'echo kept > "$TMPDIR/{name}"')).failed
    assert not LINUX or not is_there(Path("/tmp", name))
    assert await place.says(f'cat "$TMPDIR/{name}"') == "kept"


async def test_ctrl_c_reaches_the_command_which_may_catch_it(place: Place) -> None:
    listener = Listener()
    running = asyncio.create_task(
        place.run("trap 'echo caught; exit 7' INT; echo ready; read line", listener)
    )
    await listener.until(lambda: "ready" in listener.heard)
    listener.want(Control(kind="input", text="\x03"))
    outcome = await running
    assert outcome.text.startswith("exit code 7\n")
    assert "caught" in outcome.text


async def test_a_command_has_the_terminal_and_its_size(place: Place) -> None:
    assert await place.says("stty size < /dev/tty; test -t 0 -a -t 1 && echo terminal") == "24 80\nterminal"


@pytest.mark.skipif(not LINUX, reason="a certain wait is seen on Linux only")
async def test_a_command_that_waits_for_input_is_seen_to(place: Place) -> None:
    listener = Listener()
    running = asyncio.create_task(place.run("read -p 'name? ' name; echo hello $name", listener))
    await listener.until(lambda: bool(listener.prompts))
    listener.want(Control(kind="input", text="Ada\n"))
    assert (await running).text == "exit code 0\nname? Ada\nhello Ada"


STRAYS = {
    "a background process": "{sleep} & echo started; wait",
    "one in a session of its own": "setsid {sleep} & echo started; wait",
    "one that ignores signals": "trap '' INT TERM HUP; {sleep} & echo started; wait; sleep 100",
    "a daemon": "(setsid setsid env -i {sleep} </dev/null >/dev/null 2>&1 &) ; echo started; sleep 100",
}


def strays(seconds: int) -> list[int]:
    """Return the processes that sleep for so many seconds."""
    wanted = f"sleep\0{seconds}\0".encode()
    found = [facts.pid for facts in processes() if not facts.is_zombie]
    return [pid for pid in found if _command_line(pid) == wanted]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(not LINUX, reason="macOS has no process namespaces")
@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS.keys())
@pytest.mark.parametrize("ending", ["timeout", "kill", "interruption"])
async def test_a_command_that_is_ended_leaves_nothing_behind(ending: str, stray: str, place: Place) -> None:
    seconds = 100_000 + os.getpid() * 7 + len(stray)
    listener = Listener()
    timeout_s = 1 if ending == "timeout" else 20
    running = asyncio.create_task(
        place.run(stray.format(sleep=f"sleep {seconds}"), listener, timeout_secs=timeout_s)
    )
    await until(lambda: bool(strays(seconds)))
    match ending:
        case "kill":
            listener.want(Control(kind="kill"))
        case "interruption":
            running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await until(lambda: not strays(seconds))


@pytest.mark.skipif(not LINUX, reason="macOS has no process namespaces")
async def test_a_fork_does_not_outlive_the_command_that_made_it(place: Place) -> None:
    seconds = 300_000 + os.getpid()
    command = f"(setsid setsid sleep {seconds} </dev/null >/dev/null 2>&1 &); echo done"
    assert (await place.run(command)).text == (
        "exit code 0\ndone\n\n[Still running in the background, and ended with the command: sleep]"
    )
    await until(lambda: not strays(seconds))


@pytest.mark.skipif(not LINUX, reason="macOS has no process namespaces")
async def test_a_command_is_asked_to_end_before_it_is_killed(place: Place) -> None:
    listener = Listener()
    command = "trap 'echo asked > asked; exit' TERM; echo ready; while :; do sleep 0.05; done"
    running = asyncio.create_task(place.run(command, listener))
    await listener.until(lambda: "ready" in listener.heard)
    listener.want(Control(kind="kill"))
    await running
    assert (place.workspace / "asked").read_text() == "asked\n"


@pytest.mark.skipif(not LINUX, reason="macOS has no parent-death signal")
async def test_nothing_outlives_a_vtcode_that_is_killed(place: Place) -> None:
    seconds = 400_000 + os.getpid()
    launch = place.sandbox.launch(
        ["bash", "-c", f"setsid sleep {seconds} & wait"],
        cwd=str(place.workspace),
        environment=dict(os.environ),
    )
    start = "import os, subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(1000)"
    without_terminal = [word for word in launch.argv if word not in ("--ctty",)]
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", start, *without_terminal)
    await until(lambda: bool(strays(seconds)))
    parent.kill()
    await parent.wait()
    await until(lambda: not strays(seconds))
    launch.release()


async def test_a_command_goes_on_in_the_background_until_the_job_is_ended(place: Place) -> None:
    listener = Listener()
    running = asyncio.create_task(place.run("echo started; sleep 1000; true", listener))
    await listener.until(lambda: "started" in listener.heard)
    listener.want(Control(kind="background"))
    assert "goes on as job 1" in (await running).text
    (job,) = place.context.jobs.listed()
    assert job.is_running
    await place.context.jobs.close()
    assert not is_alive(job.command.pid)


async def test_a_command_can_be_asked_for_outside_with_a_reason(place: Place) -> None:
    target = place.folder / "outside"
    arguments = RunPtyCmdArguments(command=f"touch {target}", outside_sandbox="it installs a tool")
    call = await RunPtyCmd().prepare(arguments, place.context)
    assert isinstance(call.action, CommandAction)
    assert (call.action.outside_sandbox, call.action.contained) == ("it installs a tool", False)
    assert not (await call.run(Listener())).failed
    assert target.exists()


@pytest.mark.parametrize("nothing", [None, "", " ", "no", "None", "false"])
async def test_a_command_without_a_reason_is_contained(nothing: str | None, place: Place) -> None:
    arguments = RunPtyCmdArguments(command="true", outside_sandbox=nothing)
    call = await RunPtyCmd().prepare(arguments, place.context)
    assert isinstance(call.action, CommandAction)
    assert (call.action.outside_sandbox, call.action.contained) == ("", True)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("touch /usr/vtcode-test", "only the project"),
        ("exec 3<>/dev/tcp/192.0.2.1/80", "no network"),
        ("exec 3<>/dev/tcp/192.0.2.1/80 | tail", "no network"),
        ("echo Network is unreachable; sleep 20", "no network"),
        ("exit 3", ""),
        ("echo Read-only file system", ""),
    ],
)
async def test_a_failure_that_looks_like_the_sandboxs_doing_tells_how_to_ask(
    command: str, told: str, place: Place
) -> None:
    status = (await place.run(command, timeout_secs=3)).text
    assert ("call again with outside_sandbox" in status) is bool(told)
    assert told in status


async def test_read_only_lets_nothing_be_written_but_tmp(folder: Path) -> None:
    place = open_place(folder, needs=FULL, policy="read_only")
    (place.workspace / "file").write_text("as it was")
    for attempt in ("echo x > file", "touch new", "rm file", f"touch {folder}/new"):
        assert (await place.run(attempt)).failed, attempt
    assert not (await place.run('echo x > "$TMPDIR/file" && cat file')).failed
    assert contents(place.workspace) == {str(place.workspace / "file"): b"as it was"}
    place.sandbox.close()
