"""`/undo`, `/rewind`, `/diff`: what the agent did to files goes back, and nothing of anybody else's."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.commands.builtin import dispatch
from vtcode.events import CommandRan, Event, HistoryCleared, Notice, ToolFinished, UserMessageAdded
from vtcode.frontends.line.palette import Palette
from vtcode.frontends.line.questions import asking
from vtcode.messages import UserMessage
from vtcode.providers.script import Turn
from vtcode.questions import ChoiceQuestion, PickQuestion

DONE = Turn(text="Done.")


def writes(path: str, content: str) -> Turn:
    return Turn(calls=(call("write_file", path=path, content=content),))


def edits(path: str, old: str, new: str) -> Turn:
    return Turn(calls=(call("edit_file", path=path, old_str=old, new_str=new),))


def runs(command: str) -> Turn:
    return Turn(calls=(call("run_pty_cmd", command=command),))


@pytest.fixture
def bench(bench: Bench) -> Bench:
    allowed = ("write_file", "edit_file", "run_pty_cmd")
    bench.settings += [f"tools.policies.{tool}=allow" for tool in allowed] + ["sandbox.default_policy=off"]
    (bench.workspace / "a.txt").write_bytes(b"one\r\ntwo\n")
    (bench.workspace / "a.txt").chmod(0o640)
    return bench


def told(recorder: Recorder) -> str:
    return "\n".join(event.text for event in recorder.of(CommandRan))


def bodies(recorder: Recorder) -> list[str]:
    return [question.body for question in recorder.questions if isinstance(question, ChoiceQuestion)]


async def test_files_hold_again_what_they_held_and_again_goes_further_back(bench: Bench) -> None:
    recorder = Recorder("ready", "ready")
    turns = (edits("a.txt", "two", "2"), DONE, writes("x/y/b.txt", "b\n"), edits("a.txt", "2", "zwei"), DONE)
    file, made = bench.workspace / "a.txt", bench.workspace / "x"
    async with bench.session(recorder, *turns) as session:
        await session.submit("One.")
        await session.submit("Two.")
        assert file.read_bytes() == b"one\r\nzwei\n"
        file.chmod(0o600)
        await dispatch(session, recorder, "/undo")
        assert (file.read_bytes(), made.exists()) == (b"one\r\n2\n", False)
        await dispatch(session, recorder, "/undo")
        assert file.read_bytes() == b"one\r\ntwo\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        await dispatch(session, recorder, "/undo")
    assert "x/y/b.txt: was made, is removed" in bodies(recorder)[0]
    assert "a.txt: goes back, +1 -1" in bodies(recorder)[0]
    assert recorder.of(Notice)[-1].text == "The agent has changed no file."
    assert_grammar(recorder.events)


async def test_what_goes_back_is_shown_before_it_does_and_by_the_message_that_it_was_done_for(
    bench: Bench,
) -> None:
    recorder = Recorder("leave", "1", "leave")
    calls = (*edits("a.txt", "two", "2").calls, *writes("b.txt", "b\n").calls)
    async with bench.session(recorder, Turn(calls=calls), DONE) as session:
        await session.submit("Take \x1b[2J numbers.")
        (bench.workspace / "b.txt").write_text("mine\n")
        await dispatch(session, recorder, "/undo")
        await dispatch(session, recorder, "/rewind")
    asked = [question for question in recorder.questions if isinstance(question, ChoiceQuestion)]
    assert [question.title for question in asked] == [
        r'Undo what was done to files for "Take \x1b[2J numbers."?',
        r'Go back to before "Take \x1b[2J numbers."?',
    ]
    for question in asked:
        numbers, other = sorted(question.diffs, key=lambda diff: diff.path)
        assert (numbers.path, numbers.note) == ("a.txt", "")
        assert "-2\n+two\n" in numbers.diff.replace("\r", "")
        assert other.path == "b.txt"
        assert "overwritten" in other.note
        assert "-mine" in other.diff
        text = asking(question, Palette(colours=False)).text()
        assert "a.txt\n@@" in text
        assert "+two" in text


async def test_what_changed_since_is_left_alone_unless_the_user_says_so(bench: Bench) -> None:
    recorder = Recorder("ready", "all")
    calls = (*edits("a.txt", "two", "2").calls, *writes("b.txt", "b\n").calls)
    async with bench.session(recorder, Turn(calls=calls), DONE) as session:
        await session.submit("One.")
        (bench.workspace / "a.txt").write_text("mine\n")
        await dispatch(session, recorder, "/undo")
        assert (bench.workspace / "a.txt").read_text() == "mine\n"
        assert not (bench.workspace / "b.txt").exists()
        await dispatch(session, recorder, "/undo")
        assert (bench.workspace / "a.txt").read_bytes() == b"one\r\ntwo\n"
    assert "a.txt: was changed otherwise too" in bodies(recorder)[0]


async def test_what_changed_in_between_is_not_lost_without_a_word(bench: Bench) -> None:
    recorder = Recorder()
    by_command = runs("sed -i.bak s/one/eins/ a.txt")
    turns = (edits("a.txt", "two", "2"), by_command, edits("a.txt", "2", "zwei"), DONE)
    async with bench.session(recorder, *turns) as session:
        await session.submit("One.")
        await dispatch(session, recorder, "/undo")
    (question,) = [asked for asked in recorder.questions if isinstance(asked, ChoiceQuestion)]
    assert [choice.id for choice in question.choices] == ["all", "leave"]
    assert "zwei" in (bench.workspace / "a.txt").read_text()


async def test_a_link_in_the_path_leads_nowhere(bench: Bench, tmp_path: Path) -> None:
    recorder = Recorder("ready", "all")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("new\n")
    async with bench.session(recorder, writes("x/b.txt", "new\n"), DONE) as session:
        await session.submit("One.")
        (bench.workspace / "x").rename(bench.workspace / "y")
        (bench.workspace / "x").symlink_to(outside)
        await dispatch(session, recorder, "/undo")
    assert (outside / "b.txt").read_text() == "new\n"


async def test_the_model_hears_once_of_what_went_back(bench: Bench) -> None:
    recorder = Recorder("ready")
    async with bench.session(recorder, edits("a.txt", "two", "2"), DONE, DONE, DONE) as session:
        await session.submit("One.")
        await dispatch(session, recorder, "/undo")
        await session.submit("Two.")
        await session.submit("Three.")
    (note,) = recorder.of(UserMessageAdded)
    assert "a.txt" in note.text
    assert_grammar(recorder.events)


async def test_another_session_of_the_same_log_can_undo_what_a_headless_one_did(bench: Bench) -> None:
    recorder = Recorder("ready")
    async with bench.session(recorder, edits("a.txt", "two", "2"), DONE, interactive=False) as session:
        await session.submit("One.")
    async with bench.session(recorder, resume=bench.store.latest(bench.workspace)) as session:
        await dispatch(session, recorder, "/undo")
    assert (bench.workspace / "a.txt").read_bytes() == b"one\r\ntwo\n"


async def test_what_is_kept_is_the_users_alone_and_not_in_the_project(bench: Bench) -> None:
    recorder = Recorder()
    async with bench.session(recorder, edits("a.txt", "two", "2"), DONE) as session:
        await session.submit("One.")
    folder = bench.locations.state / "undo"
    places = [folder, *folder.rglob("*")]
    modes = {stat.S_IMODE(place.stat().st_mode) for place in places if place.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(place.stat().st_mode) for place in places if place.is_dir()} == {0o700}
    assert [path.name for path in bench.workspace.iterdir()] == ["a.txt"]


async def test_a_content_that_cannot_be_kept_is_told_and_not_promised(bench: Bench) -> None:
    recorder = Recorder()
    bench.locations.state.mkdir(parents=True, exist_ok=True)
    (bench.locations.state / "undo").write_text("in the way")
    async with bench.session(recorder, edits("a.txt", "two", "2"), DONE) as session:
        await session.submit("One.")
        await dispatch(session, recorder, "/undo")
    assert any("/undo can't bring it back" in notice.text for notice in recorder.of(Notice))
    assert [event.status for event in recorder.of(ToolFinished)] == ["completed"]
    assert not recorder.questions


@pytest.fixture
def repository(bench: Bench) -> Bench:
    subprocess.run(["git", "init", "-q", str(bench.workspace)], check=True)
    (bench.workspace / ".gitignore").write_text("build\n")
    return bench


async def test_what_commands_changed_is_named_where_git_tells(repository: Bench) -> None:
    bench = repository
    recorder = Recorder()
    command = "touch made.txt && rm a.txt && mkdir build && touch build/x"
    async with bench.session(recorder, writes("b.txt", "b\n"), runs(command), DONE) as session:
        await session.submit("One.")
        await dispatch(session, recorder, "/undo")
    assert bodies(recorder)[0].splitlines()[-1].endswith("can't be undone: `a.txt`, `made.txt`")


async def test_without_git_it_is_said_that_nobody_knows(bench: Bench) -> None:
    recorder = Recorder()
    async with bench.session(recorder, writes("b.txt", "b\n"), runs("touch c.txt"), DONE) as session:
        await session.submit("One.")
        await dispatch(session, recorder, "/undo")
    assert "Which files they changed is not known" in bodies(recorder)[0]


async def test_commands_that_only_read_or_did_not_run_are_not_told_of(bench: Bench) -> None:
    recorder = Recorder()
    bench.settings.append('commands.deny_list=["touch"]')
    turns = (writes("b.txt", "b\n"), runs("ls"), runs("touch c.txt"), DONE)
    async with bench.session(recorder, *turns) as session:
        await session.submit("One.")
        await dispatch(session, recorder, "/undo")
    assert [event.status for event in recorder.of(ToolFinished)] == ["completed", "completed", "denied"]
    assert "ommands" not in bodies(recorder)[0]


async def test_a_turn_that_was_killed_does_not_hide_that_commands_ran(repository: Bench) -> None:
    recorder = Recorder()

    class Killed(Recorder):
        async def show(self, event: Event) -> None:
            await super().show(event)
            if isinstance(event, ToolFinished) and event.name == "run_pty_cmd":
                record = repository.locations.state / "undo" / f"{session.id}.jsonl"
                copy.write_bytes(record.read_bytes())

    copy = repository.folder / "as-it-was.jsonl"
    async with repository.session(Killed(), writes("b.txt", "b\n"), runs("touch c.txt"), DONE) as session:
        await session.submit("One.")
    (repository.locations.state / "undo" / f"{session.id}.jsonl").write_bytes(copy.read_bytes())
    async with repository.session(recorder, resume=repository.store.latest(repository.workspace)) as session:
        await dispatch(session, recorder, "/undo")
    assert "Which files they changed is not known" in bodies(recorder)[0]


async def test_the_diff_is_from_the_beginning_to_now(bench: Bench) -> None:
    recorder = Recorder()
    turns = (edits("a.txt", "two", "2"), edits("a.txt", "2", "```\x1b"), writes("b.txt", "b\n"), DONE)
    async with bench.session(recorder, *turns) as session:
        await dispatch(session, recorder, "/diff")
        await session.submit("One.")
        await dispatch(session, recorder, "/diff")
    nothing, shown = [event.text for event in recorder.of(CommandRan)]
    assert nothing == "The agent has changed no file."
    assert "`a.txt`: +1 -1" in shown
    assert "`b.txt`: new, +1 -0" in shown
    assert "-two\n+```\\x1b" in shown
    assert "````diff a.txt\n@@" in shown


class TestRewind:
    TURNS = (edits("a.txt", "two", "2"), DONE, edits("a.txt", "2", "zwei"), DONE, Turn(text="Again."))

    async def _rewound(self, bench: Bench, choice: str) -> tuple[Recorder, list[tuple[object, ...]], str]:
        recorder = Recorder("2", choice)
        async with bench.session(recorder, *self.TURNS) as session:
            await session.submit("One.")
            await session.submit("Two.")
            result = await dispatch(session, recorder, "/rewind")
            await session.submit("Three.")
            requests = [request.messages for request in scripted(session).requests]
        assert_grammar(recorder.events)
        return recorder, list(requests), result.draft

    async def test_conversation_and_files_go_back_together(self, bench: Bench) -> None:
        recorder, requests, draft = await self._rewound(bench, "both")
        assert (bench.workspace / "a.txt").read_bytes() == b"one\r\n2\n"
        assert draft == "Two."
        # What was sent with the second message, with another one in its place: the server has it cached.
        assert requests[-1] == (*requests[2][:-1], UserMessage(text="Three."))
        picking, question = recorder.questions
        assert isinstance(picking, PickQuestion)
        assert [row.label for row in picking.rows] == ["Two.", "One."]
        assert isinstance(question, ChoiceQuestion)
        assert 'before "Two."' in question.title

    async def test_the_conversation_alone(self, bench: Bench) -> None:
        _, requests, _ = await self._rewound(bench, "conversation")
        assert (bench.workspace / "a.txt").read_bytes() == b"one\r\nzwei\n"
        assert requests[-1] == (*requests[2][:-1], UserMessage(text="Three."))

    async def test_files_alone_and_the_model_hears_of_it(self, bench: Bench) -> None:
        recorder, requests, draft = await self._rewound(bench, "files")
        assert (bench.workspace / "a.txt").read_bytes() == b"one\r\n2\n"
        assert len(requests[-1]) > len(requests[-2])
        assert len(recorder.of(UserMessageAdded)) == 1
        assert draft == ""

    async def test_a_resumed_session_sends_the_same_and_nothing_left_the_log(self, bench: Bench) -> None:
        recorder, _, _ = await self._rewound(bench, "conversation")
        again = Recorder()
        async with bench.session(again, resume=bench.store.latest(bench.workspace)) as session:
            resumed = session.history.messages()
        kinds: list[type[Event]] = [type(event) for event in recorder.events]
        assert HistoryCleared in kinds
        texts = [message.text for message in resumed]
        assert "Three." in texts
        assert "Two." not in texts

    async def test_the_first_message_can_be_taken_back_too(self, bench: Bench) -> None:
        recorder = Recorder("1", "both")
        async with bench.session(recorder, *self.TURNS) as session:
            await session.submit("One.")
            await dispatch(session, recorder, "/rewind")
            await session.submit("Two.")
            last = scripted(session).requests[-1].messages
        assert [message.text for message in last if isinstance(message, UserMessage)] == ["Two."]
        assert (bench.workspace / "a.txt").read_bytes() == b"one\r\ntwo\n"
