"""The workspace: which paths are let in, what is read, and how files are replaced."""

from __future__ import annotations

import os
import resource
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from vtcode.errors import FileChanged, FileMissing, FileUnusable, OutsideWorkspace, ToolFailed
from vtcode.system.files import MAX_FILE_BYTES, Overwritten, Workspace
from vtcode.system.seen import SeenFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "work"
    root.mkdir()
    return Workspace(root)


def put(workspace: Workspace, name: str, data: bytes = b"text\n") -> Path:
    path = workspace.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def leftovers(workspace: Workspace) -> list[str]:
    return [path.name for path in workspace.root.rglob("*.tmp")]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../outside.txt", id="parent"),
        pytest.param("sub/../../outside.txt", id="parent-in-the-middle"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("../work-twin/a", id="prefix-twin"),
        pytest.param("~/a", id="home"),
        pytest.param("~root/a", id="another-home"),
        pytest.param("a\0b", id="nul"),
        pytest.param("link/passwd", id="symlinked-folder"),
        pytest.param("file-link", id="symlinked-file"),
        pytest.param("dangling", id="dangling-symlink-out"),
        pytest.param("/proc/self/root/etc/passwd", id="proc-root"),
        pytest.param("\ud800", id="half-a-surrogate-pair"),
    ],
)
def test_a_path_that_leads_out_is_refused(workspace: Workspace, path: str) -> None:
    (workspace.root / "sub").mkdir()
    (workspace.root.parent / "work-twin").mkdir()
    (workspace.root / "link").symlink_to("/etc")
    (workspace.root / "file-link").symlink_to("/etc/passwd")
    (workspace.root / "dangling").symlink_to(workspace.root.parent / "nothing")
    with pytest.raises(OutsideWorkspace):
        workspace.resolve(path)


@pytest.mark.parametrize(
    "path", ["a.txt", "./a.txt", "sub/../a.txt", "{root}/a.txt", "link.txt", "{root}/sub/../a.txt"]
)
def test_every_way_to_a_file_inside_leads_to_its_real_path(workspace: Workspace, path: str) -> None:
    real = put(workspace, "a.txt")
    (workspace.root / "sub").mkdir()
    (workspace.root / "link.txt").symlink_to("a.txt")
    assert workspace.resolve(path.format(root=workspace.root)) == real


def test_an_absolute_path_meant_from_the_root_gets_a_hint(workspace: Workspace) -> None:
    put(workspace, "src/a.py")
    with pytest.raises(OutsideWorkspace) as caught:
        workspace.resolve("/src/a.py")
    assert "src/a.py" in caught.value.hint


def test_a_name_that_hides_text_is_shown_spelled_out(workspace: Workspace) -> None:
    assert workspace.display(workspace.resolve("a\u202eb\n.txt")) == r"a\u202eb\n.txt"


def test_the_root_is_shown_as_a_dot(workspace: Workspace) -> None:
    assert workspace.display(workspace.resolve("")) == "."


def test_a_missing_file_names_the_nearest(workspace: Workspace) -> None:
    put(workspace, "src/application.py")
    put(workspace, "src/other.py")
    with pytest.raises(FileMissing) as elsewhere:
        workspace.read(workspace.resolve("application.py"))
    with pytest.raises(FileMissing) as misspelt:
        workspace.read(workspace.resolve("src/aplication.py"))
    assert "src/application.py" in elsewhere.value.hint
    assert "src/application.py" in misspelt.value.hint
    assert "other" not in misspelt.value.hint


def test_a_file_below_a_file_is_missing(workspace: Workspace) -> None:
    put(workspace, "a.txt")
    with pytest.raises(FileMissing, match="not a folder"):
        workspace.read(workspace.resolve("a.txt/b"))


