"""`/queue`: single messages that wait."""

from __future__ import annotations

import pytest

from tests.support.fake_session import FakeSession
from tests.support.recorder import Recorder
from vtcode.commands.builtin import dispatch
from vtcode.events import Notice
from vtcode.questions import Answer, PickQuestion


def earlier(row: str) -> Answer:
    return Answer(choice="earlier", text=row)


def remove(row: str) -> Answer:
    return Answer(choice="remove", text=row)


def move(row: str) -> Answer:
    return Answer(choice="move", text=row)


@pytest.mark.parametrize(
    ("answers", "joining", "waiting", "draft"),
    [
        pytest.param(["0"], ("two",), ("three", "four"), "one", id="take one back that would join"),
        pytest.param([remove("1")], ("one",), ("three", "four"), "", id="remove one that would join"),
        pytest.param([earlier("1")], ("two", "one"), ("three", "four"), "", id="earlier among those"),
        pytest.param([earlier("2")], ("one", "two"), ("three", "four"), "", id="earlier, yet not joining"),
        pytest.param([move("0")], ("two",), ("one", "three", "four"), "", id="wait instead"),
        pytest.param([move("3")], ("one", "two", "four"), ("three",), "", id="join instead"),
        pytest.param([move("3"), move("2")], ("one", "two"), ("four", "three"), "", id="there and back"),
    ],
)
async def test_messages_that_join_the_turn_are_changed_like_those_that_wait(
    answers: list[str | Answer], joining: tuple[str, ...], waiting: tuple[str, ...], draft: str
) -> None:
    recorder = Recorder(*answers)
    session = FakeSession(recorder)
    for text in ("one", "two"):
        session.queue.steer(text)
    for text in ("three", "four"):
        session.queue.add(text)
    result = await dispatch(session, recorder, "/queue")
    assert (session.status.steering, session.status.queued) == (joining, waiting)
    assert result.draft == draft


async def test_the_list_says_which_message_joins_the_turn_and_which_waits() -> None:
    recorder = Recorder()
    session = FakeSession(recorder)
    session.queue.steer("joins")
    session.queue.add("waits")
    await dispatch(session, recorder, "/queue")
    (question,) = recorder.questions
    assert isinstance(question, PickQuestion)
    assert [(row.label, row.group) for row in question.rows] == [
        ("joins", "Join the running turn at its next step"),
        ("waits", "Wait for its end"),
    ]


async def test_nothing_can_join_where_no_turn_runs() -> None:
    recorder = Recorder(move("0"))
    session = FakeSession(recorder)
    session.queue.can_steer = False
    session.queue.add("waits")
    await dispatch(session, recorder, "/queue")
    (question, _) = recorder.questions
    assert isinstance(question, PickQuestion)
    assert "move" not in [action.id for action in question.actions]
    assert session.status.queued == ("waits",)


@pytest.mark.parametrize(
    ("answers", "left", "draft"),
    [
        pytest.param(["1"], ("one", "three"), "two", id="take back"),
        pytest.param([remove("0")], ("two", "three"), "", id="remove"),
        pytest.param([earlier("2")], ("one", "three", "two"), "", id="earlier"),
        pytest.param([earlier("2"), earlier("1")], ("three", "one", "two"), "", id="earlier twice"),
        pytest.param([earlier("0")], ("one", "two", "three"), "", id="the first stays the first"),
        pytest.param([remove("0"), remove("0"), remove("0")], (), "", id="all"),
        pytest.param([], ("one", "two", "three"), "", id="closed"),
        pytest.param([remove("7")], ("one", "two", "three"), "", id="no such row"),
    ],
)
async def test_single_messages_are_changed(
    answers: list[str | Answer], left: tuple[str, ...], draft: str
) -> None:
    recorder = Recorder(*answers)
    session = FakeSession(recorder)
    for text in ("one", "two", "three"):
        session.queue.add(text)
    result = await dispatch(session, recorder, "/queue")
    assert session.status.queued == left
    assert result.draft == draft


async def test_an_empty_queue_is_told() -> None:
    recorder = Recorder()
    await dispatch(FakeSession(recorder), recorder, "/queue")
    assert [notice.text for notice in recorder.of(Notice)] == ["No message waits."]


async def test_a_message_that_was_sent_meanwhile_is_not_taken_for_another() -> None:
    class SentMeanwhile(Recorder):
        async def ask(self, question):  # type: ignore[no-untyped-def]
            if not self.questions:
                session.queue.waiting.popleft()
            return await super().ask(question)

    recorder = SentMeanwhile(remove("0"))
    session = FakeSession(recorder)
    session.queue.add("sent")
    session.queue.add("still waiting")
    await dispatch(session, recorder, "/queue")
    assert session.status.queued == ("still waiting",)
