"""`/add-dir`: what may be added, what the tools then do, and what the model hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.commands.builtin import dispatch
from vtcode.errors import UsageError
from vtcode.events import CommandRan, Notice, PermissionRequested, ToolFinished, UserMessageAdded
from vtcode.messages import UserMessage
from vtcode.providers.script import Turn
from vtcode.questions import ChoiceQuestion
from vtcode.session.folders import AddedFolders
from vtcode.system.files import Workspace


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "my library"
    folder.mkdir()
    (folder / "a.txt").write_text("what the library says\n")
    return folder


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AddedFolders:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("project/src", "home/me", "state/vtcode", "other/.git/hooks", "other/.ssh", "other/.vscode"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "other" / "link").symlink_to(tmp_path / "state")
    return AddedFolders(Workspace(tmp_path / "project"), closed=(tmp_path / "state" / "vtcode",))


def _notes(recorder: Recorder) -> list[str]:
    return [event.text for event in recorder.of(UserMessageAdded)]


class TestWhatMayBeAdded:
    @pytest.mark.parametrize(
        ("typed", "reason"),
        [
            ("/", "home folder"),
            ("~", "home folder"),
            ("{base}", "home folder"),
            ("/proc/self/root", "home folder"),
            ("/proc/self", "insides"),
            ("/dev", "insides"),
            ("{base}/state/vtcode", "own files"),
            ("{base}/state", "own files"),
            ("../other/link", "own files"),
            (".", "already"),
            ("src", "already"),
            ("../other/.git/hooks", ".git"),
            ("../other/.ssh", ".ssh"),
            ("../other/.vscode", ".vscode"),
            ("../file", "no folder"),
            ("../missing", "no folder"),
            ("a\0b", "path"),
        ],
    )
    def test_these_may_not(self, folders: AddedFolders, tmp_path: Path, typed: str, reason: str) -> None:
        with pytest.raises(UsageError, match=reason):
            folders.addable(typed.format(base=tmp_path))

    @pytest.mark.parametrize("typed", ["../other", "{base}/other/", "~/../other", "../project/../other/."])
    def test_an_ordinary_folder_is_added_by_its_real_path(
        self, folders: AddedFolders, tmp_path: Path, typed: str
    ) -> None:
        folders.add(folders.addable(typed.format(base=tmp_path)))
        assert folders.listed() == (tmp_path / "other",)
        with pytest.raises(UsageError, match="already"):
            folders.addable("../other")

    def test_a_folder_swapped_for_a_link_after_the_question_is_not_added(
        self, folders: AddedFolders, tmp_path: Path
    ) -> None:
        folder = folders.addable("~/me/..//../other")
        folder.rename(tmp_path / "aside")
        folder.symlink_to(tmp_path / "aside" / ".vscode", target_is_directory=True)
        with pytest.raises(UsageError):
            folders.add(folder)
        assert folders.listed() == ()

    def test_a_folder_that_became_a_link_can_be_taken_back(
        self, folders: AddedFolders, tmp_path: Path
    ) -> None:
        folder = folders.addable("../other")
        folders.add(folder)
        folder.rename(tmp_path / "aside")
        folder.symlink_to(tmp_path / "aside")
        assert folders.remove("../other") == folder
        assert folders.listed() == ()


async def test_the_tools_work_in_a_folder_that_the_user_added(bench: Bench, library: Path) -> None:
    recorder = Recorder("add")
    reading = Turn(calls=(call("read_file", path=str(library / "a.txt")),))
    async with bench.session(recorder, reading, Turn(text="Done.")) as session:
        await dispatch(session, recorder, f"/add-dir '{library}'")
        await session.submit("Look there.")
    (question,) = recorder.questions
    assert isinstance(question, ChoiceQuestion)
    assert str(library) in question.body
    assert "what the library says" in recorder.of(ToolFinished)[0].text
    assert not recorder.of(PermissionRequested)
    assert_grammar(recorder.events)


async def test_without_a_yes_nothing_is_added(bench: Bench, library: Path) -> None:
    recorder = Recorder("cancel")
    async with bench.session(recorder, Turn(text="Done.")) as session:
        await dispatch(session, recorder, f"/add-dir {library}")
        await session.submit("Hello.")
        assert session.folders.listed() == ()
    assert _notes(recorder) == []


async def test_the_model_hears_of_every_change_once_and_its_system_prompt_stays(
    bench: Bench, library: Path
) -> None:
    recorder = Recorder("add")
    async with bench.session(recorder, *[Turn(text="Yes.")] * 6) as session:
        await session.submit("One.")
        await dispatch(session, recorder, f"/add-dir {library}")
        await session.submit("Two.")
        await session.submit("Three.")
        await dispatch(session, recorder, f"/add-dir --remove {library}")
        await session.submit("Four.")
        requests = scripted(session).requests
    opened, closed = _notes(recorder)
    assert str(library) in opened
    assert "No folder" in closed
    asked = [message.text for message in requests[1].messages if isinstance(message, UserMessage)]
    assert asked == ["One.", "Two.", opened]
    assert len({request.messages[0] for request in requests}) == 1
    assert_grammar(recorder.events)


async def test_after_clear_the_model_is_told_again(bench: Bench, library: Path) -> None:
    recorder = Recorder("add")
    async with bench.session(recorder, Turn(text="Yes."), Turn(text="Yes.")) as session:
        await dispatch(session, recorder, f"/add-dir {library}")
        await session.submit("One.")
        await session.clear()
        await session.submit("Two.")
    first, second = _notes(recorder)
    assert first == second


async def test_a_resumed_session_has_no_added_folders_and_the_model_is_told(
    bench: Bench, library: Path
) -> None:
    recorder = Recorder("add")
    async with bench.session(recorder, Turn(text="Yes."), Turn(text="Yes.")) as session:
        await dispatch(session, recorder, f"/add-dir {library}")
        await session.submit("One.")
    later = Recorder()
    async with bench.session(later, resume=bench.store.latest(bench.workspace)) as session:
        assert session.folders.listed() == ()
        await session.submit("Two.")
    assert ["No folder" in note for note in _notes(later)] == [True]


async def test_the_added_folders_are_listed_and_shown_in_the_status(bench: Bench, library: Path) -> None:
    recorder = Recorder("add")
    async with bench.session(recorder, Turn(text="Yes.")) as session:
        for line in ("/add-dir", f"/add-dir {library}", "/add-dir --list", "/status"):
            await dispatch(session, recorder, line)
    none, listed, status = (event.text for event in recorder.of(CommandRan))
    assert "No folder" in none
    assert f"`{library}`" in listed
    assert f"`{bench.workspace.resolve()}`, `{library}`" in status


@pytest.mark.parametrize("line", ["/add-dir --remove", "/add-dir --remove /nowhere", "/add-dir --unknown x"])
async def test_what_can_not_be_done_is_told(bench: Bench, line: str) -> None:
    recorder = Recorder()
    async with bench.session(recorder, Turn(text="Yes.")) as session:
        await dispatch(session, recorder, line)
    assert [notice.level for notice in recorder.of(Notice)] == ["error"]
