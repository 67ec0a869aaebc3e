"""The tools that read, list, search and write: what the model reads, and what is on the disk."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from vtcode.actions import PlanAction, ReadAction, WriteAction
from vtcode.details import DiffDetails, PlanDetails, PlanStep, TextDetails
from vtcode.errors import (
    BadArguments,
    EditUnmatched,
    FileChanged,
    FileMissing,
    FileUnusable,
    OutsideWorkspace,
    ToolFailed,
)
from vtcode.system.denied import DeniedPaths
from vtcode.system.files import Workspace
from vtcode.system.shell_start import ShellSettings
from vtcode.tools.arguments import parse_arguments
from vtcode.tools.base import Outcome, Prepared, ToolContext
from vtcode.tools.grep_file import GrepFile
from vtcode.tools.list_files import ListFiles
from vtcode.tools.registry import find_tool

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.frontend import Control
    from vtcode.tools.base import Tool


class Quiet:
    """A running call that nobody listens to."""

    def __init__(self) -> None:
        self.controls: asyncio.Queue[Control] = asyncio.Queue()

    async def output(self, text: str) -> None:
        raise AssertionError(text)

    async def awaiting_input(self, prompt: str) -> None:
        raise AssertionError(prompt)


class Project:
    """A workspace with calls made as a model makes them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.context = ToolContext(workspace=Workspace(root), shell=ShellSettings())

    def put(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
        return path

    async def prepare(self, tool: Tool[Any] | str, **arguments: Any) -> Prepared:
        tool = find_tool(tool) if isinstance(tool, str) else tool
        return await tool.prepare(parse_arguments(tool, json.dumps(arguments)), self.context)

    async def call(self, tool: Tool[Any] | str, **arguments: Any) -> Outcome:
        return await (await self.prepare(tool, **arguments)).run(Quiet())


def close(project: Project, *patterns: str) -> None:
    project.context.workspace = Workspace(project.root, denied=DeniedPaths(patterns=patterns))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


async def test_a_file_is_read_as_it_stands(project: Project) -> None:
    project.put("a.py", "def f():\n\treturn 1\n")
    outcome = await project.call("read_file", path="a.py")
    assert outcome.text == "a.py (2 lines):\ndef f():\n\treturn 1"
    assert isinstance(outcome.details, TextDetails)
    assert outcome.details.summary == "2 lines"


async def test_a_range_says_what_comes_before_and_after(project: Project) -> None:
    project.put("a.txt", "".join(f"{number}\n" for number in range(1, 101)))
    outcome = await project.call("read_file", path="a.txt", start_line=10, end_line=12)
    assert outcome.text == (
        "a.txt (lines 10-12 of 100):\n10\n11\n12\n[lines 13-100 are not shown; go on with start_line=13]"
    )
    assert (await project.call("read_file", path="a.txt", start_line=99)).text.endswith("100):\n99\n100")


async def test_a_long_file_is_read_page_by_page_to_its_end(project: Project) -> None:
    lines = [f"line {number}" for number in range(1, 2_001)]
    project.put("a.txt", "\n".join(lines))
    project.context.max_result_chars = 5_000
    read: list[str] = []
    while len(read) < len(lines):
        outcome = await project.call("read_file", path="a.txt", start_line=len(read) + 1)
        assert len(outcome.text) <= 5_000
        read += [line for line in outcome.text.split("\n") if line.startswith("line ")]
    assert read == lines


async def test_a_long_line_is_cut_and_says_so(project: Project) -> None:
    project.put("min.js", "x" * 50_000 + "\nend\n")
    outcome = await project.call("read_file", path="min.js")
    assert "more characters]\nend" in outcome.text
    assert len(outcome.text) < 3_000


async def test_an_empty_file_and_a_start_past_the_end_are_said(project: Project) -> None:
    project.put("empty", "")
    project.put("short", "a\n")
    assert (await project.call("read_file", path="empty")).text == "empty is empty."
    assert "past its end" in (await project.call("read_file", path="short", start_line=5)).text


async def test_a_range_that_ends_before_it_starts_is_refused(project: Project) -> None:
    with pytest.raises(BadArguments):
        await project.prepare("read_file", path="a", start_line=5, end_line=4)


@pytest.mark.parametrize("tool", ["read_file", "list_files", "grep_file", "edit_file", "write_file"])
async def test_no_tool_leaves_the_workspace(project: Project, tool: str) -> None:
    extra = {
        "grep_file": {"pattern": "x"},
        "edit_file": {"old_str": "a", "new_str": "b"},
        "write_file": {"content": "x"},
    }.get(tool, {})
    with pytest.raises(OutsideWorkspace):
        await project.prepare(tool, path="../elsewhere", **extra)


@pytest.mark.parametrize("tool", ["read_file", "list_files", "grep_file", "edit_file"])
async def test_what_does_not_exist_is_missing_for_every_tool(project: Project, tool: str) -> None:
    project.put("src/main.py", "x\n")
    extra = {"grep_file": {"pattern": "x"}, "edit_file": {"old_str": "a", "new_str": "b"}}.get(tool, {})
    with pytest.raises(FileMissing) as caught:
        await project.call(tool, path="src/mian.py", **extra)
    assert "src/main.py" in caught.value.hint


async def test_reading_is_described_for_the_gate(project: Project) -> None:
    prepared = await project.prepare("read_file", path="./src/../a.py", start_line=3)
    assert prepared.action == ReadAction(
        path="a.py", summary="a.py lines 3-", real_path=str(project.root / "a.py")
    )
    prepared = await project.prepare("grep_file", pattern="a\u202eb", path="src")
    assert prepared.action == ReadAction(
        path="src", summary='"a\\u202eb" in src', real_path=str(project.root / "src")
    )


async def test_an_edit_writes_exactly_what_its_diff_says(project: Project) -> None:
    path = project.put("a.py", "one\r\ntwo\r\nthree")
    prepared = await project.prepare("edit_file", path="a.py", old_str="two\nthree", new_str="zwei\nthree")
    diff = "@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n\\ No newline at end of file\n"
    assert prepared.action == WriteAction(
        path="a.py", diff=diff, added_lines=1, removed_lines=1, creates=False, real_path=str(path)
    )
    assert path.read_bytes() == b"one\r\ntwo\r\nthree"
    outcome = await prepared.run(Quiet())
    assert path.read_bytes() == b"one\r\nzwei\r\nthree"
    assert outcome.text == "edited a.py: +1 -1"
    assert isinstance(outcome.details, DiffDetails)
    assert outcome.details.diff == diff


async def test_an_edit_is_refused_if_the_file_moved_on_after_the_diff(project: Project) -> None:
    path = project.put("a.py", "one\ntwo\n")
    prepared = await project.prepare("edit_file", path="a.py", old_str="two", new_str="zwei")
    path.write_text("one\ntwo\nthree\n")
    with pytest.raises(FileChanged):
        await prepared.run(Quiet())
    assert path.read_text() == "one\ntwo\nthree\n"


async def test_an_edit_says_what_it_overlooked(project: Project) -> None:
    path = project.put("a.py", "if x:\n    a()\n")
    outcome = await project.call("edit_file", path="a.py", old_str="if x:\n  a()", new_str="if x:\n  b()")
    assert path.read_text() == "if x:\n    b()\n"
    assert outcome.text == "edited a.py: +1 -1 (old_str matched except for: indentation)"


async def test_an_edit_says_if_the_file_was_changed_by_others(project: Project) -> None:
    path = project.put("a.py", "one\ntwo\n")
    await project.call("read_file", path="a.py")
    path.write_text("one\ntwo\nthree\n")
    outcome = await project.call("edit_file", path="a.py", old_str="two", new_str="zwei")
    assert "changed on disk since you read it" in outcome.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"old_str": "tow", "new_str": "x"}, "but line 2 of the file is\ntwo", id="not-found"),
        pytest.param({"old_str": "o", "new_str": "x"}, "2 times", id="ambiguous"),
        pytest.param({"old_str": "two", "new_str": "two"}, "are the same", id="no-change"),
        pytest.param({"old_str": "", "new_str": "two"}, "old_str is empty", id="empty-old"),
        pytest.param(
            {"old_str": "two", "new_str": "# ... rest of code"}, "'# ... rest of code'", id="left-out-code"
        ),
    ],
)
async def test_an_edit_that_can_not_be_made_changes_nothing(
    project: Project, arguments: dict[str, str], words: str
) -> None:
    path = project.put("a.py", "one\ntwo\n")
    with pytest.raises(EditUnmatched) as caught:
        await project.prepare("edit_file", path="a.py", **arguments)
    assert words in caught.value.message
    assert path.read_text() == "one\ntwo\n"


