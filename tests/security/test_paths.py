"""Paths: no spelling, link or race leads the tools for files out of the workspace, or past a question."""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.commands import Listener
from vtcode.actions import CommandAction, ReadAction, WriteAction
from vtcode.errors import OutsideWorkspace, ToolFailed
from vtcode.policy import Grants, Policy, Verdict
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge
from vtcode.system.files import Workspace
from vtcode.system.ripgrep import find_ripgrep
from vtcode.system.shell_start import ShellSettings
from vtcode.tools.arguments import parse_arguments
from vtcode.tools.base import Outcome, Prepared, ToolContext
from vtcode.tools.grep_file import GrepFile
from vtcode.tools.registry import find_tool

SECRET = "what-lies-outside"
EVERYTHING_ALLOWED = Policy(tools={"read_file": "allow", "write_file": "allow", "edit_file": "allow"})
TOOLS: dict[str, dict[str, Any]] = {
    "read_file": {},
    "write_file": {"content": "overwritten\n"},
    "edit_file": {"old_str": "text", "new_str": "overwritten"},
    "list_files": {},
    "grep_file": {"pattern": "what"},
}


class Project:
    """A workspace, what lies outside it, and calls as the gate sees them."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "work"
        self.outside = folder / "outside"
        self.root.mkdir()
        self.outside.mkdir()
        (self.outside / "a.txt").write_text(f"{SECRET}\n")
        self.workspace = Workspace(self.root)
        self.context = ToolContext(workspace=self.workspace, shell=ShellSettings())

    def put(self, name: str, text: str = "text\n") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    async def prepare(self, tool: str, path: str, **arguments: Any) -> Prepared:
        known = find_tool(tool)
        given = json.dumps({"path": path, **TOOLS[tool], **arguments})
        return await known.prepare(parse_arguments(known, given), self.context)

    async def call(self, tool: str, path: str, **arguments: Any) -> Outcome:
        return await (await self.prepare(tool, path, **arguments)).run(Listener())

    def judge(self, tool: str, prepared: Prepared) -> Verdict:
        facts = collect_facts(prepared.action, self.root, added_folders=self.workspace.added)
        return judge(tool, prepared.action, EVERYTHING_ALLOWED, Grants(), facts)

    def assert_outside_is_untouched(self) -> None:
        assert [path.name for path in self.outside.iterdir()] == ["a.txt"]
        assert (self.outside / "a.txt").read_text() == f"{SECRET}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


class TestSpellings:
    @pytest.mark.parametrize("tool", TOOLS)
    @pytest.mark.parametrize(
        "path",
        [
            pytest.param("../outside/a.txt", id="parent"),
            pytest.param("sub/../../outside/a.txt", id="parent-in-the-middle"),
            pytest.param("{outside}/a.txt", id="absolute"),
            pytest.param("//{outside}/a.txt", id="two-slashes"),
            pytest.param("../work-twin/a.txt", id="prefix-twin"),
            pytest.param("{root}-twin/a.txt", id="absolute-prefix-twin"),
            pytest.param("{root}/../outside/a.txt", id="absolute-with-parent"),
            pytest.param("~/a.txt", id="home"),
            pytest.param("~root/a.txt", id="another-home"),
            pytest.param("/proc/self/root{outside}/a.txt", id="proc-root"),
            pytest.param("/proc/self/cwd/../../../../../../etc/hostname", id="proc-cwd"),
            pytest.param("/dev/fd/{descriptor}", id="descriptor"),
            pytest.param("/proc/self/fd/{descriptor}", id="proc-descriptor"),
            pytest.param("file-link", id="link"),
            pytest.param("folder-link/a.txt", id="linked-parent"),
            pytest.param("folder-link/new/b.txt", id="linked-parent-of-what-is-new"),
            pytest.param("chain", id="link-to-a-link"),
            pytest.param("dangling", id="dangling-link"),
            pytest.param("sub/up/outside/a.txt", id="link-to-a-parent"),
            pytest.param("a\0b", id="nul"),
        ],
    )
    async def test_no_way_out_is_taken(self, project: Project, tool: str, path: str) -> None:
        (project.root / "sub").mkdir()
        (project.root / "sub" / "up").symlink_to("../..")
        (project.root.parent / "work-twin").mkdir()
        (project.root / "file-link").symlink_to(project.outside / "a.txt")
        (project.root / "folder-link").symlink_to(project.outside)
        (project.root / "chain").symlink_to("file-link")
        (project.root / "dangling").symlink_to(project.outside / "new.txt")
        with (project.outside / "a.txt").open() as file:
            path = path.format(root=project.root, outside=project.outside, descriptor=file.fileno())
            with pytest.raises(OutsideWorkspace):
                await project.call(tool, path)
        project.assert_outside_is_untouched()

    @pytest.mark.parametrize("tool", TOOLS)
    @pytest.mark.parametrize(
        "path", ["x" * 300, "/" + "x" * 300, "x/" * 3_000, "a.txt/b", "a.txt/b/c", "loop", "loop/a", "sub."]
    )
    async def test_what_can_not_be_there_is_a_result_for_the_model(
        self, project: Project, tool: str, path: str
    ) -> None:
        project.put("a.txt")
        (project.root / "loop").symlink_to("loop")
        if (tool, path) != ("write_file", "sub."):
            with pytest.raises(ToolFailed):
                await project.call(tool, path)

    @pytest.mark.parametrize("path", ["a.txt/", "a.txt/.", "./a.txt", "{root}//a.txt", "here/a.txt", "twice"])
    async def test_ways_that_stay_inside_lead_to_the_one_real_path(self, project: Project, path: str) -> None:
        real = project.put("a.txt")
        (project.root / "here").symlink_to(".")
        (project.root / "twice").symlink_to("here/a.txt")
        prepared = await project.prepare("read_file", path.format(root=project.root))
        assert isinstance(prepared.action, ReadAction)
        assert (prepared.action.path, prepared.action.real_path) == ("a.txt", str(real))

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
    @given(
        parts=st.lists(
            st.one_of(
                st.sampled_from(
                    ["..", ".", "", "~", "sub", "in", "out", "loop", "a.txt", "proc", "self", "root", "dev"]
                ),
                st.text(max_size=4),
            ),
            max_size=8,
        ),
        is_absolute=st.booleans(),
    )
    def test_every_path_resolves_to_a_real_one_inside_or_is_refused(
        self, tmp_path: Path, parts: list[str], is_absolute: bool
    ) -> None:
        root = tmp_path / "work"
        if not root.exists():
            (root / "sub").mkdir(parents=True)
            (root / "in").symlink_to("sub")
            (root / "sub" / "out").symlink_to(tmp_path)
            (root / "loop").symlink_to("loop")
        workspace = Workspace(root)
        try:
            real = workspace.resolve("/" * is_absolute + "/".join(parts))
        except OutsideWorkspace:
            return
        assert real.is_relative_to(root)
        assert ".." not in real.parts
        assert real.name == "loop" or "loop" in real.parts or str(real) == os.path.realpath(real)


class TestProtectedPaths:
    @pytest.mark.parametrize(
        "path",
        [
            ".git",
            ".git/config",
            ".GIT/config",
            ".Git./config",
            ".git /config",
            "libs/module/.git",
            "libs/module/.git/hooks/post-checkout",
            ".g\u200cit/config",
            ".gi\ufe0ft/config",
            ".g\u034fit/config",
            "\uff0egit/config",
            "GIT~1/config",
            "\u017fub/AGENT\u017f.md",
            "vtcode.toml",
            ".vtcode/grants",
            "docs/CLAUDE.md",
            ".envrc",
            ".vscode/tasks.json",
            ".cursor/mcp.json",
            ".idea/workspace.xml",
            ".devcontainer/devcontainer.json",
            ".mcp.json",
            ".github/workflows/ci.yml",
            ".husky/pre-commit",
            ".bashrc",
            "link-to-hooks/pre-commit",
            "link-to-file",
        ],
    )
    async def test_writing_there_is_asked_whatever_is_allowed(self, project: Project, path: str) -> None:
        (project.root / "link-to-hooks").symlink_to(".git/hooks")
        (project.root / "link-to-file").symlink_to(".envrc")
        verdict = project.judge("write_file", await project.prepare("write_file", path))
        assert (verdict.decision, verdict.rule, verdict.must_ask) == ("prompt", "protected path", True)
        assert verdict.always_rule == ""

    @pytest.mark.parametrize(
        "path", ["src/hooks/use.ts", "package.json", "Makefile", "gitx", ".gitattributes"]
    )
    async def test_what_runs_with_the_project_alone_is_not_protected(
        self, project: Project, path: str
    ) -> None:
        verdict = project.judge("write_file", await project.prepare("write_file", path))
        assert verdict.decision == "allow"

    async def test_a_name_is_judged_as_it_is_on_the_disk_not_as_it_is_shown(self, project: Project) -> None:
        prepared = await project.prepare("write_file", ".e\u200bnvrc")
        assert isinstance(prepared.action, WriteAction)
        assert prepared.action.path == r".e\u200bnvrc"
        assert project.judge("write_file", prepared).rule == "protected path"

    @pytest.mark.parametrize(
        ("there", "written"),
        [
            (("HEAD", "objects/x", "refs/x"), "config"),
            (("HEAD", "objects/x", "refs/x"), "hooks/post-checkout"),
            (("objects/x", "refs/x"), "HEAD"),
            (("objects/x", "refs/x"), "head"),
            (("HEAD", "refs/x"), "objects/x"),
            (("HEAD",), "commondir"),
        ],
    )
    async def test_so_is_making_a_repository_of_a_folder(
        self, project: Project, there: tuple[str, ...], written: str
    ) -> None:
        for name in there:
            project.put(f"docs/{name}")
        for folder, decision in (("docs", "prompt"), ("src", "allow")):
            verdict = project.judge("write_file", await project.prepare("write_file", f"{folder}/{written}"))
            assert verdict.decision == decision
            assert verdict.must_ask == (decision == "prompt")

    @pytest.mark.parametrize("tool", TOOLS)
    async def test_the_programs_own_folders_are_closed_even_inside(self, project: Project, tool: str) -> None:
        own = project.put("state/vtcode/grants.toml").parent
        project.context.workspace = Workspace(project.root, own_folders=(own,))
        with pytest.raises(OutsideWorkspace, match="own"):
            await project.call(tool, "state/vtcode/grants.toml")


class TestHardLinks:
    async def test_changing_a_file_with_further_names_is_asked_and_changes_one_name(
        self, project: Project
    ) -> None:
        os.link(project.outside / "a.txt", project.root / "shared.txt")
        prepared = await project.prepare("edit_file", "shared.txt", old_str=SECRET, new_str="mine")
        verdict = project.judge("edit_file", prepared)
        assert (verdict.decision, verdict.rule, verdict.must_ask) == ("prompt", "hard link", True)
        await prepared.run(Listener())
        assert (project.root / "shared.txt").read_text() == "mine\n"
        project.assert_outside_is_untouched()

    async def test_reading_it_is_not(self, project: Project) -> None:
        os.link(project.put("a.txt"), project.root / "b.txt")
        assert project.judge("read_file", await project.prepare("read_file", "b.txt")).decision == "allow"


class TestOddFiles:
    @pytest.mark.parametrize("tool", TOOLS)
    @pytest.mark.parametrize("kind", ["fifo", "device"])
    async def test_they_are_refused_without_waiting(self, project: Project, tool: str, kind: str) -> None:
        if kind == "fifo":
            os.mkfifo(project.root / "odd")
        else:
            try:
                os.mknod(project.root / "odd", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
            except PermissionError:
                pytest.skip("making a device takes privileges")
        with pytest.raises(ToolFailed):
            await project.call(tool, "odd")

    async def test_a_write_drops_set_user_id_as_the_system_does(self, project: Project) -> None:
        path = project.put("run.sh")
        path.chmod(0o4755)
        await project.call("edit_file", "run.sh")
        assert stat.S_IMODE(path.stat().st_mode) == 0o755

    async def test_a_folder_that_may_not_be_listed_can_be_passed_through(self, project: Project) -> None:
        path = project.put("closed/a.txt")
        path.parent.chmod(0o311)
        assert (await project.call("edit_file", "closed/a.txt")).text.startswith("edited")
        path.parent.chmod(0o755)


class TestSwaps:
    @pytest.mark.parametrize("tool", TOOLS)
    @pytest.mark.parametrize("what", ["file", "folder", "workspace"])
    async def test_a_link_put_there_after_the_judgement_fails_the_call_and_the_next_is_judged_anew(
        self, project: Project, tool: str, what: str
    ) -> None:
        inner = project.put("sub/a.txt")
        project.workspace.count_as_seen(inner, project.workspace.read(inner), [(1, 1)])
        prepared = await project.prepare(tool, "sub" if tool == "list_files" else "sub/a.txt")
        assert project.judge(tool, prepared).decision == "allow"
        swapped = {"file": inner, "folder": inner.parent, "workspace": project.root}[what]
        target = project.outside / "a.txt" if what == "file" else project.outside
        swapped.rename(project.root.parent / "aside")
        swapped.symlink_to(target)
        if (tool, what) == ("list_files", "file"):
            assert SECRET not in (await prepared.run(Listener())).text
            return
        with pytest.raises(ToolFailed) as caught:
            await prepared.run(Listener())
        assert SECRET not in str(caught.value)
        project.assert_outside_is_untouched()
        if what != "workspace":
            with pytest.raises(OutsideWorkspace):
                await project.prepare(tool, "sub" if tool == "list_files" else "sub/a.txt")

    async def test_a_search_that_a_link_led_elsewhere_tells_nothing(self, project: Project) -> None:
        inner = project.put("sub/a.txt")

        def swap_and_find() -> str:
            inner.parent.rename(project.root / "aside")
            inner.parent.symlink_to(project.outside)
            return find_ripgrep()

        tool = GrepFile(ripgrep=swap_and_find)
        arguments = parse_arguments(tool, json.dumps({"pattern": SECRET, "path": "sub"}))
        prepared = await tool.prepare(arguments, project.context)
        with pytest.raises(OutsideWorkspace):
            await prepared.run(Listener())

    @pytest.mark.parametrize("what", ["file", "folder"])
    async def test_no_swap_in_a_tight_loop_ever_leads_out(self, project: Project, what: str) -> None:
        inner = project.put("sub/a.txt", "inside\n")
        swapped = inner if what == "file" else inner.parent
        target = project.outside / "a.txt" if what == "file" else project.outside
        calls: list[tuple[str, str, dict[str, str]]] = [
            ("read_file", "sub/a.txt", {}),
            ("edit_file", "sub/a.txt", {"old_str": "inside\n", "new_str": "inside\n\n"}),
            ("edit_file", "sub/a.txt", {"old_str": "outside", "new_str": "stolen"}),
            ("write_file", "sub/new/{}.txt", {"content": "inside\n"}),
        ]
        told: list[str] = []
        refused = 0
        with _swapping(swapped, target):
            for number in range(200):
                for tool, path, arguments in calls:
                    try:
                        told.append((await project.call(tool, path.format(number), **arguments)).text)
                    except ToolFailed as problem:
                        told.append(problem.message + problem.hint)
                        refused += 1
        assert 0 < refused < len(told)
        assert not [text for text in told if SECRET in text]
        project.assert_outside_is_untouched()


class TestAddedFolders:
    @pytest.fixture
    def added(self, project: Project) -> Path:
        folder = project.root.parent / "library"
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "b.txt").write_text("text, and what else\n")
        project.workspace.added = (folder,)
        return folder

    @pytest.mark.parametrize("tool", TOOLS)
    async def test_tools_work_in_them_by_absolute_path(
        self, project: Project, added: Path, tool: str
    ) -> None:
        path = added / "src" / ("new.txt" if tool == "write_file" else "b.txt")
        prepared = await project.prepare(tool, str(path.parent if tool == "list_files" else path))
        assert project.judge(tool, prepared).decision == "allow"
        assert str(path) in (await prepared.run(Listener())).text

    async def test_a_command_that_only_reads_may_read_there(self, project: Project, added: Path) -> None:
        for folders, decision in (((added,), "allow"), ((), "prompt")):
            action = CommandAction(command=f"cat {added}/src/b.txt", cwd=str(project.root), timeout_s=5)
            facts = collect_facts(action, project.root, added_folders=folders)
            assert judge("run_pty_cmd", action, Policy(), Grants(), facts).decision == decision

    async def test_programs_there_are_not_the_systems_own(self, project: Project, added: Path) -> None:
        (added / "ls").write_text("#!/bin/sh\n")
        (added / "ls").chmod(0o755)
        action = CommandAction(command=f"{added}/ls", cwd=str(project.root), timeout_s=5)
        facts = collect_facts(action, project.root, added_folders=(added,))
        assert judge("run_pty_cmd", action, Policy(), Grants(), facts).decision == "prompt"

    @pytest.mark.parametrize("name", [".git/config", ".envrc", "sub/AGENTS.md"])
    async def test_protected_names_are_protected_there_too(
        self, project: Project, added: Path, name: str
    ) -> None:
        prepared = await project.prepare("write_file", str(added / name))
        assert project.judge("write_file", prepared).rule == "protected path"

    async def test_a_link_from_one_folder_into_another_is_followed(
        self, project: Project, added: Path
    ) -> None:
        (project.root / "library").symlink_to(added)
        assert "what else" in (await project.call("read_file", "library/src/b.txt")).text

    async def test_in_a_folder_around_the_workspace_every_name_below_it_counts(
        self, project: Project
    ) -> None:
        project.workspace.added = (project.root.parent,)
        for path, rule in (("../.git/config", "protected path"), (".git/config", "protected path")):
            prepared = await project.prepare("write_file", path)
            assert project.judge("write_file", prepared).rule == rule
        prepared = await project.prepare("read_file", "../outside/a.txt")
        assert project.judge("read_file", prepared).decision == "allow"
        assert SECRET in (await prepared.run(Listener())).text

    @pytest.mark.parametrize("tool", TOOLS)
    async def test_a_folder_taken_back_is_closed_also_to_calls_under_way(
        self, project: Project, added: Path, tool: str
    ) -> None:
        path = str(added / "src" / ("new.txt" if tool == "write_file" else "b.txt"))
        prepared = await project.prepare(tool, path)
        project.workspace.added = ()
        with pytest.raises(OutsideWorkspace):
            await prepared.run(Listener())
        with pytest.raises(OutsideWorkspace):
            await project.prepare(tool, path)

    async def test_a_refusal_names_the_folders_that_are_open(self, project: Project, added: Path) -> None:
        with pytest.raises(OutsideWorkspace) as caught:
            await project.prepare("read_file", "/etc/passwd")
        assert str(added) in caught.value.hint


@contextmanager
def _swapping(path: Path, target: Path) -> Iterator[None]:
    """Have what is at `path` and a link to `target` take turns there, as fast as they can."""
    link, aside, over = path.with_name("link"), path.with_name("aside"), threading.Event()
    link.symlink_to(target)

    def move(moved: Path) -> None:
        while True:
            try:
                moved.rename(path)
            except OSError:  # a write has just made a folder there
                shutil.rmtree(path, ignore_errors=True)
            else:
                return

    def swap() -> None:
        while not over.is_set():
            path.rename(aside)
            move(link)
            path.rename(link)
            move(aside)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
