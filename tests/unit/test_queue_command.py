"""`/queue`: single messages that wait."""

from __future__ import annotations

import pytest

from tests.support.fake_session import FakeSession
from tests.support.recorder import Recorder
from vtcode.commands.builtin import dispatch
from vtcode.events import Notice
from vtcode.questions import Answer


def earlier(row: str) -> Answer:
    return Answer(choice="earlier", text=row)


def remove(row: str) -> Answer:
    return Answer(choice="remove", text=row)


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
        session.queue(text)
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
                session.waiting.popleft()
            return await super().ask(question)

    recorder = SentMeanwhile(remove("0"))
    session = FakeSession(recorder)
    session.queue("sent")
    session.queue("still waiting")
    await dispatch(session, recorder, "/queue")
    assert session.status.queued == ("still waiting",)
