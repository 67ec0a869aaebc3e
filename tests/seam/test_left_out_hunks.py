"""Hunks of a change that the user leaves out: what is written, told, granted and recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.commands.builtin import dispatch
from vtcode.details import DiffDetails
from vtcode.events import PermissionResolved, ToolFinished
from vtcode.policy import Grants
from vtcode.providers.script import Turn
from vtcode.questions import Answer, ChoiceQuestion

OLD = "".join(f"line {number}\n" for number in range(30))
NEW = OLD.replace("line 0\n", "first\n").replace("line 15\n", "").replace("line 29\n", "line 29\nlast\n")
TURNS = (
    Turn(calls=(call("read_file", path="notes.txt"),)),
    Turn(calls=(call("write_file", path="notes.txt", content=NEW),)),
    Turn(text="Done."),
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    (made.workspace / "notes.txt").write_bytes(OLD.encode())
    return made


async def _written(bench: Bench, recorder: Recorder) -> tuple[str, ToolFinished]:
    async with bench.session(recorder, *TURNS) as session:
        await session.submit("go")
    return (bench.workspace / "notes.txt").read_bytes().decode(), recorder.of(ToolFinished)[-1]


async def test_a_hunk_that_is_left_out_is_not_written_and_the_model_reads_which(bench: Bench) -> None:
    recorder = Recorder(Answer(choice="once", left_out=(2,)))
    text, finished = await _written(bench, recorder)
    assert text == OLD.replace("line 0\n", "first\n").replace("line 29\n", "line 29\nlast\n")
    assert "edited notes.txt: +2 -1. The user accepted 2 of 3 hunks. NOT written" in finished.text
    assert "-line 15\n" in finished.text
    assert "first" not in finished.text
    assert isinstance(finished.details, DiffDetails)
    assert (finished.details.hunks, finished.details.asked_hunks) == (2, 3)
    assert "line 15" not in [row[1:] for row in finished.details.diff.split("\n") if row.startswith("-")]
    assert recorder.of(PermissionResolved)[0].left_out == (2,)
    record = json.loads((bench.locations.state / "audit.jsonl").read_text().splitlines()[-1])
    assert (record["decision"], record["left_out"]) == ("allow", [2])


@pytest.mark.parametrize("choice", ["session", "always", "workspace"])
async def test_leaving_something_out_grants_nothing_beyond_this_call(choice: str, bench: Bench) -> None:
    recorder = Recorder(Answer(choice=choice, left_out=(1,)))
    async with bench.session(recorder, *TURNS) as session:
        await session.submit("go")
        assert session.gate.grants() == Grants()
    assert recorder.of(PermissionResolved)[0].scope == "once"
    assert (bench.workspace / "notes.txt").read_text() == NEW.replace("first\n", "line 0\n")


@pytest.mark.parametrize("left_out", [(1, 2, 3), (4,), (0,), (1, 9)])
async def test_an_answer_that_leaves_nothing_or_names_no_hunk_writes_nothing(
    left_out: tuple[int, ...], bench: Bench
) -> None:
    recorder = Recorder(Answer(choice="once", left_out=left_out))
    text, finished = await _written(bench, recorder)
    assert text == OLD
    assert finished.status == "denied"
    assert recorder.of(PermissionResolved)[0].decision == "deny"


async def test_a_file_that_changed_while_hunks_were_chosen_is_left_alone(bench: Bench) -> None:
    class Meddler(Recorder):
        async def ask(self, question: object) -> Answer:
            (bench.workspace / "notes.txt").write_text("somebody else's\n")
            return Answer(choice="once", left_out=(2,))

    text, finished = await _written(bench, Meddler())
    assert text == "somebody else's\n"
    assert finished.status == "failed"
    assert "changed on disk meanwhile" in finished.text


async def test_a_long_hunk_that_is_left_out_is_shown_to_the_model_in_part(bench: Bench) -> None:
    recorder = Recorder(Answer(choice="once", left_out=(2,)))
    content = OLD.replace("line 0\n", "first\n").replace("line 20\n", "long line\n" * 2_000)
    turns = (TURNS[0], Turn(calls=(call("write_file", path="notes.txt", content=content),)), TURNS[2])
    async with bench.session(recorder, *turns) as session:
        await session.submit("go")
    finished = recorder.of(ToolFinished)[-1]
    assert "cut here" in finished.text
    assert len(finished.text) < 3_000
    assert (bench.workspace / "notes.txt").read_text() == OLD.replace("line 0\n", "first\n")


async def test_undo_takes_back_what_was_written_and_no_more(bench: Bench) -> None:
    recorder = Recorder(Answer(choice="once", left_out=(2,)), "ready")
    async with bench.session(recorder, *TURNS) as session:
        await session.submit("go")
        await dispatch(session, recorder, "/undo")
    (question,) = [question for question in recorder.questions if isinstance(question, ChoiceQuestion)]
    assert "notes.txt: goes back, +1 -2" in question.body
    assert (bench.workspace / "notes.txt").read_text() == OLD
