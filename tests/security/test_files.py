"""Known ways out of the workspace, and into the files that steer other programs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.policy.support import Place
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.errors import OutsideWorkspace, ToolFailed
from vtcode.events import ToolFinished
from vtcode.policy import Grants, Policy
from vtcode.policy.command_rules import CommandRules
from vtcode.providers.script import ScriptedCall, Turn
from vtcode.questions import PermissionQuestion
from vtcode.system.files import Workspace


async def ended(bench: Bench, asked: ScriptedCall, recorder: Recorder) -> ToolFinished:
    async with bench.session(recorder, Turn(calls=(asked,)), Turn(text="ok")) as session:
        await session.submit("go")
    return recorder.of(ToolFinished)[-1]


@pytest.mark.parametrize(
    "path",
    ["../twin/a", "/etc/passwd", "a/../../b", "~/x", "/proc/self/root/etc/passwd", "../project-twin/a"],
)
def test_path_traversal_and_prefix_twins(tmp_path: Path, path: str) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project-twin").mkdir()
    with pytest.raises(OutsideWorkspace):
        Workspace(tmp_path / "project").resolve(path)


@pytest.mark.parametrize("name", ["read_file", "write_file"])
async def test_symlink_that_leads_out(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path)
    outside = tmp_path / "outside.txt"
    outside.write_text("what-lies-outside\n")
    (bench.workspace / "in.txt").symlink_to(outside)
    arguments = {"path": "in.txt"} | ({"content": "x"} if name == "write_file" else {})
    finished = await ended(bench, call(name, **arguments), Recorder("once"))
    assert finished.status == "failed"
    assert "what-lies-outside" not in finished.text
    assert outside.read_text() == "what-lies-outside\n"


async def test_folder_swapped_for_a_symlink_between_the_question_and_the_write(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = bench.workspace / "src"
    folder.mkdir()

    class Swapping(Recorder):
        async def ask(self, question: object) -> object:  # type: ignore[override]
            folder.rmdir()
            folder.symlink_to(outside)
            return await super().ask(question)  # type: ignore[arg-type]

    finished = await ended(bench, call("write_file", path="src/a.txt", content="x"), Swapping("once"))
    assert finished.status == "failed"
    assert not any(outside.iterdir())


PROTECTED = [
    "vtcode.toml",
    "AGENTS.md",
    ".mcp.json",
    ".vscode/settings.json",
    ".vtcode/x.toml",
    ".envrc",
    ".git/config",
    ".git/hooks/pre-commit",
    ".bashrc",
]


@pytest.mark.parametrize(
    "path", [*PROTECTED, ".VSCODE/settings.json", ".GIT/config", "sub/.mcp.json", "Vtcode.toml"]
)
async def test_configuration_written_by_the_agent_itself(tmp_path: Path, path: str) -> None:
    bench = Bench(tmp_path, settings=["tools.policies.write_file=allow"])
    recorder = Recorder()
    finished = await ended(bench, call("write_file", path=path, content="x\n"), recorder)
    assert finished.status in ("denied", "failed")
    assert not (bench.workspace / path).exists()
    assert [question for question in recorder.questions if isinstance(question, PermissionQuestion)] or (
        finished.status == "failed"
    )


@pytest.mark.parametrize("path", PROTECTED)
def test_configuration_written_by_an_allowed_command(place: Place, path: str) -> None:
    policy = Policy(tools={"run_pty_cmd": "allow"}, commands=CommandRules(allow_list=("tee", "cp", "mv")))
    grants = Grants().with_rule("run_pty_cmd(cp *)")
    for line in (f"tee {path}", f"cp a.txt {path}", f"mv a.txt {path}", f"echo x > {path}"):
        assert place.judge(line, policy, grants).decision == "prompt", line


def test_hard_link_and_special_files(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    workspace = Workspace(tmp_path / "project")
    os.mkfifo(workspace.root / "pipe")
    with pytest.raises(ToolFailed):
        workspace.read(workspace.resolve("pipe"))