async def test_all_places_are_edited_where_that_is_asked(project: Project) -> None:
    path = project.put("a.py", "a\nb\na\n")
    outcome = await project.call("edit_file", path="a.py", old_str="a", new_str="c", replace_all=True)
    assert path.read_text() == "c\nb\nc\n"
    assert outcome.text == "edited a.py: +2 -2 in 2 places"


async def test_an_edit_with_empty_old_text_creates_a_missing_file(project: Project) -> None:
    prepared = await project.prepare("edit_file", path="new/a.py", old_str="", new_str="one\n")
    assert isinstance(prepared.action, WriteAction)
    assert prepared.action.creates
    assert (await prepared.run(Quiet())).text == "created new/a.py: +1 -0"
    assert (project.root / "new/a.py").read_text() == "one\n"


async def test_a_file_is_created_with_its_folders(project: Project) -> None:
    outcome = await project.call("write_file", path="deep/er/a.py", content="one\ntwo\n")
    assert (project.root / "deep/er/a.py").read_text() == "one\ntwo\n"
    assert outcome.text == "created deep/er/a.py: +2 -0"


async def test_a_file_that_was_not_read_is_not_overwritten(project: Project) -> None:
    path = project.put("a.py", "one\n")
    with pytest.raises(FileChanged, match="was not read"):
        await project.prepare("write_file", path="a.py", content="two\n")
    await project.call("read_file", path="a.py")
    path.write_text("changed\n")
    with pytest.raises(FileChanged, match="changed on disk since you read it"):
        await project.prepare("write_file", path="a.py", content="two\n")
    assert path.read_text() == "changed\n"


