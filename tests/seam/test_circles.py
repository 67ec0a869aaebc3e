"""A model that goes in circles: told first, then the user is asked; without a user, it is an error."""

from __future__ import annotations

from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.events import Notice, ReplyCompleted, ToolFinished, TurnEnded, UserMessageAdded
from vtcode.providers.script import Turn
from vtcode.questions import Answer

STUCK = Turn(calls=(call("grep_file", pattern="nowhere"),))


class Answering(Recorder):
    """Answers every question with one choice."""

    def __init__(self, choice: str) -> None:
        super().__init__()
        self.choice = choice
        self.titles: list[str] = []

    async def ask(self, question: object) -> Answer:
        self.titles.append(question.title)  # type: ignore[attr-defined]
        return Answer(choice=self.choice)


async def test_a_model_that_repeats_a_call_is_told_and_then_the_user_is_asked(bench: Bench) -> None:
    recorder = Answering("stop")
    async with bench.session(recorder, *[STUCK] * 9, Turn(text="Never said.")) as session:
        await session.submit("Go.")
    results = [event.text for event in recorder.of(ToolFinished)]
    assert ["Note from vtcode" in text for text in results] == [False, False, True, True, True, True]
    assert any("repeats itself" in notice.text for notice in recorder.of(Notice))
    assert recorder.titles == ["The model goes in circles"]
    (ended,) = recorder.of(TurnEnded)
    assert ended.outcome == "failed"
    assert "goes in circles" in ended.error
    assert_grammar(recorder.events)


async def test_where_the_user_wants_it_the_turn_goes_on(bench: Bench) -> None:
    recorder = Answering("go_on")
    async with bench.session(recorder, *[STUCK] * 7, Turn(text="Found.")) as session:
        await session.submit("Go.")
    assert recorder.of(TurnEnded)[0].outcome == "completed"
    assert recorder.of(ReplyCompleted)[-1].message.text == "Found."


async def test_a_reply_without_end_is_stopped_and_the_model_told(bench: Bench, recorder: Recorder) -> None:
    endless = Turn(text="I am thinking about it. " * 2_000)
    async with bench.session(recorder, endless, Turn(text="Done.")) as session:
        await session.submit("Go.")
    assert "over and over" in recorder.of(UserMessageAdded)[0].text
    assert recorder.of(TurnEnded)[0].outcome == "completed"
    assert_grammar(recorder.events)


async def test_a_second_reply_without_end_ends_the_turn_and_is_kept_without_its_repetitions(
    bench: Bench, recorder: Recorder
) -> None:
    endless = Turn(text="Let me see. " + "I am thinking about it. " * 2_000)
    async with bench.session(recorder, endless, endless) as session:
        await session.submit("Go.")
    (ended,) = recorder.of(TurnEnded)
    assert ended.outcome == "failed"
    assert "over and over" in ended.error
    kept = recorder.of(ReplyCompleted)[-1].message.text
    assert kept.startswith("Let me see.")
    assert len(kept) < 1_000