@pytest.mark.parametrize("kind", ["folder", "root", "fifo", "socket", "device", "binary", "huge", "loop"])
def test_what_is_no_text_file_is_refused_without_waiting(
    workspace: Workspace, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workspace.root / "x"
    match kind:
        case "folder":
            path.mkdir()
        case "root":
            path = workspace.root
        case "fifo":
            os.mkfifo(path)
        case "socket":
            monkeypatch.chdir(workspace.root)  # a socket's path must be short
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind("x")
        case "device":
            path = workspace.root.parent / "dev"
            path.symlink_to("/dev")
            workspace = Workspace(path)
            path = workspace.root / "zero"
        case "binary":
            path.write_bytes(b"a\0b")
        case "huge":
            with path.open("wb") as file:
                file.truncate(MAX_FILE_BYTES + 1)
        case "loop":
            path.symlink_to("x")
    with pytest.raises(ToolFailed):
        workspace.read(path)


def test_an_unreadable_file_is_refused(workspace: Workspace) -> None:
    path = put(workspace, "secret")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")
    with pytest.raises(FileUnusable, match="permission"):
        workspace.read(path)


def test_a_folder_swapped_for_a_symlink_after_resolving_leads_nowhere(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = put(workspace, "sub/a.txt")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("secret\n")
    before = workspace.read(workspace.resolve("sub/a.txt"))
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(outside)
    with pytest.raises(ToolFailed):
        workspace.read(path)
    with pytest.raises(ToolFailed):
        workspace.write(path, "changed\n", like=before, expected_digest=before.digest)
    assert (outside / "a.txt").read_text() == "secret\n"


def test_a_file_swapped_for_a_symlink_after_resolving_is_not_followed(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = put(workspace, "a.txt")
    (tmp_path / "outside.txt").write_text("secret\n")
    path.unlink()
    path.symlink_to(tmp_path / "outside.txt")
    with pytest.raises(OutsideWorkspace):
        workspace.read(path)


def test_a_write_keeps_mode_encoding_newlines_and_the_missing_final_newline(workspace: Workspace) -> None:
    path = put(workspace, "run.sh", b"\xef\xbb\xbfone\r\ntwo")
    path.chmod(0o751)
    before = workspace.read(path)
    workspace.write(path, before.text.replace("two", "drei ü"), like=before, expected_digest=before.digest)
    assert path.read_bytes() == "\ufeffone\r\ndrei ü".encode()
    assert path.stat().st_mode & 0o7777 == 0o751


def test_a_new_file_gets_its_folders_and_the_usual_mode(workspace: Workspace) -> None:
    path = workspace.resolve("deep/er/new.txt")
    workspace.write(path, "hello", like=None, expected_digest=None)
    usual = put(workspace, "usual")
    assert path.read_text() == "hello"
    assert path.stat().st_mode == usual.stat().st_mode


def test_a_write_through_a_symlink_changes_its_target_and_leaves_the_link(workspace: Workspace) -> None:
    target = put(workspace, "real/a.txt")
    (workspace.root / "link").symlink_to("real/a.txt")
    path = workspace.resolve("link")
    workspace.write(path, "new\n", like=None, expected_digest=workspace.read(path).digest)
    assert target.read_text() == "new\n"
    assert (workspace.root / "link").is_symlink()


def test_a_file_changed_since_is_not_overwritten(workspace: Workspace) -> None:
    path = put(workspace, "a.txt", b"one\n")
    before = workspace.read(path)
    path.write_bytes(b"someone else's\n")
    with pytest.raises(FileChanged):
        workspace.write(path, "mine\n", like=before, expected_digest=before.digest)
    assert path.read_bytes() == b"someone else's\n"
    assert not leftovers(workspace)


def test_a_file_deleted_since_is_not_brought_back(workspace: Workspace) -> None:
    path = put(workspace, "a.txt")
    before = workspace.read(path)
    path.unlink()
    with pytest.raises(FileChanged):
        workspace.write(path, "mine\n", like=before, expected_digest=before.digest)
    assert not path.exists()


def test_a_file_that_appeared_since_is_not_overwritten(workspace: Workspace) -> None:
    path = put(workspace, "a.txt", b"theirs\n")
    with pytest.raises(FileChanged):
        workspace.write(path, "mine\n", like=None, expected_digest=None)
    assert path.read_bytes() == b"theirs\n"


def test_a_read_only_file_is_not_replaced(workspace: Workspace) -> None:
    path = put(workspace, "a.txt")
    path.chmod(0o444)
    before = workspace.read(path)
    with pytest.raises(FileUnusable, match="read-only"):
        workspace.write(path, "mine\n", like=before, expected_digest=before.digest)
    assert path.read_bytes() == b"text\n"


def test_what_may_not_be_written_is_known_before_anybody_is_asked(workspace: Workspace) -> None:
    path = put(workspace, "a.txt")
    workspace.require_writable(path)
    workspace.require_writable(workspace.resolve("new/folder/b.txt"))
    path.chmod(0o444)
    with pytest.raises(FileUnusable, match=r"a\.txt is read-only"):
        workspace.require_writable(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_nothing_new_can_be_made_in_a_read_only_folder(workspace: Workspace) -> None:
    put(workspace, "sub/a.txt").parent.chmod(0o555)
    with pytest.raises(FileUnusable, match="read-only"):
        workspace.require_writable(workspace.resolve("sub/b.txt"))


def test_a_folder_in_the_way_is_a_clear_result(workspace: Workspace) -> None:
    put(workspace, "sub/a.txt")
    with pytest.raises(FileUnusable, match="folder"):
        workspace.write(workspace.resolve("sub"), "x", like=None, expected_digest=None)


def test_a_full_disk_loses_nothing_and_leaves_no_temporary_file(workspace: Workspace) -> None:
    path = put(workspace, "a.txt")
    before = workspace.read(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))  # the system's nearest thing to a full disk
    try:
        with pytest.raises(ToolFailed, match="disk is full"):
            workspace.write(path, "x" * 2_000, like=before, expected_digest=before.digest)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"text\n"
    assert not leftovers(workspace)


def test_a_character_that_the_encoding_lacks_changes_nothing(workspace: Workspace) -> None:
    path = put(workspace, "latin.txt", "caf\xe9\n".encode("latin-1"))
    before = workspace.read(path)
    with pytest.raises(FileUnusable, match="latin-1"):
        workspace.write(path, "→\n", like=before, expected_digest=before.digest)
    assert path.read_bytes() == b"caf\xe9\n"


def test_what_was_written_counts_as_seen(workspace: Workspace) -> None:
    path = workspace.resolve("a.txt")
    digest = workspace.write(path, "mine\n", like=None, expected_digest=None)
    assert workspace.seen[path] == SeenFile(digest=digest)
    assert digest == workspace.read(path).digest


def test_what_is_replaced_is_handed_over_before_the_write_and_a_failure_is_told(workspace: Workspace) -> None:
    kept: list[Overwritten] = []
    failures: list[BaseException] = []

    @contextmanager
    def keep(overwritten: Overwritten) -> Iterator[None]:
        kept.append(overwritten)
        assert not overwritten.path.exists() or overwritten.path.read_bytes() == overwritten.content
        try:
            yield
        except BaseException as failure:
            failures.append(failure)
            raise

    workspace.keeper = keep
    path = put(workspace, "a.txt", b"one\r\n")
    path.chmod(0o640)
    before = workspace.read(path)
    workspace.write(path, "two\n", like=before, expected_digest=before.digest)
    workspace.write(workspace.resolve("x/y/b.txt"), "b", like=None, expected_digest=None)
    assert [(one.content, one.mode, one.new_folders) for one in kept] == [
        (b"one\r\n", 0o640, 0),
        (None, 0, 2),
    ]
    assert kept[0].after == workspace.read(path).digest
    path.unlink()
    with pytest.raises(FileChanged):
        workspace.write(path, "three\n", like=before, expected_digest=before.digest)
    assert (len(kept), failures) == (2, [])