async def test_a_file_that_was_read_is_overwritten_and_keeps_its_ways(project: Project) -> None:
    path = project.put("a.txt", "one\r\ntwo")
    await project.call("read_file", path="a.txt")
    outcome = await project.call("write_file", path="a.txt", content="three\nfour\n")
    assert path.read_bytes() == b"three\r\nfour"
    assert outcome.text == "edited a.txt: +2 -2"


@pytest.mark.parametrize("read", [{"end_line": 1}, {"start_line": 500}, {"start_line": 9, "limit": 490}])
async def test_lines_that_were_not_shown_are_not_overwritten(project: Project, read: dict[str, int]) -> None:
    path = project.put("a.txt", "line\n" * 500)
    await project.call("read_file", path="a.txt", **read)
    with pytest.raises(FileChanged, match="read in part only: lines") as caught:
        await project.prepare("write_file", path="a.txt", content="new\n")
    assert "edit_file" in caught.value.hint
    assert path.read_text() == "line\n" * 500


async def test_a_file_that_was_read_over_several_pages_is_overwritten(project: Project) -> None:
    project.put("a.txt", "line\n" * 500)
    for start, end in ((400, 500), (1, 200), (150, 399)):
        await project.call("read_file", path="a.txt", start_line=start, end_line=end)
    await project.call("write_file", path="a.txt", content="new\n")
    assert (project.root / "a.txt").read_text() == "new\n"


async def test_pages_of_different_states_do_not_add_up(project: Project) -> None:
    path = project.put("a.txt", "line\n" * 10)
    await project.call("read_file", path="a.txt", end_line=5)
    path.write_text("other\n" * 10)
    await project.call("read_file", path="a.txt", start_line=6)
    with pytest.raises(FileChanged, match="lines 1-5 were not shown"):
        await project.prepare("write_file", path="a.txt", content="new\n")


async def test_a_line_that_was_cut_counts_as_not_shown(project: Project) -> None:
    project.put("a.txt", "one\n" + "x" * 50_000 + "\nthree\n")
    await project.call("read_file", path="a.txt")
    with pytest.raises(FileChanged, match="lines 2-2 were not shown in full"):
        await project.prepare("write_file", path="a.txt", content="new\n")


@pytest.mark.parametrize("read", [{}, {"end_line": 1}], ids=["read", "read in part"])
async def test_an_edit_shows_nothing_more_of_a_file(project: Project, read: dict[str, int]) -> None:
    project.put("a.txt", "one\n" + "line\n" * 500)
    await project.call("read_file", path="a.txt", **read)
    await project.call("edit_file", path="a.txt", old_str="one", new_str="two")
    if read:
        with pytest.raises(FileChanged, match="read in part only"):
            await project.prepare("write_file", path="a.txt", content="new\n")
    else:
        await project.call("write_file", path="a.txt", content="new\n")


