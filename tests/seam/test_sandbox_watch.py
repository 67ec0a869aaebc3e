"""What a command in bubblewrap can do to what other programs obey, where no mount can forbid it."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import Listener
from tests.support.sandboxed import Place
from vtcode.events import ToolFinished
from vtcode.frontend import Control
from vtcode.frontends.text import TextLines
from vtcode.system.sandbox.protected import Placeholders
from vtcode.tools.sandbox_hint import aftermath_notes

HELPER = "git -C {0} config core.worktree . && git -C {0} config core.fsmonitor 'touch ran; false'"


def git(place: Place, *arguments: str) -> None:
    home = str(place.folder / "home")
    environment = {"PATH": os.environ["PATH"], "HOME": home, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=place.workspace, env=environment, check=True, capture_output=True)


def save_by_rename(path: Path, text: str) -> None:
    """Save a file as editors do."""
    new = path.with_name("being-saved")
    new.write_text(text)
    new.rename(path)


async def while_it_runs(place: Place, command: str, listener: Listener) -> asyncio.Task[str]:
    """Start a command that goes on once there is a file `go`."""
    waiting = f"echo started; while [ ! -e go ]; do sleep 0.02; done; {command}"

    async def run() -> str:
        return (await place.run(waiting, listener)).text

    task = asyncio.create_task(run())
    await listener.until(lambda: "started" in listener.heard)
    return task


async def test_what_an_editor_saves_meanwhile_keeps_its_name_and_is_told(place: Place) -> None:
    (place.workspace / "CLAUDE.md").write_text("mine")
    running = await while_it_runs(place, "true", Listener())
    save_by_rename(place.workspace / "CLAUDE.md", "mine, too")
    (place.workspace / "go").touch()
    told = await running
    assert (place.workspace / "CLAUDE.md").read_text() == "mine, too"
    assert not (place.workspace / "CLAUDE.md.untrusted").exists()
    assert "which could write it from then on: CLAUDE.md." in told


async def test_what_a_command_writes_once_it_was_saved_from_outside_is_told(place: Place) -> None:
    for name in ("AGENTS.md", "vtcode.toml"):
        (place.workspace / name).write_text("mine")
    writing = "for name in AGENTS.md vtcode.toml; do echo evil > $name; done"
    running = await while_it_runs(place, writing, Listener())
    save_by_rename(place.workspace / "AGENTS.md", "mine, too")
    (place.workspace / "go").touch()
    told = await running
    assert (place.workspace / "vtcode.toml").read_text() == "mine"
    assert (place.workspace / "AGENTS.md").read_text() == "evil\n"
    assert "from then on: AGENTS.md." in told


async def test_what_is_removed_from_outside_is_told(place: Place) -> None:
    (place.workspace / "sub").mkdir()
    (place.workspace / "sub" / "vtcode.toml").write_text("deny")
    running = await while_it_runs(place, "true", Listener())
    (place.workspace / "sub" / "vtcode.toml").unlink()
    (place.workspace / "go").touch()
    assert "from then on: sub/vtcode.toml." in await running


async def test_a_new_name_is_found_also_where_a_number_of_the_file_system_is_used_again(place: Place) -> None:
    (place.workspace / "CLAUDE.md").write_text("mine")
    running = await while_it_runs(place, "mkdir .github; echo x > GEMINI.md", Listener())
    save_by_rename(place.workspace / "CLAUDE.md", "mine, too")
    (place.workspace / "go").touch()
    await running
    names = {path.name for path in place.workspace.iterdir()}
    assert names == {"go", "CLAUDE.md", ".github.untrusted", "GEMINI.md.untrusted"}


async def test_nothing_is_told_where_nothing_changed(place: Place) -> None:
    git(place, "init", "-q")
    (place.workspace / "AGENTS.md").write_text("as it was")
    (place.workspace / "notes.md").touch()
    (place.workspace / "CLAUDE.md").symlink_to("notes.md")
    running = await while_it_runs(place, "true", Listener())
    (place.workspace / "file").touch()
    git(place, "add", "file")
    git(place, "config", "user.name", "me")
    (place.workspace / "go").touch()
    assert await running == "exit code 0\nstarted"


async def test_what_another_session_keeps_free_further_down_is_not_taken_for_new(place: Place) -> None:
    (place.workspace / "sub").mkdir()
    running = await while_it_runs(place, "true", Listener())
    held = Placeholders([place.workspace / "sub"], [".git", "AGENTS.md"])
    (place.workspace / "go").touch()
    assert await running == "exit code 0\nstarted"
    held.release()
    assert not list((place.workspace / "sub").iterdir())


async def test_a_name_that_another_command_still_keeps_free_has_not_changed(place: Place) -> None:
    held = Placeholders([place.workspace], [".git"])
    assert (await place.run("true")).text == "exit code 0\n(no output)"
    held.release()


async def test_what_the_user_puts_where_a_name_is_kept_free_stays_and_is_told(place: Place) -> None:
    running = await while_it_runs(place, "true", Listener())
    (place.workspace / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (place.workspace / "go").touch()
    assert "from then on: .git." in await running
    assert (place.workspace / ".git" / "HEAD").exists()


MAKE_BARE = "git init -q --bare /tmp/bare && mkdir -p {0} && cp -r /tmp/bare/* {0}"


@pytest.mark.parametrize("where", [".", "sub", "deep/er"])
async def test_a_folder_that_a_command_made_a_repository_is_none_afterwards(where: str, place: Place) -> None:
    (place.workspace / "sub").mkdir()
    outcome = await place.run(f"{MAKE_BARE.format(where)} && {HELPER.format(where)}")
    assert not outcome.failed
    head = str(Path(where, "HEAD"))
    assert f"other programs would obey it: {head}." in outcome.text
    assert (place.workspace / where / "HEAD.untrusted").is_file()
    with pytest.raises(subprocess.CalledProcessError):
        git(place, "-C", where, "status")
    assert not list(place.workspace.rglob("ran"))


async def test_a_work_trees_folder_elsewhere_is_a_repository_too(place: Place) -> None:
    outcome = await place.run("mkdir sub && echo 'ref: refs/heads/main' > sub/HEAD && echo x > sub/commondir")
    assert "would obey it: sub/HEAD." in outcome.text


@pytest.mark.parametrize("attempt", ["git -C fixtures.git config core.fsmonitor x", "mv fixtures.git away"])
async def test_a_repository_that_is_there_without_being_called_git_is_read_only(
    attempt: str, place: Place
) -> None:
    git(place, "init", "-q", "--bare", "fixtures.git")
    before = (place.workspace / "fixtures.git" / "config").read_text()
    assert (await place.run(attempt)).failed
    assert (place.workspace / "fixtures.git" / "config").read_text() == before
    assert (place.workspace / "fixtures.git" / "HEAD").exists()


def test_a_workspace_that_is_such_a_repository_itself_does_not_count_as_full(place: Place) -> None:
    assert place.sandbox.containment.is_full
    added = place.folder / "added"
    added.mkdir()
    git(place, "init", "-q", "--bare", str(added))
    place.context.workspace.added = (added,)
    holds = place.sandbox.containment
    assert holds.gaps == ("added is a bare repository, whose configuration a command could change",)
    assert not holds.is_full
    place.context.workspace.added = ()
    assert place.sandbox.containment.is_full


@pytest.mark.parametrize("name", ["AGENTS.md", "sub/AGENTS.md"])
@pytest.mark.parametrize(
    "attempt",
    [
        "rm {0}",
        "mv {0} elsewhere",
        "ln -sf evil {0}",
        "rm {0} && echo evil > {0}",
        "rm {0} && mkdir {0}",
    ],
)
async def test_a_link_that_a_command_removed_or_replaced_is_put_back(
    attempt: str, name: str, place: Place
) -> None:
    (place.workspace / "sub").mkdir()
    link = place.workspace / name
    (link.parent / "CLAUDE.md").write_text("as it was")
    link.symlink_to("CLAUDE.md")
    assert place.sandbox.containment.is_full
    outcome = await place.run(attempt.format(name))
    assert not outcome.failed
    assert f"Put back as the link that it was: {name}." in outcome.text
    assert str(link.readlink()) == "CLAUDE.md"
    assert link.read_text() == "as it was"


async def test_a_link_is_not_put_into_another_folder_of_the_same_name(place: Place) -> None:
    (place.workspace / "sub").mkdir()
    (place.workspace / "sub" / "AGENTS.md").symlink_to("notes.md")
    outcome = await place.run("rm sub/AGENTS.md && mv sub away && mkdir sub")
    assert "from then on: sub/AGENTS.md." in outcome.text
    assert not list((place.workspace / "sub").iterdir())


@pytest.mark.parametrize(
    ("link", "attempt", "made"),
    [
        ("notes.md", "echo evil > notes.md", "notes.md"),
        ("docs/notes.md", "mv docs away && mkdir docs && echo evil > docs/notes.md", "docs/notes.md"),
    ],
)
async def test_what_a_link_leads_to_can_not_be_made_anew(
    link: str, attempt: str, made: str, place: Place
) -> None:
    (place.workspace / "docs").mkdir()
    (place.workspace / "docs" / "notes.md").write_text("as it was")
    (place.workspace / "AGENTS.md").symlink_to(link)
    outcome = await place.run(attempt)
    assert not outcome.failed
    assert f"other programs would obey it: {made}." in outcome.text
    assert not (place.workspace / "AGENTS.md").exists()


@pytest.mark.parametrize("attempt", ["ln -sfn src way", "rm way && mkdir way && echo evil > way/notes.md"])
async def test_what_a_link_is_made_to_lead_to_by_way_of_another_is_told(attempt: str, place: Place) -> None:
    for name in ("docs", "src"):
        (place.workspace / name).mkdir()
        (place.workspace / name / "notes.md").write_text("as it was")
    (place.workspace / "way").symlink_to("docs")
    (place.workspace / "AGENTS.md").symlink_to("way/notes.md")
    outcome = await place.run(attempt)
    new = (place.workspace / "AGENTS.md").resolve().relative_to(place.workspace)
    assert f"under a name that other programs obey: {new}." in outcome.text


async def test_a_folder_of_hooks_that_git_is_led_to_by_way_of_a_link_is_told(place: Place) -> None:
    configure(place)
    for name in ("hooks", "src"):
        (place.workspace / name).mkdir()
    (place.workspace / "tools").mkdir()
    (place.workspace / "tools" / "hooks").symlink_to("../hooks")
    outcome = await place.run("ln -sfn ../src tools/hooks")
    assert "under a name that other programs obey: src." in outcome.text


async def test_a_link_to_the_workspace_itself_does_not_close_it(place: Place) -> None:
    (place.workspace / ".agents").symlink_to(".")
    assert not (await place.run("echo x > file")).failed


CONFIGURED = ("tools/hooks/pre-commit", "team.gitconfig")


@pytest.mark.parametrize("name", CONFIGURED)
async def test_what_git_was_told_to_obey_is_read_only(name: str, place: Place) -> None:
    configure(place)
    (place.workspace / "tools" / "hooks").mkdir(parents=True)
    for path in CONFIGURED:
        (place.workspace / path).write_text("")
    for attempt in ("echo x > {0}", "rm {0}", "touch new; mv new {0}"):
        assert (await place.run(attempt.format(name))).failed, attempt
    assert (place.workspace / name).read_text() == ""


async def test_what_git_was_told_in_a_repository_further_down_holds_for_commands_that_start_there(
    place: Place,
) -> None:
    hooks = place.workspace / "sub" / "tools"
    hooks.mkdir(parents=True)
    git(place, "init", "-q", "sub")
    git(place, "-C", "sub", "config", "core.hooksPath", "tools")
    assert (await place.run("echo x > tools/pre-commit", cwd="sub")).failed
    assert not list(hooks.iterdir())


@pytest.mark.parametrize(
    ("attempt", "made"),
    [
        ("mkdir -p tools/hooks && echo x > tools/hooks/pre-commit", "tools/hooks"),
        ("echo x > team.gitconfig", "team.gitconfig"),
    ],
)
async def test_what_git_would_obey_is_renamed_where_it_was_missing(
    attempt: str, made: str, place: Place
) -> None:
    configure(place)
    outcome = await place.run(attempt)
    assert f"other programs would obey it: {made}." in outcome.text
    assert not (place.workspace / made).exists()


async def test_headless_runs_tell_the_user_what_was_renamed(place: Place) -> None:
    outcome = await place.run("mkdir -p sub/.git; echo '[Renamed, says the command]'")
    said: list[str] = []
    finished = ToolFinished(
        call_id="1", name="run_pty_cmd", status="completed", text=outcome.text, details=outcome.details
    )
    await TextLines(write=said.append, progress=said.append).show(finished)
    (_, warning) = said
    assert warning.startswith("vtcode: warning: Renamed, with .untrusted at its end")
    assert "would obey it: sub/.git." in warning


def configure(place: Place) -> None:
    git(place, "init", "-q")
    git(place, "config", "core.hooksPath", "tools/hooks")
    git(place, "config", "include.path", "../team.gitconfig")


async def test_of_a_job_all_is_told_and_nothing_renamed(place: Place) -> None:
    (place.workspace / "CLAUDE.md").write_text("mine")
    listener = Listener()
    (place.workspace / "AGENTS.md").symlink_to("CLAUDE.md")
    running = await while_it_runs(place, "mkdir -p sub/.git; rm AGENTS.md; echo made; sleep 1000", listener)
    save_by_rename(place.workspace / "CLAUDE.md", "mine, too")
    (place.workspace / "go").touch()
    await listener.until(lambda: "made" in listener.heard)
    listener.want(Control(kind="background"))
    await running
    aftermath = await place.context.jobs.end(1)
    assert aftermath
    note = "".join(aftermath_notes(aftermath, place.context.workspace.display))
    assert "under a name that other programs obey: sub/.git." in note
    assert "from then on: AGENTS.md, CLAUDE.md." in note
    assert not (place.workspace / "AGENTS.md").is_symlink()
    assert (place.workspace / "sub" / ".git").is_dir()
