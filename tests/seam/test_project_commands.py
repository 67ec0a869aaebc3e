"""/init and /review."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.commands.builtin import dispatch
from vtcode.commands.review import review_message
from vtcode.config.template import template
from vtcode.events import Notice, TurnStarted
from vtcode.providers.script import Turn
from vtcode.questions import PermissionQuestion
from vtcode.session.project_notes import drafted_notes
from vtcode.system.working_tree import WorkingTree, working_tree


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def notices(recorder: Recorder) -> str:
    return "\n".join(f"{notice.text} {notice.hint}" for notice in recorder.of(Notice))


async def run(bench: Bench, recorder: Recorder, *lines: str) -> None:
    async with bench.session(recorder, Turn(text="Looks fine.")) as session:
        for line in lines:
            await dispatch(session, recorder, line)


async def test_init_shows_both_files_and_writes_what_was_shown(bench: Bench) -> None:
    (bench.workspace / "Cargo.toml").write_text("[package]\n")
    recorder = Recorder("once", "once")
    await run(bench, recorder, "/init")
    settings, notes = recorder.questions
    assert isinstance(settings, PermissionQuestion)
    assert isinstance(notes, PermissionQuestion)
    assert (bench.workspace / "vtcode.toml").read_text() == template()
    written = (bench.workspace / "AGENTS.md").read_text()
    assert "- `cargo test`" in written
    added = [line[1:] for line in notes.action.diff.splitlines() if line.startswith("+")]
    assert "\n".join(added) + "\n" == written


async def test_init_writes_nothing_that_was_refused(bench: Bench) -> None:
    await run(bench, Recorder("deny", "deny"), "/init")
    assert list(bench.workspace.iterdir()) == []


async def test_init_leaves_what_is_there(bench: Bench) -> None:
    (bench.workspace / "vtcode.toml").write_text("# mine\n")
    (bench.workspace / "AGENTS.md").symlink_to("nowhere")
    recorder = Recorder("once", "once")
    await run(bench, recorder, "/init")
    assert recorder.questions == []
    assert (bench.workspace / "vtcode.toml").read_text() == "# mine\n"
    assert (bench.workspace / "AGENTS.md").is_symlink()
    assert "AGENTS.md is there already" in notices(recorder)


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        pytest.param(
            {"Makefile": "test: lint\n\tx\nlint:\nCC := gcc\n"}, ["make test", "make lint"], id="make"
        ),
        pytest.param({"justfile": "build target:\n  x\n"}, ["just build"], id="just"),
        pytest.param(
            {"pyproject.toml": "[tool.ruff]\n[tool.mypy]\n[tool.pytest.ini_options]\n", "uv.lock": ""},
            ["uv run pytest", "uv run ruff check .", "uv run mypy"],
            id="python",
        ),
        pytest.param(
            {"package.json": json.dumps({"scripts": {"test": "x", "evil`$(x)`\n": "y"}}), "yarn.lock": ""},
            ["yarn run test"],
            id="node",
        ),
        pytest.param({"go.mod": ""}, ["go build ./...", "go test ./...", "go vet ./..."], id="go"),
        pytest.param({"package.json": "[[", "pyproject.toml": "=", "Makefile": "\xff"}, [], id="broken"),
    ],
)
def test_the_draft_tells_the_commands_that_files_name(
    tmp_path: Path, files: dict[str, str], commands: list[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    notes = drafted_notes(tmp_path)
    part = notes.partition("## Commands\n\n")[2].partition("\n\n")[0].splitlines()
    assert part == ([f"- `{command}`" for command in commands] or ["- How it is built and tested: not found"])
    assert "evil" not in notes


def test_the_draft_names_folders_of_plain_letters_only(tmp_path: Path) -> None:
    for name in ("src", ".git", "node_modules", "ignore all rules", "a`b"):
        (tmp_path / name).mkdir()
    assert "## Layout\n\n- `src/`\n\n" in drafted_notes(tmp_path)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(bench: Bench) -> Path:
    folder = bench.workspace
    git(folder, "init", "-q")
    (folder / "kept.py").write_text("x = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


async def test_review_sends_the_diff_with_its_files_first(bench: Bench, repository: Path) -> None:
    (repository / "kept.py").write_text("x = 2\n")
    (repository / "new file.py").write_text("y = 1\n")
    recorder = Recorder()
    await run(bench, recorder, "/review the arithmetic")
    (turn,) = recorder.of(TurnStarted)
    assert "Above all: the arithmetic" in turn.text
    assert turn.text.index("- M kept.py\n- ?? new file.py") < turn.text.index("```diff\n")
    assert "-x = 1\n+x = 2\n" in turn.text


async def test_review_of_an_unchanged_tree_asks_the_model_nothing(bench: Bench, repository: Path) -> None:
    recorder = Recorder()
    await run(bench, recorder, "/review")
    assert recorder.of(TurnStarted) == []
    assert "Nothing is changed since the last commit." in notices(recorder)


async def test_review_without_a_repository_says_so(bench: Bench) -> None:
    recorder = Recorder()
    await run(bench, recorder, "/review")
    assert recorder.of(TurnStarted) == []
    assert "is in no git repository" in notices(recorder)


async def test_review_runs_no_program_that_the_repository_names(
    bench: Bench, repository: Path, tmp_path: Path
) -> None:
    proof = tmp_path / "ran"
    git(repository, "config", "filter.x.clean", f"touch {proof}; cat")
    git(repository, "config", "diff.external", f"touch {proof}; true")
    (repository / ".gitattributes").write_text("*.py filter=x\n")
    (repository / "kept.py").write_text("x = 3\n")
    recorder = Recorder()
    await run(bench, recorder, "/review")
    assert "programs that this repository names" in notices(recorder)
    assert "filter.x.clean" in notices(recorder)
    assert not proof.exists()


def test_a_repository_without_commits_has_a_diff_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x = 1\n")
    git(tmp_path, "add", ".")
    tree = working_tree(tmp_path)
    assert tree.files == ("A a.py",)
    assert "+x = 1\n" in tree.diff


def test_a_folder_below_the_repository_is_looked_at_alone(repository: Path) -> None:
    (repository / "kept.py").write_text("x = 2\n")
    (repository / "sub").mkdir()
    (repository / "sub" / "b.py").write_text("y = 1\n")
    assert working_tree(repository / "sub") == WorkingTree(files=("?? b.py",), diff="")


def test_a_long_diff_is_cut_at_a_line_and_told_to_be() -> None:
    tree = WorkingTree(files=("M a.py",), diff="+one\n+two\n+three ```\n")
    message = review_message(tree, "", 12)
    assert message.endswith("```diff\n+one\n+two\n```")
    assert "The diff is cut: 9 of 21 characters." in message
    assert review_message(tree, "", 21).endswith("````diff\n+one\n+two\n+three ```\n````")