async def test_an_edit_of_a_file_that_was_never_read_does_not_count_as_reading_it(project: Project) -> None:
    project.put("a.txt", "one\nline\n")
    await project.call("edit_file", path="a.txt", old_str="one", new_str="two")
    with pytest.raises(FileChanged, match="lines 1-2 were not shown"):
        await project.prepare("write_file", path="a.txt", content="new\n")


async def test_an_empty_file_that_was_read_is_overwritten(project: Project) -> None:
    project.put("a.txt", "")
    await project.call("read_file", path="a.txt")
    await project.call("write_file", path="a.txt", content="new\n")
    assert (project.root / "a.txt").read_text() == "new\n"


async def test_a_file_of_ones_own_can_be_written_again(project: Project) -> None:
    await project.call("write_file", path="a.txt", content="one\n")
    await project.call("edit_file", path="a.txt", old_str="one", new_str="two")
    await project.call("write_file", path="a.txt", content="three\n")
    assert (project.root / "a.txt").read_text() == "three\n"


async def test_writing_what_is_there_already_writes_nothing(project: Project) -> None:
    path = project.put("a.txt", "one\n")
    await project.call("read_file", path="a.txt")
    inode = path.stat().st_ino
    outcome = await project.call("write_file", path="a.txt", content="one\n")
    assert "nothing was written" in outcome.text
    assert path.stat().st_ino == inode


async def test_a_whole_file_with_left_out_code_is_refused(project: Project) -> None:
    project.put("a.py", "def f():\n    return 1\n")
    await project.call("read_file", path="a.py")
    with pytest.raises(EditUnmatched, match="stands for code"):
        await project.prepare("write_file", path="a.py", content="import os\n# ... existing code ...\n")


async def test_a_write_where_nothing_can_be_written_is_a_clear_result(project: Project) -> None:
    project.put("file", "x\n")
    (project.root / "folder").mkdir()
    with pytest.raises(ToolFailed, match="not a folder"):
        await project.call("write_file", path="file/a.py", content="x")
    with pytest.raises(FileUnusable, match="is a folder"):
        await project.call("write_file", path="folder", content="x")


async def test_a_small_tree_is_listed_whole_with_links_marked(project: Project) -> None:
    project.put("src/deep/a.py", "")
    project.put("README.md", "")
    (project.root / "src/link").symlink_to("deep")
    outcome = await project.call("list_files")
    assert outcome.text == ". (2 files):\nREADME.md\nsrc/deep/a.py"
    project.put("src/b.py", "")
    outcome = await project.call("list_files", path="src")
    assert outcome.text == "src/ (2 files):\nsrc/b.py\nsrc/deep/a.py\nsrc/link -> deep"


async def test_a_large_tree_is_listed_as_deep_as_it_fits(project: Project) -> None:
    for number in range(300):
        project.put(f"src/sub{number % 3}/{number}.py", "")
    project.put("top.py", "")
    outcome = await project.call("list_files")
    assert outcome.text == (
        ". (301 files):\nsrc/sub0/ (100 files)\nsrc/sub1/ (100 files)\nsrc/sub2/ (100 files)\ntop.py"
    )


async def test_a_large_folder_says_how_many_more_there_are(project: Project) -> None:
    for number in range(1_012):
        project.put(f"{number:04}.py", "")
    outcome = await project.call("list_files")
    assert outcome.text.endswith("0199.py\n... 812 more; narrow it with path or pattern")


async def test_a_listing_by_pattern(project: Project) -> None:
    project.put("src/deep/a.py", "")
    project.put("src/b.txt", "")
    expected = ". (1 file matching *.py):\nsrc/deep/a.py"
    assert (await project.call("list_files", pattern="*.py")).text == expected
    assert "no file matches" in (await project.call("list_files", pattern="*.rs")).text
    assert "no file matches" in (await project.call("list_files", pattern="[z-a]*")).text


async def test_a_listing_of_a_file_is_refused(project: Project) -> None:
    project.put("a.py", "")
    with pytest.raises(FileUnusable, match="not a folder"):
        await project.call("list_files", path="a.py")


async def test_an_empty_folder_is_said_to_be_empty(project: Project) -> None:
    assert (await project.call("list_files")).text == ".: no files (ignored ones aside)."


@pytest.mark.parametrize(
    "tool", [GrepFile(lambda: ""), ListFiles(lambda: "")], ids=["grep_file", "list_files"]
)
async def test_a_search_without_ripgrep_says_so(project: Project, tool: Tool[Any]) -> None:
    project.put("a.py", "needle\n")
    arguments = {"pattern": "needle"} if tool.name == "grep_file" else {}
    outcome = await project.call(tool, **arguments)
    assert "a.py" in outcome.text
    assert "ripgrep was not found" in outcome.text


async def test_matches_are_grouped_by_file(project: Project) -> None:
    project.put("a.py", "x\nneedle one\nx\nx\nx\nneedle two\n")
    project.put("b.py", "needle\n")
    outcome = await project.call("grep_file", pattern="needle", context_lines=1)
    assert outcome.text == (
        "3 matches in 2 files:\n"
        "a.py\n  1- x\n  2: needle one\n  3- x\n  --\n  5- x\n  6: needle two\n"
        "b.py\n  1: needle"
    )


async def test_a_pattern_that_is_no_regex_is_searched_as_text(project: Project) -> None:
    project.put("a.py", "call(\n")
    outcome = await project.call("grep_file", pattern="call(")
    assert "1 match in 1 file:\na.py\n  1: call(" in outcome.text
    assert "not a regex" in outcome.text


async def test_a_pattern_with_a_nul_is_refused(project: Project) -> None:
    with pytest.raises(BadArguments):
        await project.prepare("grep_file", pattern="a\0b")


async def test_a_pipe_is_not_searched(project: Project) -> None:
    os.mkfifo(project.root / "pipe")
    with pytest.raises(FileUnusable, match="pipe"):
        await project.call("grep_file", pattern="x", path="pipe")


async def test_nothing_found_is_said(project: Project) -> None:
    assert (await project.call("grep_file", pattern="needle")).text.startswith("no matches (")


@pytest.mark.parametrize("pattern", ["", "*.txt"])
async def test_what_the_user_closed_is_in_no_listing(project: Project, pattern: str) -> None:
    close(project, "secrets", "*.key.txt")
    for name in ("secrets/a.txt", "sub/secrets/b.txt", "c.key.txt", "open.txt"):
        project.put(name, "x\n")
    (project.root / "way").symlink_to("secrets")
    for tool in (ListFiles(), ListFiles(lambda: "")):
        outcome = await project.call(tool, pattern=pattern)
        assert outcome.text.startswith(". (1 file")
        assert "open.txt" in outcome.text
        assert not any(name in outcome.text for name in ("secrets", "key", "way"))


@pytest.mark.parametrize("tool", [GrepFile(), GrepFile(lambda: "")], ids=["ripgrep", "python"])
async def test_what_the_user_closed_is_in_no_search(project: Project, tool: Tool[Any]) -> None:
    close(project, "secrets")
    for name in ("secrets/a.txt", "sub/secrets/b.txt", "open.txt"):
        project.put(name, "needle\n")
    outcome = await project.call(tool, pattern="needle")
    assert outcome.text.startswith("1 match in 1 file:\nopen.txt\n")
    assert "secrets" not in outcome.text


@pytest.mark.parametrize("tool", ["read_file", "edit_file"])
async def test_what_the_user_closed_is_not_named_in_place_of_a_missing_file(
    project: Project, tool: str
) -> None:
    close(project, "secrets", "*.key.txt")
    for name in ("secrets/plan.txt", "plan.key.txt", "plain.txt"):
        project.put(name, "x\n")
    arguments = {"old_str": "a", "new_str": "b"} if tool == "edit_file" else {}
    with pytest.raises(FileMissing) as missing:
        await project.call(tool, path="plan.txt", **arguments)
    assert missing.value.hint == "Nearest: plain.txt."


async def test_what_the_user_closed_is_not_pointed_to_by_its_relative_path(project: Project) -> None:
    close(project, "secrets")
    for name in ("secrets/plan.txt", "open/plan.txt"):
        project.put(name, "x\n")
    for path, told in (("/secrets/plan.txt", ""), ("/open/plan.txt", "open/plan.txt")):
        with pytest.raises(OutsideWorkspace) as outside:
            await project.call("read_file", path=path)
        assert told in (outside.value.hint or "")
        assert bool(outside.value.hint) is bool(told)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("edit_file", {"old_str": "no such text", "new_str": "b"}),
        ("edit_file", {"old_str": "", "new_str": "b"}),
        ("write_file", {"content": "b"}),
    ],
)
@pytest.mark.parametrize("path", ["secrets/plan.txt", "secrets/missing.txt", "way/plan.txt"])
async def test_what_the_user_closed_is_not_looked_at_before_the_gate_denies_it(
    project: Project, path: str, tool: str, arguments: dict[str, str]
) -> None:
    close(project, "secrets")
    file = project.put("secrets/plan.txt", "KEY\n")
    (project.root / "way").symlink_to("secrets")
    prepared = await project.prepare(tool, path=path, **arguments)
    assert isinstance(prepared.action, WriteAction)
    assert (prepared.action.diff, prepared.action.creates) == ("", False)
    assert prepared.action.real_path.startswith(f"{project.root.resolve()}/secrets/")
    with pytest.raises(ToolFailed, match="closed"):
        await prepared.run(Quiet())
    assert file.read_text() == "KEY\n"


SECRET_FILES = (".env", "sub/.ENV.local", "keys/id_rsa", "tls/server.key")


@pytest.mark.parametrize("tool", [GrepFile(), GrepFile(lambda: "")], ids=["ripgrep", "python"])
async def test_a_search_of_a_folder_leaves_out_what_may_hold_secrets(
    project: Project, tool: Tool[Any]
) -> None:
    for name in (*SECRET_FILES, ".env.example", "a.py"):
        project.put(name, "TOKEN = needle\n")
    outcome = await project.call(tool, pattern="needle", context_lines=1)
    assert outcome.text.startswith("2 matches in 2 files:\n.env.example\n")
    nothing = await project.call(tool, pattern="needle", glob="*.key")
    project.put("tls/server.key", "else\n")
    assert nothing == await project.call(tool, pattern="needle", glob="*.key")
    assert (await project.call(tool, pattern="needle", path=".env")).text.startswith("1 match in 1 file")


async def test_listing_shows_the_names_of_what_may_hold_secrets(project: Project) -> None:
    project.put(".env", "TOKEN=1\n")
    prepared = await project.prepare("list_files")
    assert prepared.action == ReadAction(path=".", summary=".", names_only=True, real_path=str(project.root))
    assert ".env" in (await prepared.run(Quiet())).text


async def test_a_failed_edit_shows_nothing_of_secrets_that_were_not_read(project: Project) -> None:
    path = project.put(".env", "TOKEN=1\n")
    for old in ("TOKEN", "TOKEN=2"):
        with pytest.raises(EditUnmatched, match="may hold secrets") as caught:
            await project.prepare("edit_file", path=".env", old_str=old, new_str="x")
        assert "TOKEN=1" not in caught.value.message
    await project.call("read_file", path=".env")
    await project.call("edit_file", path=".env", old_str="TOKEN=1", new_str="TOKEN=2")
    assert path.read_text() == "TOKEN=2\n"


@pytest.mark.parametrize("max_chars", [500, 2_000, 16_000])
async def test_many_matches_are_bounded_and_counted(project: Project, max_chars: int) -> None:
    for number in range(30):
        project.put(f"{number:02}.py", "needle in a line\n" * 40)
    project.put("long.py", "needle" + "x" * 10_000)
    project.context.max_result_chars = max_chars
    text = (await project.call("grep_file", pattern="needle")).text
    assert len(text) <= max_chars
    assert text.startswith("1,201 matches in 31 files:\n00.py\n  1: needle in a line\n")
    assert "more in this file" in text


async def test_the_plan_is_kept_and_counted(project: Project) -> None:
    prepared = await project.prepare(
        "update_plan", plan=[{"step": "a", "status": "completed"}, {"step": "b"}]
    )
    assert prepared.action == PlanAction(steps=2)
    outcome = await prepared.run(Quiet())
    steps = (PlanStep(step="a", status="completed"), PlanStep(step="b", status="pending"))
    assert outcome == Outcome(text="plan updated: 1 of 2 done.", details=PlanDetails(steps=steps))


async def test_a_plan_with_two_steps_in_progress_is_kept_and_remarked(project: Project) -> None:
    plan = [{"step": name, "status": "in_progress"} for name in "ab"]
    outcome = await project.call("update_plan", plan=plan)
    assert isinstance(outcome.details, PlanDetails)
    assert len(outcome.details.steps) == 2
    assert "keep it to one" in outcome.text
